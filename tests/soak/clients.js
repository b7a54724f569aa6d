/*
 * clients: each follows a selection in a way of its own, with a model (../e2e/
 * crowd/model.js) of what it was told, through whatever breaks meanwhile: half an
 * answer counts as none, and it comes back with the cursor that it has.
 *
 *   start()       come, and go on until leave()
 *   isAt(head)    has it been told of everything up to there?
 *   knows         Map of collection/id → {version, data}
 *
 * The world (soak.js) hears of what breaks a promise, and says when it is quiet:
 * then nobody hangs up or rests.
 */

import { gunzipSync } from 'node:zlib';

import { demand, epochOf, Fault, Model, seqOf } from '../e2e/crowd/model.js';
import { readBlock, SseReader } from '../e2e/peer/sse.js';
import { parseAnswer } from './exact.js';

const TOLD_KEPT = 60;
const RETRY_MS = 200;
const PAGE = 7;

/* While programs come and go: a web server without its back end, a back end
   without its store. */
const PASSING = [500, 502, 503, 504];
/* … while a database is made anew, a collection that is not in it yet. */
const NOT_YET = [404];

export class Client {
	answers = 0;
	chance;
	isGone = false;
	model;
	peer = null;
	told = []; // lately
	#request = null; // the one that it would hang up on

	/** knowsVersions: else it is told of none, as with shape=entity */
	constructor(world, { name, project, selection, transport, isStandard,
		knowsVersions = true }) {
		this.world = world;
		this.project = project;
		this.selection = selection;
		this.transport = transport;
		this.query = `${selection.query}${isStandard ? '&std=1' : ''}`;
		this.name = world.named(`${name} ${transport} ${project}?${this.query}`);
		this.chance = world.chanceOf(this.name);
		this.model = new Model(`${knowsVersions} ${project} ${this.query}`,
			isStandard, world.mayReset);
	}

	get knows() {
		return this.model.entities;
	}

	isAt(head) {
		const { cursor } = this.model;
		return cursor !== null && epochOf(cursor) === epochOf(head) &&
			seqOf(cursor) >= seqOf(head);
	}

	leave() {
		this.isGone = true;
		this.peer?.hangUp('fin');
	}

	heard(what) {
		this.answers++;
		this.told.push({ step: this.world.journal.step, ...what });
		if (this.told.length > TOLD_KEPT) this.told.shift();
	}

	/** Runs what may find a fault.  It then begins anew: one fault, one report. */
	watch(action) {
		if (this.isGone) return;
		try {
			action();
		} catch (error) {
			this.world.journal.fault(this.name, error instanceof Fault ?
				error.message : error.stack, this.told);
			this.leave();
		}
	}

	uri(path, parameters) {
		const mount = this.transport === 'spawned' ? '/spawned' : '';
		return `${mount}/api/v1/${this.project}/${path}?${parameters}`;
	}

	/** Come back again and again, until it leaves. */
	async start() {
		while (!this.isGone) {
			const isGood = await this.round();
			await this.world.rest(isGood ? this.pause() :
				this.chance.upTo(RETRY_MS));
		}
	}

	/** The longest time between two rounds, in ms. */
	pause() {
		return this.chance.upTo(300);
	}

	#open() {
		this.peer ??= this.world.peer(this.transport);
	}

	/** Hangs up in the middle of this request, sometimes; calls hungUp() then. */
	planToHangUp(probability, most, hungUp) {
		const request = {};
		this.#request = request;
		if (!this.chance.is(probability)) return;
		const how = this.chance.is(0.5) ? 'fin' : 'rst';
		this.world.later(this.chance.upTo(most), () => {
			if (request !== this.#request || !this.peer || this.isGone) return;
			this.peer.hangUp(how);
			this.peer = null;
			hungUp();
		});
	}

	/** An answer with an end: {status, headers, body}; null: there was none. */
	fetch(uri, headers = {}) {
		const parts = [];
		let first = null;
		this.#open();
		return new Promise((resolve) => {
			this.planToHangUp(0.03, 500, () => resolve(null));
			this.peer.ask(uri, headers, {
				head: (status, answered) => { first = [status, answered]; },
				body: (bytes) => parts.push(bytes),
				end: (how) => {
					this.#request = null;
					if (how !== 'complete' || !first) this.peer = null;
					resolve(how === 'complete' && first ? { status: first[0],
						headers: first[1], body: Buffer.concat(parts) } : null);
				},
			});
		});
	}

	/**
	 * An answer of one of these statuses, its JSON when it is 200; null: none yet,
	 * perhaps later.
	 */
	async fetchJson(uri, headers, statuses = [200]) {
		const answer = await this.fetch(uri, headers);
		let read = null;
		if (answer) this.watch(() => { read = this.#read(uri, answer, statuses); });
		return read;
	}

	#read(uri, { status, headers, body }, statuses) {
		const isOurs = headers['content-type']?.includes('problem+json');
		if (PASSING.includes(status) && !(status === 500 && isOurs)) return null;
		demand(statuses.includes(status), `${uri}: ${status} ${body}`);
		if (status !== 200) return { status, headers, json: null };
		const length = headers['content-length'];
		demand(length === undefined || Number(length) === body.length,
			`${uri}: ${body.length} bytes, not ${length}`);
		const json = parseAnswer((headers['content-encoding'] === 'gzip' ?
			gunzipSync(body) : body).toString());
		this.heard({ uri, json });
		return { status, headers, json };
	}

	hangUp() {
		this.peer?.hangUp('fin');
		this.peer = null;
	}
}

/** Asks `changes`, with or without a wait. */
export class Poller extends Client {
	#headers;
	#isLazy;
	#wait;

	/** isLazy: long after the last time, so that much is squashed */
	constructor(world, { wait = 0, takesGzip, isLazy, ...options }) {
		super(world, { name: `${isLazy ? 'late ' : ''}poll ${wait}`, ...options });
		this.#headers = takesGzip ? { 'Accept-Encoding': 'gzip' } : {};
		this.#isLazy = isLazy;
		this.#wait = wait;
	}

	pause() {
		return this.chance.upTo(this.#isLazy ? 8000 : 400);
	}

	async round() {
		const { cursor } = this.model;
		const uri = this.uri('changes', `${this.query}&wait=${this.#wait}${
			cursor === null ? '' : `&since=${cursor}`}`);
		const answer = await this.fetchJson(uri, this.#headers);
		if (answer) this.watch(() => this.model.take(answer.json));
		return answer !== null;
	}
}

/** A walk over pages, then `changes` from its cursor, then the walk again. */
export class Walker extends Client {
	#left = 0;

	constructor(world, options) {
		super(world, { name: 'walk', ...options });
	}

	async round() {
		if (this.#left === 0) {
			if (!(await this.#walk())) return false;
			this.#left = this.chance.upTo(8) + 1;
		}
		const answer = await this.fetchJson(this.uri('changes',
			`${this.query}&since=${this.model.cursor}`));
		if (!answer) return false;
		this.#left--;
		this.watch(() => this.model.take(answer.json));
		return true;
	}

	async #walk() {
		const { collection, collectionQuery = '' } = this.selection;
		const items = [];
		let cursor = null;
		let next = '';
		while (next !== null) {
			const uri = this.uri(collection, `${collectionQuery}&limit=${PAGE}${
				next && `&after=${encodeURIComponent(next)}`}`);
			const answer = await this.fetchJson(uri, {}, [200, 410, ...NOT_YET]);
			if (!answer?.json) return false;
			const { json } = answer;
			cursor ??= json.cursor;
			// Of another log, it is a walk of its own.
			if (epochOf(cursor) !== epochOf(json.cursor)) return false;
			this.watch(() => demand(json.cursor === cursor,
				`a walk of ${cursor} has a page of ${json.cursor}`));
			items.push(...json.items);
			next = json.next;
		}
		this.watch(() => this.#begin(collection, cursor, items));
		return true;
	}

	#begin(collection, cursor, items) {
		const ids = items.map(({ id }) => Buffer.from(id));
		demand(ids.every((id, i) => i === 0 || Buffer.compare(ids[i - 1], id) < 0),
			`a walk of ${cursor} is not in order`);
		this.model.begin(cursor, new Map(items.map(({ id, version, data }) =>
			[`${collection}/${id}`, { version, data }])));
	}
}

/** Reads a collection again and again, by its ETag. */
export class Reader extends Client {
	knows = new Map();
	#asked = 0; // when, of what it knows
	#cursor = null;
	#etag = null;

	constructor(world, options) {
		super(world, { name: 'read', ...options });
	}

	isAt() {
		return this.#asked > this.world.quietSince;
	}

	async round() {
		const { collection, collectionQuery = '' } = this.selection;
		const asked = performance.now();
		const headers = { 'Accept-Encoding': 'gzip' };
		if (this.#etag) headers['If-None-Match'] = this.#etag;
		const uri = this.uri(collection, collectionQuery);
		const answer = await this.fetchJson(uri, headers,
			this.#etag ? [200, 304, ...NOT_YET] : [200, ...NOT_YET]);
		if (!answer || NOT_YET.includes(answer.status)) return false;
		if (answer.json) this.watch(() => this.#take(answer));
		this.#asked = asked;
		return true;
	}

	#take({ headers, json: { collection, cursor, items } }) {
		demand(headers.etag !== this.#etag,
			`200, and the ETag is still ${headers.etag}`);
		demand(this.#cursor === null || epochOf(cursor) !== epochOf(this.#cursor) ||
			seqOf(cursor) >= seqOf(this.#cursor) ||
			this.world.mayReset(this.#cursor, cursor),
		`${cursor} after ${this.#cursor}`);
		this.#cursor = cursor;
		this.#etag = headers.etag;
		this.knows = new Map(items.map(({ id, version, data }) =>
			[`${collection}/${id}`, { version, data }]));
	}
}

/** A stream that hangs up at times, and resumes by its cursor. */
class Streamer extends Client {
	pause() {
		return this.chance.upTo(200);
	}

	/** @param {string} shape  further parameters */
	stream(shape, hear) {
		const { cursor } = this.model;
		const inHeader = cursor !== null && this.chance.is(0.5);
		const uri = this.uri('events', `${this.query}${shape}${
			cursor === null || inHeader ? '' : `&since=${cursor}`}`);
		this.peer = this.world.peer(this.transport);
		const { peer } = this;
		return new Promise((resolve) => {
			let isStream = false;
			const over = () => resolve(true);
			const reader = new SseReader((event) => {
				if (peer !== this.peer || !isStream) return;
				this.watch(() => {
					this.heard({ uri, ...event });
					hear({ ...event, json: event.data?.startsWith('{') ?
						parseAnswer(event.data) : null });
				});
			}, readBlock);
			this.planToHangUp(0.7, 6000, over);
			peer.ask(uri, inHeader ? { 'Last-Event-ID': cursor } : {}, {
				head: (status, headers) => this.watch(() => {
					isStream = status === 200 &&
						headers['content-type'] === 'text/event-stream';
					demand(isStream || PASSING.includes(status),
						`${uri}: ${status} ${headers['content-type']}`);
				}),
				body: (bytes) => reader.take(bytes),
				end: () => {
					if (peer === this.peer) this.peer = null;
					resolve(isStream);
				},
			});
		});
	}
}

/** Follows `events`. */
export class Follower extends Streamer {
	constructor(world, options) {
		super(world, { name: 'follow', ...options });
	}

	round() {
		let expected = 'hello';
		return this.stream('', ({ event, id, json }) => {
			if (event === ':' || event === 'bye') return;
			if (expected !== null) {
				this.#hearFirst(expected, event, id);
				expected = event === 'hello' ? 'ready' : null;
				return;
			}
			demand({ changes: 'delta', snapshot: 'snapshot', bookmark: 'none' }[
				event] === json?.kind, `${event} with ${json?.kind}`);
			demand(id === json.to, `${event} with id ${id}, to ${json.to}`);
			this.model.take(json);
		});
	}

	#hearFirst(expected, event, id) {
		demand(event === expected, `${event} before ${expected}`);
		demand(id === (this.model.cursor ?? '0'),
			`${event} with id ${id}, but it stands at ${this.model.cursor}`);
	}
}

/** Follows `events?shape=entity`, from what `changes` said at first. */
export class EntityFollower extends Streamer {
	constructor(world, options) {
		super(world, { name: 'entities', knowsVersions: false, ...options });
	}

	async round() {
		if (this.model.cursor === null) {
			const answer = await this.fetchJson(this.uri('changes', this.query));
			if (answer) this.watch(() => this.model.take(answer.json));
			this.hangUp();
			return answer !== null;
		}
		let isConnected = false;
		this.model.rewind();
		return this.stream('&shape=entity', (event) => {
			if (event.event === 'bye' || event.event === 'heartbeat') return;
			if (!isConnected) {
				demand(event.event === 'connected' && event.id === this.model.cursor,
					`${event.event} ${event.id}, not connected ${
						this.model.cursor}`);
				isConnected = true;
				return;
			}
			demand(event.event === null || (event.json.type === event.event &&
				event.json.projectId === this.project),
			`${event.event} says ${event.data}`);
			this.model.takeEvent(event);
		});
	}
}
