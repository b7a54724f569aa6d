/*
 * crowd: thousands of clients at once while files change, most of them well
 * behaved, some slow, dead or hostile.  In the end each of the former must know
 * exactly what there is.
 *
 *	node crowd.js '{"port":8080,"socket":"/x/fcgi.sock","state":"/x/state",
 *	    "sloth":"/x/sloth","seed":7,"scale":1,"seconds":10}'
 */

import { fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import {
	EntityFollower, Follower, Poller, PROJECT, Reader,
} from './crowd/clients.js';
import { seeded } from './crowd/documents.js';
import { Aborter, Babbler, Deaf, HalfAsker } from './crowd/mob.js';
import { seqOf } from './crowd/model.js';
import { SELECTIONS } from './crowd/selections.js';
import { FcgiPeer } from './peer/fcgi.js';
import { HttpPeer } from './peer/http.js';

const PATIENCE_MS = 45_000;
const FAULTS_SHOWN = 20;
const ARRIVALS_A_MS = 1;

const options = JSON.parse(process.argv[2]);

function ok(condition, text) {
	console.log(`${condition ? 'ok' : 'not ok'} ${text}`);
}

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** @returns {Promise<boolean>} whether it came to be, in time */
async function until(condition, ms = PATIENCE_MS) {
	const late = Date.now() + ms;
	while (!(await condition())) {
		if (Date.now() > late) return false;
		await pause(50);
	}
	return true;
}

/** The text of an answer, without a web server. */
function get(uri) {
	const peer = new FcgiPeer(options.socket);
	const parts = [];
	return new Promise((resolve, reject) => peer.ask(uri, {}, {
		head: () => {},
		body: (bytes) => parts.push(bytes),
		end: (how) => {
			peer.hangUp();
			if (how === 'complete') resolve(Buffer.concat(parts).toString());
			else reject(new Error(`${uri}: ${how}`));
		},
	}));
}

async function metric(name) {
	const line = (await get('/api/v1/metrics')).split('\n')
		.find((one) => one.startsWith(`tidemark_${name} `));
	return Number(line?.split(' ')[1]);
}

class Crowd {
	random = seeded(options.seed);
	isQuiet = false; // nobody hangs up any more
	cutOff = 0; // deaf peers
	faults = 0;
	lives = 0; // of rioters
	resumed = 0;
	slowOnesAreGone = new Promise((resolve) => { this.endSlowOnes = resolve; });
	unmodified = 0;
	#answers = [];
	#delays = [];
	#nextId = 2;

	fault(who, text) {
		this.faults++;
		if (this.faults > FAULTS_SHOWN) return;
		console.log(`# SEED=${options.seed} ${who}: ${text}`
			.replaceAll('\n', '\n#   '));
	}

	/** A stream was told of a change of that time. */
	heard(at) {
		this.#delays.push(Date.now() - Date.parse(at));
	}

	answered(ms) {
		this.#answers.push(ms);
	}

	/** Another connection of the same kind. */
	newPeer(old) {
		return old instanceof HttpPeer ? new HttpPeer(options.port) :
			new FcgiPeer(options.socket, { id: this.#nextId++ });
	}

	times() {
		const show = (list, name) => {
			list.sort((a, b) => a - b);
			const at = (q) => Math.round(list[Math.floor(list.length * q)]);
			return `${name}: ${list.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)
			} ms, longest ${Math.round(list.at(-1))} ms`;
		};
		return [show(this.#delays, 'commit to client'),
			show(this.#answers, 'plain answers')];
	}
}

/** Who changes the files; and what is in them, when he last said so. */
class Stirrer {
	changes = 0;
	files = new Map();
	#child = fork(fileURLToPath(new URL('crowd/stirrer.js', import.meta.url)),
		[options.state, String(options.seed)]);

	/** @param {string} does  a method of Stir */
	async tell(does, arg) {
		const answer = new Promise((resolve) =>
			this.#child.once('message', resolve));
		this.#child.send({ does, arg });
		const { files, changes } = await answer;
		this.files = new Map(files);
		this.changes = changes;
	}
}

/* --- who comes ------------------------------------------------------------ */

/** [how many, make(peer)] of each kind */
function wellBehaved(crowd) {
	const { all, jobs, notes, bulk, named, running, busy } = SELECTIONS;
	const web = () => new HttpPeer(options.port);
	const direct = () => crowd.newPeer(null);
	const follow = (selection, more = {}, peer = web) => () =>
		new Follower(crowd, { selection, peer: peer(), ...more });
	const entities = (selection, more = {}, peer = web) => () =>
		new EntityFollower(crowd, { selection, peer: peer(), ...more });
	const poll = (selection, wait, more = {}) => () => new Poller(crowd,
		{ selection, wait, pause: 4000, peer: web(), ...more });
	const read = (selection) => () =>
		new Reader(crowd, { selection, peer: web() });

	return [
		[450, follow(all)],
		[300, follow(all, { hasStock: true })],
		[100, follow(jobs)],
		[50, follow(notes)],
		[10, follow(bulk, { hasStock: true })],
		[10, follow(bulk, { naps: true }, direct)],
		[80, follow(named)],
		[80, follow(running)],
		[80, follow(busy, { hasStock: true })],
		[100, follow(all, { isStandard: true })],
		[40, follow(running, { isStandard: true, hasStock: true })],
		[40, follow(all, {}, direct)],
		[40, follow(busy, { hasStock: true }, direct)],
		[100, follow(all, { stays: false })],
		[40, follow(running, { stays: false })],
		[40, follow(all, { stays: false }, direct)],
		[80, entities(all)],
		[40, entities(running)],
		[30, entities(all, { stays: false })],
		[20, entities(named, { stays: false }, direct)],
		[300, poll(all, 3)],
		[100, poll(running, 3, { takesGzip: true })],
		[50, poll(all, 3, { isStandard: true })],
		[100, poll(all, 0, { takesGzip: true })],
		[50, poll(busy, 0)],
		[60, read(jobs)],
		[40, read(notes)],
		[50, read(running)],
	];
}

function rioters(crowd) {
	return [[100, HalfAsker], [40, Babbler], [60, Aborter], [30, Deaf]].flatMap(
		([n, Kind]) => Array.from({ length: scaled(n) }, () =>
			new Kind(crowd, options.socket)));
}

/** Through the web server: a byte a second, nothing at all, half a request. */
function sloths() {
	return [
		[60, 1, 'bulk'], [60, 0, 'bulk'], [60, 1, 'all'], [60, 0, 'all'],
	].map(([n, rate, selection]) => [n, String(rate),
		`${PROJECT}/events?${SELECTIONS[selection].query}`])
		.concat([[100, 'half', `${PROJECT}/events`]])
		.map(([n, rate, uri]) => spawn(options.sloth,
			[String(options.port), String(scaled(n)), rate, uri],
			{ stdio: ['ignore', 'inherit', 'inherit'] }));
}

function scaled(n) {
	return Math.ceil(n * options.scale);
}

/* --- the truth ------------------------------------------------------------ */

/** Whether what is served is what is in the files. */
async function agrees(stir) {
	const { changes } = JSON.parse(await get(`${PROJECT}/changes`));
	const served = new Map(changes.map(({ collection, id, data }) =>
		[`${collection}/${id}`, JSON.stringify(data)]));
	return served.size === stir.files.size && [...stir.files].every(
		([key, document]) => served.get(key) === JSON.stringify(document));
}

/** Each selection's truth, as the server answers it now. */
async function findTruth() {
	for (const selection of Object.values(SELECTIONS)) {
		const { changes } = JSON.parse(
			await get(`${PROJECT}/changes?${selection.query}`));
		selection.truth = new Map(changes.map(
			({ collection, id, version, data }) =>
				[`${collection}/${id}`, { version, data }]));
	}
}

/** Whether a selection holds what our own predicate says. */
function isRight({ truth, wants }, files) {
	const own = [...files].filter(([key, document]) => {
		const [, collection, id] = /^(\w+)\/(.*)$/.exec(key);
		return wants(collection, id, document);
	});
	return own.length === truth.size && own.every(([key]) => truth.has(key));
}

/* --- what happens --------------------------------------------------------- */

async function arrive(crowd, clients) {
	const waiting = clients.slice();
	for (let i = waiting.length - 1; i > 0; i--) {
		const j = Math.floor(crowd.random() * (i + 1));
		[waiting[i], waiting[j]] = [waiting[j], waiting[i]];
	}
	while (waiting.length > 0) {
		for (const client of waiting.splice(-ARRIVALS_A_MS * 20)) client.start();
		await pause(20);
	}
}

function check(crowd, clients) {
	let wrong = 0;
	for (const client of clients) {
		const difference = client.model.difference(client.selection.truth);
		if (difference === '' || client.isGone) continue;
		wrong++;
		crowd.fault(client.name, difference);
	}
	ok(wrong === 0, `each of ${clients.length} knows exactly what there is`);
}

function tell(crowd, clients, stir) {
	const sum = {};
	for (const { model } of clients) {
		for (const [name, n] of Object.entries(model.tally)) {
			sum[name] = (sum[name] ?? 0) + n;
		}
	}
	console.log(`# ${Math.round(performance.now() / 1000)} s; ${
		stir.changes} changes of files; ${crowd.resumed} streams ` +
		`resumed, ${crowd.unmodified} times 304, ${crowd.lives} rioters, ${
			crowd.cutOff} deaf ones cut off`);
	console.log(`# taken: ${JSON.stringify(sum)}`);
	for (const line of crowd.times()) console.log(`# ${line}`);
}

async function judge(crowd, clients, stir) {
	ok(await until(() => agrees(stir)), 'what is served is what is in the files');
	await findTruth();
	ok(Object.values(SELECTIONS).every((one) => isRight(one, stir.files)),
		'each selection is what our own predicate says');
	const head = seqOf(JSON.parse(await get(PROJECT)).cursor);
	const behind = () => clients.filter((one) => !one.isGone && !one.isAt(head));
	ok(await until(() => behind().length === 0), `all come to the head, ${head}`);
	for (const one of behind().slice(0, FAULTS_SHOWN)) {
		crowd.fault(one.name, `it stands at ${one.model.cursor}`);
	}
	check(crowd, clients);
}

async function main() {
	const crowd = new Crowd();
	const stir = new Stirrer();
	await stir.tell('fill', { jobs: 60, notes: 15, bulk: 30 });
	ok(await until(() => agrees(stir)), 'the files are served');

	const clients = wellBehaved(crowd).flatMap(([n, make]) =>
		Array.from({ length: scaled(n) }, make));
	const mob = rioters(crowd);
	await stir.tell('start');
	const children = sloths();
	const lives = mob.map((rioter) => rioter.start());
	await arrive(crowd, clients);
	await pause(options.seconds * 1000);
	ok(await until(async () => await metric('drops_total{reason="slow"}') >=
		scaled(60) * 2 + scaled(30)), 'who does not read is cut off');
	crowd.endSlowOnes();
	await stir.tell('stop');
	crowd.isQuiet = true;

	await judge(crowd, clients, stir);
	for (const rioter of mob) rioter.leave();
	await Promise.all(lives);
	const deaf = mob.filter((one) => one instanceof Deaf).length;
	ok(crowd.cutOff === deaf, 'and by a broken connection');
	ok(crowd.faults === 0, 'no gap, no repetition, nobody disconnected');
	tell(crowd, clients, stir);

	for (const client of clients) {
		client.leave(crowd.random() < 0.5 ? 'fin' : 'rst');
	}
	for (const child of children) child.kill();
	await pause(100);
	await stir.tell('touchAll'); // a web server notices with the next event
	await until(() => agrees(stir));
	process.exit(0);
}

await main();
