/*
 * clients: the well-behaved ones, each with a model of its own.  A client has
 *
 *   start()     come
 *   isAt(seq)   has it been told of everything up to there?
 *   leave(how)  'fin' or 'rst'
 *   model       what it knows (model.js)
 *
 * and tells the crowd (crowd.js) of faults, and how late it heard of things.
 */

import { gunzipSync } from 'node:zlib';

import { readBlock, SseReader } from '../peer/sse.js';
import { demand, Fault, Model, seqOf } from './model.js';

export const PROJECT = '/api/v1/main';
const MEMORY_BYTES = 4 << 20;
const NAP_MS = 700;

/* Thousands are sent the same bytes: what they mean is found out once. */
function remembering(make) {
	const known = new Map();
	let size = 0;
	return (bytes) => {
		const hint = `${bytes.length} ${bytes.toString('latin1', 0, 48)}`;
		const same = known.get(hint)?.find((one) => one.bytes.equals(bytes));
		if (same) return same.value;
		if (size > MEMORY_BYTES) {
			known.clear();
			size = 0;
		}
		const value = make(bytes);
		known.set(hint, [...known.get(hint) ?? [],
			{ bytes: Buffer.from(bytes), value }]);
		size += bytes.length;
		return value;
	};
}

const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;
const parse = remembering((bytes) =>
	JSON.parse(isGzip(bytes) ? gunzipSync(bytes) : bytes));
const readEvent = remembering((block) => {
	const event = readBlock(block);
	event.json = event.data?.startsWith('{') ? JSON.parse(event.data) : null;
	return event;
});

class Client {
	model;
	isGone = false;

	constructor(crowd, { peer, selection, isStandard = false, kind }) {
		this.crowd = crowd;
		this.peer = peer;
		this.selection = selection;
		this.name = `${kind} ${selection.query}`;
		this.query = `${selection.query}${isStandard ? '&std=1' : ''}`;
		this.model = new Model(`${kind} ${this.query}`, isStandard);
	}

	isAt(seq) {
		return seqOf(this.model.cursor) >= seq;
	}

	leave(how) {
		this.isGone = true;
		this.peer.hangUp(how);
	}

	/** Runs what may find a fault; after one the client knows nothing. */
	watch(action) {
		if (this.isGone) return;
		try {
			action();
		} catch (error) {
			this.crowd.fault(this.name, error instanceof Fault ?
				error.message : error.stack);
			this.leave('rst');
		}
	}

	/** An answer with an end: hear(status, headers, body). */
	fetch(uri, headers, hear) {
		const parts = [];
		let first;
		this.peer.ask(uri, headers, {
			head: (...head) => { first = head; },
			body: (bytes) => parts.push(bytes),
			end: (how) => this.watch(() => {
				demand(how === 'complete', `no answer to ${uri}: ${how}`);
				hear(...first, Buffer.concat(parts));
			}),
		});
	}

	/** Begin with what is there now. */
	takeStock(then) {
		this.fetch(`${PROJECT}/changes?${this.query}`, {}, (status, _, body) => {
			demand(status === 200, `changes: ${status}`);
			this.model.take(parse(body));
			then();
		});
	}
}

/**
 * A stream; with stays = false one that hangs up and comes back, with naps one
 * that does not read at times, but soon enough.
 */
class Streamer extends Client {
	#naps;
	#stays;

	constructor(crowd, options) {
		super(crowd, options);
		this.#naps = options.naps ?? false;
		this.#stays = options.stays ?? true;
	}

	/** In the address at first, in the words of an EventSource afterwards. */
	open(parameters, first) {
		const since = this.model.cursor;
		const inHeader = since !== null && this.crowd.random() < 0.5;
		const uri = [`${PROJECT}/events?${this.query}${parameters}`,
			...(since && !inHeader ? [`since=${since}`] : [])].join('&');
		const peer = this.peer;
		const reader = new SseReader((event) => {
			if (peer === this.peer) this.watch(() => this.hear(event));
		}, readEvent);
		this.expected = first;
		peer.ask(uri, inHeader ? { 'Last-Event-ID': since } : {}, {
			head: (status, headers) => this.watch(() => demand(
				status === 200 &&
				headers['content-type'] === 'text/event-stream' &&
				headers['content-length'] === undefined &&
				headers['content-encoding'] === undefined,
				`a stream: ${status} ${JSON.stringify(headers)}`)),
			body: (bytes) => reader.take(bytes),
			end: (how) => this.watch(() => {
				throw new Fault(`disconnected: ${how}`);
			}),
		});
		if (!this.#stays) this.#planToHangUp();
		if (this.#naps) this.#nap();
	}

	#nap() {
		if (this.isGone || this.crowd.isQuiet) return;
		this.peer.nap(NAP_MS);
		setTimeout(() => this.#nap(), NAP_MS * 3);
	}

	#planToHangUp() {
		const { random } = this.crowd;
		setTimeout(() => {
			if (this.isGone || this.crowd.isQuiet) return;
			this.peer.hangUp(random() < 0.5 ? 'fin' : 'rst');
			this.peer = this.crowd.newPeer(this.peer);
			this.forget();
			this.crowd.resumed++;
			setTimeout(() => this.isGone || this.resume(), random() * 800);
		}, 100 + random() * 3000);
	}

	/** What was on its way is lost. */
	forget() {}
}

/** Follows `events`. */
export class Follower extends Streamer {
	#hasStock;

	constructor(crowd, options) {
		super(crowd, { kind: 'follower', ...options });
		this.#hasStock = options.hasStock ?? false;
	}

	start() {
		if (this.#hasStock) this.takeStock(() => this.resume());
		else this.resume();
	}

	resume() {
		this.open('', 'hello');
	}

	hear({ event, id, json }) {
		if (event === ':') return;
		if (this.expected !== null) {
			this.#hearFirst(event, id, json);
			return;
		}
		demand({ changes: 'delta', snapshot: 'snapshot', bookmark: 'none' }[
			event] === json.kind, `${event} with ${json.kind}`);
		demand(id === json.to, `${event} with id ${id}, to ${json.to}`);
		this.model.take(json);
		if (event === 'changes') this.crowd.heard(json.changes.at(-1).at);
	}

	#hearFirst(event, id, json) {
		demand(event === this.expected, `${event} before ${this.expected}`);
		demand(id === (this.model.cursor ?? '0'),
			`${event} with id ${id}, but it stands at ${this.model.cursor}`);
		demand(event !== 'hello' || json.project === 'main',
			'hello without the project');
		this.expected = event === 'hello' ? 'ready' : null;
	}
}

/** Follows `events?shape=entity`. */
export class EntityFollower extends Streamer {
	constructor(crowd, options) {
		super(crowd, { kind: 'entity follower', ...options });
	}

	start() {
		this.takeStock(() => this.resume());
	}

	resume() {
		this.open('&shape=entity', 'connected');
	}

	forget() {
		this.model.rewind();
	}

	hear(told) {
		const { event, id, json } = told;
		if (this.expected !== null) {
			demand(event === 'connected' && id === this.model.cursor,
				`${event} ${id}, and not connected ${this.model.cursor}`);
			this.expected = null;
			return;
		}
		if (event === 'heartbeat') return;
		demand(event === null ||
			(json.type === event && json.projectId === 'main'),
		`${event} says ${json?.type} of ${json?.projectId}`);
		this.model.takeEvent(told);
		if (event !== null && id !== null) this.crowd.heard(json.timestamp);
	}
}

/** Asks `changes` again and again, with or without a wait. */
export class Poller extends Client {
	#headers;
	#pause;
	#wait;

	/** pause: the longest one between two requests, in ms */
	constructor(crowd, { wait, pause, takesGzip = false, ...options }) {
		super(crowd, { kind: wait ? 'long-poller' : 'poller', ...options });
		this.#headers = takesGzip ? { 'Accept-Encoding': 'gzip' } : {};
		this.#pause = pause;
		this.#wait = wait;
	}

	start() {
		const since = this.model.cursor;
		const uri = `${PROJECT}/changes?${this.query}&wait=${this.#wait}${
			since === null ? '' : `&since=${since}`}`;
		const asked = performance.now();
		this.fetch(uri, this.#headers, (status, _, body) => {
			demand(status === 200, `changes: ${status}`);
			const feed = parse(body);
			demand(feed.poll.hint === null, 'there was no room to wait');
			this.model.take(feed);
			if (feed.kind === 'delta' && performance.now() - asked > 20) {
				this.crowd.heard(feed.changes.at(-1).at);
			}
			setTimeout(() => this.isGone || this.start(),
				this.crowd.random() * this.#pause);
		});
	}
}

/** Reads a collection again and again, by its ETag. */
export class Reader extends Client {
	#etag = null;
	#isRight = false; // is what it knows the truth?
	#isUnknown = true; // … nobody has looked
	#last = null;
	#query;

	/** selection: one whose parameters a collection has too */
	constructor(crowd, options) {
		super(crowd, { kind: 'reader', ...options });
		this.#query = options.selection.collectionQuery;
	}

	start() {
		const headers = { 'Accept-Encoding': 'gzip' };
		const asked = performance.now();
		if (this.#etag) headers['If-None-Match'] = this.#etag;
		this.fetch(`${PROJECT}/${this.#query}`, headers,
			(status, answer, body) => {
				this.crowd.answered(performance.now() - asked);
				demand(status === 200 || (status === 304 && this.#etag),
					`${this.#query}: ${status}`);
				if (status === 304) this.crowd.unmodified++;
				else this.#take(parse(body), answer.etag);
				setTimeout(() => this.isGone || this.start(),
					this.crowd.random() * 4000);
			});
	}

	#take({ cursor, collection, items }, etag) {
		const fresh = new Map();
		demand(!this.#last || seqOf(cursor) >= seqOf(this.#last),
			`${cursor} after ${this.#last}`);
		demand(etag !== this.#etag, `200, and the ETag is still ${etag}`);
		for (const { id, version, data } of items) {
			const held = this.model.held(`${collection}/${id}`);
			demand(!held || version >= held.version,
				`${id} went back from ${held?.version} to ${version}`);
			fresh.set(`${collection}/${id}`, { version, data });
		}
		this.model.replace(fresh);
		this.#isUnknown = true;
		this.#last = cursor;
		this.#etag = etag;
	}

	/** Its cursor stays behind while nothing of its own happens. */
	isAt() {
		if (this.#isUnknown) {
			this.#isRight = this.model.difference(this.selection.truth) === '';
		}
		this.#isUnknown = false;
		return this.#isRight;
	}
}
