/*
 * clients: those who follow a project whatever happens to it: streams, long
 * polls, polls and a reader of one collection, straight at the FastCGI socket.
 * They come back whenever they are cut off or refused, and apply nothing but
 * what they were told, by the rules of ../e2e/crowd/model.js.
 *
 *	node clients.js SOCKET STATE
 *
 * STATE has a folder for each collection.  A line on stdin is a command, and
 * is answered with a line:
 *
 *   agree     "ok" as soon as each of them knows what is in the files, and a
 *             new client is told the same; else, in time, what is different
 *   tally     {"faults":["…"],"resets":n,"back":n,"cut":n,"status":{"503":n}}
 *             since the last time: promises that were broken; cursors that
 *             were unknown; members "n" that became less; connections that
 *             broke; answers other than 200 and 304
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Fault, Model } from '../e2e/crowd/model.js';
import { FcgiPeer } from '../e2e/peer/fcgi.js';
import { SseReader } from '../e2e/peer/sse.js';

const [socket, dir] = process.argv.slice(2);
const PROJECT = '/api/v1/main';
const AGAIN_MS = 250; // at most, before it comes back
const PATIENCE_MS = Number(process.env.FAULT_WAIT ?? 60) * 1000;
const LOOK_MS = 50;
const FAULTS_SHOWN = 5;

class Tally {
	faults = [];
	resets = 0;
	back = 0;
	cut = 0;
	status = {};

	refused(status) {
		this.status[status] = (this.status[status] ?? 0) + 1;
	}
}
let tally = new Tally();

/* --- what each has of its own --------------------------------------------- */

class Client {
	#newest = new Map(); // of each entity, the greatest n that was seen

	/** wants(collection): is it in the selection? */
	constructor(query, wants = () => true) {
		this.query = query;
		this.wants = wants;
		this.forget();
	}

	/** It knows nothing. */
	forget() {
		this.model = new Model(this.query, this.query.includes('std=1'));
	}

	/** An answer of `changes`, or an event that carries one, as text. */
	take(text) {
		try {
			const feed = JSON.parse(text);
			const { reset, ...told } = feed;
			if (reset) {
				tally.resets++;
				this.forget();
				told.from = null;
			}
			this.model.take(told);
			for (const change of feed.changes) this.#look(change);
		} catch (error) {
			this.fault(error);
			this.forget();
		}
	}

	/** What it is told breaks a promise. */
	fault(error) {
		tally.faults.push(`${this.constructor.name} ${this.query}: ${
			error instanceof Fault ? error.message : error.stack}`);
	}

	#look({ collection, id }) {
		const key = `${collection}/${id}`;
		const n = this.model.held(key)?.data.n;
		if (n < this.#newest.get(key)) tally.back++;
		if (n !== undefined) this.#newest.set(key, n);
	}

	/** One answer: hear(headers, body) when it is one, again() in any case. */
	fetch(uri, headers, hear, again) {
		const parts = [];
		let status = 0;
		let named = {};
		new FcgiPeer(socket).ask(uri, headers, {
			head: (code, all) => { status = code; named = all; },
			body: (bytes) => parts.push(bytes),
			end: (how) => {
				if (how !== 'complete') tally.cut++;
				else if (status === 200) hear(named, Buffer.concat(parts));
				else if (status !== 304) tally.refused(status);
				again();
			},
		});
	}

	later(action) {
		setTimeout(action, Math.random() * AGAIN_MS);
	}

	/** '' or what it does not know. */
	difference(files) {
		return this.model.difference(new Map([...files].filter(([key]) =>
			this.wants(key.split('/')[0]))));
	}
}

/** `events`. */
class Stream extends Client {
	start() {
		const since = this.model.cursor;
		const reader = new SseReader((event) => this.#hear(event));
		let status = 200;
		new FcgiPeer(socket).ask(`${PROJECT}/events?${this.query}`,
			since === null ? {} : { 'Last-Event-ID': since }, {
				head: (code) => { status = code; },
				body: (bytes) => status === 200 && reader.take(bytes),
				end: () => {
					if (status === 200) tally.cut++;
					else tally.refused(status);
					this.later(() => this.start());
				},
			});
	}

	#hear({ event, data }) {
		if (['changes', 'snapshot', 'bookmark'].includes(event)) {
			this.take(data);
		}
	}
}

/** `changes`, again and again. */
class Poller extends Client {
	constructor(query, wait, wants) {
		super(query, wants);
		this.wait = wait;
	}

	start() {
		const { cursor } = this.model;
		this.fetch(`${PROJECT}/changes?${this.query}&wait=${this.wait}${
			cursor === null ? '' : `&since=${cursor}`}`, {},
		(_, body) => this.take(body),
		() => this.later(() => this.start()));
	}
}

/** A collection, again and again, by its ETag. */
class Reader extends Client {
	#etag = null;

	start() {
		this.fetch(`${PROJECT}/${this.query}`,
			this.#etag === null ? {} : { 'If-None-Match': this.#etag },
			({ etag }, body) => this.#hear(etag, body),
			() => this.later(() => this.start()));
	}

	#hear(etag, body) {
		try {
			this.model.replace(new Map(JSON.parse(body).items.map(
				({ id, version, data }) =>
					[`${this.query}/${id}`, { version, data }])));
			this.#etag = etag;
		} catch (error) {
			this.fault(error);
		}
	}
}

/* --- what is true --------------------------------------------------------- */

/** Whatever is whole; a half-written file is another one in a moment. */
function readFiles() {
	const files = new Map();
	for (const { name: collection } of readdirSync(dir,
		{ withFileTypes: true }).filter((one) => one.isDirectory())) {
		if (collection.startsWith('.')) continue;
		for (const path of readdirSync(join(dir, collection),
			{ recursive: true })) {
			if (!path.endsWith('.json') || /(^|\/)\./.test(path)) continue;
			try {
				files.set(`${collection}/${path.slice(0, -5)}`, {
					version: 0,
					data: JSON.parse(readFileSync(
						join(dir, collection, path))),
				});
			} catch { /* it is not one of those that are compared */ }
		}
	}
	return files;
}

/** '' or what is wrong with what somebody is told who holds nothing. */
function askAnew(files) {
	const client = new Client('');
	return new Promise((resolve) => client.fetch(`${PROJECT}/changes`, {},
		(_, body) => client.take(body),
		() => resolve(client.difference(files))));
}

async function agree(clients) {
	const late = Date.now() + PATIENCE_MS;
	for (;;) {
		const files = readFiles();
		const wrong = clients.map((one) => {
			const text = one.difference(files);
			return text && `${one.constructor.name} ${one.query}: ${text}`;
		}).concat(`a new client: ${await askAnew(files)}`)
			.filter((text) => text && text !== 'a new client: ');
		if (wrong.length === 0) return 'ok';
		if (Date.now() > late) {
			return `${wrong.length} of ${clients.length + 1}; ${wrong[0]}`;
		}
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
	}
}

/* -------------------------------------------------------------------------- */

const clients = [
	new Stream(''),
	new Stream('std=1'),
	new Stream('collections=jobs', (name) => name === 'jobs'),
	new Poller('', 20),
	new Poller('match=jobs:*', 20, (name) => name === 'jobs'),
	new Poller('', 0),
	new Reader('jobs', (name) => name === 'jobs'),
];
for (const client of clients) client.start();
process.on('SIGTERM', () => process.exit(0));

for await (const line of createInterface({ input: process.stdin })) {
	if (line === 'agree') {
		console.log((await agree(clients)).replaceAll('\n', ' '));
	} else {
		tally.faults.splice(FAULTS_SHOWN);
		console.log(JSON.stringify(tally));
		tally = new Tally();
	}
}
process.exit(0);
