/*
 * latency: how long it takes from a file's being renamed into place until a
 * client of a web server has it.
 *
 *	node latency.js polls|events PORT API FILE TIMES
 *
 * API is the address of a project, FILE one of its JSON files.  Prints
 * milliseconds: those until the first byte of the first answer (of a stream),
 * the median and the worst from file to client.  A stream whose ready comes
 * together with its hello is collected on the way, which is a failure.
 *
 *	4 1.2 3.9
 */

import { renameSync, writeFileSync } from 'node:fs';

import { HttpPeer } from '../e2e/peer/http.js';
import { SseReader } from '../e2e/peer/sse.js';

const [kind, port, api, file, times] = process.argv.slice(2);
const SETTLE_MS = 50; // a request that is on its way would not be woken

const settled = () => new Promise((resolve) => {
	setTimeout(resolve, SETTLE_MS);
});

/** @returns {number} when it was done */
function change(n) {
	const hidden = file.replace(/([^/]*)$/, '.$1.tmp');
	writeFileSync(hidden, JSON.stringify({ n, at: Date.now() }));
	renameSync(hidden, file);
	return performance.now();
}

/** @returns {Promise<object>} the JSON of an answer */
function get(uri) {
	return new Promise((resolve, reject) => {
		const peer = new HttpPeer(Number(port));
		const parts = [];
		peer.ask(uri, { Connection: 'close' }, {
			head: () => {},
			body: (bytes) => parts.push(bytes),
			end: (how) => {
				peer.hangUp('fin');
				if (how === 'complete') {
					resolve(JSON.parse(Buffer.concat(parts)));
				} else reject(new Error(`${uri}: ${how}`));
			},
		});
	});
}

async function polls() {
	const began = performance.now();
	let { cursor } = await get(api);
	const first = performance.now() - began;
	const took = [];
	while (took.length < Number(times)) {
		const poll = get(`${api}/changes?since=${cursor}&wait=20`);
		await settled();
		const at = change(took.length);
		const { kind: what, to } = await poll;
		if (what === 'delta') took.push(performance.now() - at);
		cursor = to;
	}
	return [first, took];
}

function fail(why) {
	console.error(`the stream: ${why}`);
	process.exit(1);
}

async function events() {
	const began = performance.now();
	const peer = new HttpPeer(Number(port));
	let first = null;
	let hear = () => {};
	let reads = 0;
	let greeted = null; // by which read
	const next = (name) => new Promise((resolve) => {
		hear = (event) => { if (event === name) resolve(performance.now()); };
	});
	const reader = new SseReader(({ event }) => {
		if (event === 'hello') greeted = reads;
		if (event === 'ready' && greeted === reads) fail('it is collected');
		hear(event);
	});
	const ready = next('ready');
	peer.ask(`${api}/events`, {}, {
		head: () => {},
		body: (bytes) => {
			first ??= performance.now() - began;
			reads++;
			reader.take(bytes);
		},
		end: (how) => fail(`it ended: ${how}`),
	});
	await ready;
	const took = [];
	while (took.length < Number(times)) {
		const changes = next('changes');
		await settled();
		const at = change(took.length);
		took.push(await changes - at);
	}
	peer.hangUp('fin');
	return [first, took];
}

const [first, took] = kind === 'polls' ? await polls() : await events();
took.sort((a, b) => a - b);
console.log([first, took[took.length >> 1], took.at(-1)]
	.map((ms) => ms.toFixed(1)).join(' '));
