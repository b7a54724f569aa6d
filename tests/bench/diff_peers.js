// diff_peers: what others make of the documents that diff_bench wrote.
//
//	node diff_peers.js DIR SECONDS
//
// For each change and peer: NN <TAB> peer <TAB> bytes of its patch, as JSON
// <TAB> the same after gzip <TAB> us of parsing both documents and making it;
// and the bytes of ours, as "ours".  A peer that gives no answer in SECONDS, or runs out
// of memory, has no line, nor has one whose form cannot say the change; one
// that could not be measured in them has '-'.  Our standard patch, applied by
// fast-json-patch, must lead to the document: else the exit status is 1.
import assert from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const ROUNDS_MIN = 9, ROUNDS_MAX = 1000, ROUNDS_MS = 200;
const MEMORY_MB = 1000;

const isPlain = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const hasNull = (v) => v === null ||
	(isPlain(v) && Object.values(v).some(hasNull));

// RFC 7396; null would mean that the member is removed.
function mergePatch(from, to) {
	if (!isPlain(from) || !isPlain(to))
		return to;
	const patch = {};
	for (const key of Object.keys(from))
		if (!Object.hasOwn(to, key))
			patch[key] = null;
	for (const [key, value] of Object.entries(to)) {
		if (Object.hasOwn(from, key) && isPlain(value) && isPlain(from[key])) {
			const inner = mergePatch(from[key], value);
			if (Object.keys(inner).length > 0)
				patch[key] = inner;
		} else if (!isSame(from[key], value)) {
			assert(!hasNull(value), 'not to be said');
			patch[key] = value;
		}
	}
	return patch;
}

const peers = {
	'merge patch': async () => mergePatch,
	'fast-json-patch': async () => (await import('fast-json-patch')).default.compare,
	rfc6902: async () => (await import('rfc6902')).default.createPatch,
	jsondiffpatch: async () => (await import('jsondiffpatch')).diff,
	'jsondiffpatch, ids': async () => {
		const { create } = await import('jsondiffpatch/with-text-diffs');
		const differ = create({
			objectHash: (v, i) => v.id ?? v.key ?? v.uuid ?? v.name ?? `#${i}`,
		});
		return (from, to) => differ.diff(from, to);
	},
};

// --- a peer, in a thread of its own ---------------------------------------

const sizes = (text) => [Buffer.byteLength(text), gzipSync(text).length];

// What else runs on the machine, and code that is not compiled yet, only add.
function leastUs(step) {
	let us = Infinity;
	const began = performance.now();
	for (let n = 0; n < ROUNDS_MIN ||
		(n < ROUNDS_MAX && performance.now() - began < ROUNDS_MS); n++) {
		const start = process.hrtime.bigint();
		step();
		us = Math.min(us, Number(process.hrtime.bigint() - start) / 1000);
	}
	return us.toFixed(1);
}

async function work({ peer, from, to }) {
	const diff = await peers[peer]();
	const make = () => JSON.stringify(diff(JSON.parse(from), JSON.parse(to)));
	const answer = sizes(make());
	parentPort.postMessage([...answer, '-']);
	parentPort.postMessage([...answer, leastUs(make)]);
}

// --- all of them ------------------------------------------------------------

// What it said last: there may be bytes, and no time to measure the time.
function ask(peer, from, to, seconds) {
	return new Promise((resolve) => {
		let answer;
		const worker = new Worker(new URL(import.meta.url), {
			workerData: { peer, from, to },
			resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
		});
		const timer = setTimeout(() => worker.terminate(), seconds * 1000);
		worker.on('message', (message) => { answer = message; });
		worker.on('error', () => {}); // out of memory, or not to be said
		worker.on('exit', () => {
			clearTimeout(timer);
			resolve(answer);
		});
	});
}

async function checkOurs(from, to, patch) {
	const { applyPatch } = (await import('fast-json-patch')).default;
	assert.deepStrictEqual(
		applyPatch(JSON.parse(from), JSON.parse(patch), true).newDocument,
		JSON.parse(to));
}

async function main(dir, seconds) {
	const read = (name) => readFileSync(join(dir, name), 'utf8');
	for (const file of readdirSync(dir).filter((f) => f.endsWith('.from')).sort()) {
		const nth = file.slice(0, -'.from'.length);
		const from = read(file), to = read(`${nth}.to`);
		await checkOurs(from, to, read(`${nth}.standard`));
		console.log([nth, 'ours', ...sizes(read(`${nth}.patch`))].join('\t'));
		for (const peer of Object.keys(peers)) {
			const answer = await ask(peer, from, to, Number(seconds));
			if (answer)
				console.log([nth, peer, ...answer].join('\t'));
		}
	}
}

if (isMainThread)
	await main(...process.argv.slice(2));
else
	await work(workerData);
