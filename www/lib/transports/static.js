// @ts-check
/*
 * static: published files in place of the API, from any web server or CDN.
 *
 * head.json is asked for again and again; the browser asks whether it has
 * changed (If-None-Match), which costs the server nothing.  It tells of places
 * in the log, from each of which a file, a segment, leads to the next: an
 * answer of `changes` that never changes.  Who stands nowhere there takes the
 * snapshots, each good up to a place of its own, and goes on by segments until
 * all are of one moment.  Only then is anything shown.
 *
 * The rules are those of docs/PROTOCOL.md, "Published files"; it is also where
 * a cursor is said to be made of an epoch and a seq, which is used here alone.
 */

import { isObject } from '../json.js';
import { createStore } from '../store.js';
import { Failure, getJson } from './exchange.js';

/** @typedef {import('./transport.js').Link} Link */
/** @typedef {import('../store.js').FeedAnswer} FeedAnswer */
/** @typedef {import('../store.js').Change} Change */

const ANSWER_MS = 5000;
/** Files may be put in place between two that we read. */
const TRIES = 3;
/** Without so many heartbeats nobody writes them any more. */
const SILENT_BEATS = 3;

/**
 * @typedef {object} Head
 * @property {string} epoch
 * @property {number[]} places
 * @property {string} published
 * @property {number|null} heartbeat_ms
 * @property {{interval_ms?: number}} poll
 * @property {string} [server_time]
 */

/**
 * @typedef {object} Snapshot
 * @property {string} name
 * @property {number} place  up to which it is good
 * @property {Change[]} puts
 */

/**
 * @param {Link} link
 * @param {string} path
 * @param {RequestCache} cache
 * @param {(headers: Headers) => void} [heard]
 */
function get({ fetch, file, signal }, path, cache, heard) {
	return getJson(fetch, file(path),
		{ answerMs: ANSWER_MS, signal, cache, heard });
}

/** Something else was found than is wanted; or what does not fit yet. */
const OTHER = 200;
const TORN = 409;

/**
 * @param {boolean} condition
 * @param {string} what
 * @param {number} [status]
 * @returns {asserts condition}
 */
function expect(condition, what, status = OTHER) {
	if (!condition) throw new Failure(what, { status });
}

/**
 * @param {string} epoch
 * @param {number} seq
 */
const cursorOf = (epoch, seq) => `${epoch}.${seq}`;

/** @param {string} cursor */
const seqOf = (cursor) => Number(cursor.slice(cursor.indexOf('.') + 1));

/**
 * @param {Link} link
 * @returns {Promise<Head>}
 */
async function getHead(link) {
	let date = NaN;
	const head = await get(link, 'head.json', 'no-cache', (headers) => {
		date = Date.parse(headers.get('Date') ?? '');
	});
	expect(isObject(head) && typeof head.epoch === 'string' &&
		Array.isArray(head.places) && head.places.length > 0 &&
		head.places.every(Number.isSafeInteger), 'This is no head.json');
	return /** @type {any} */ ({
		...head,
		poll: isObject(head.poll) ? head.poll : {},
		server_time: Number.isNaN(date) ? undefined :
			new Date(date).toISOString(),
	});
}

/**
 * The answers that lead from a place to the last one.
 * @param {Link} link
 * @param {Head} head
 * @param {number} from
 * @returns {Promise<{from: number, changes: Change[]}[]>}
 */
function getSegments(link, { epoch, places }, from) {
	const begin = places.indexOf(from);
	return Promise.all(places.slice(begin + 1).map(async (to, i) => {
		const start = places[begin + i];
		const segment = await get(link, `${epoch}.${start}-${to}.json`,
			'default');
		expect(isObject(segment) && Array.isArray(segment.changes) &&
			segment.from === cursorOf(epoch, start) &&
			segment.to === cursorOf(epoch, to), 'This is no segment');
		return { from: start,
			changes: /** @type {any[]} */ (segment.changes) };
	}));
}

/**
 * @param {Link} link
 * @param {any} told  what the manifest says of it
 * @param {string} epoch
 * @returns {Promise<Snapshot>}
 */
async function getSnapshot(link, { name, seq, place }, epoch) {
	const body = await get(link,
		`${encodeURIComponent(name)}/snapshot.json`, 'no-cache');
	expect(isObject(body) && typeof body.cursor === 'string' &&
		Array.isArray(body.items), 'This is no snapshot');
	const at = seqOf(body.cursor);
	expect(body.cursor === cursorOf(epoch, at) && at >= seq,
		'The files are being published anew', TORN);
	return {
		name,
		place: at === seq ? place : at,
		puts: /** @type {any[]} */ (body.items).map((item) => ({
			collection: name, id: item.id, version: item.version,
			at: item.updated ?? '', op: 'put', base: 0, data: item.data,
		})),
	};
}

/** @param {Link} link */
async function getManifest(link) {
	const manifest = await get(link, 'manifest.json', 'no-cache');
	expect(isObject(manifest) && typeof manifest.epoch === 'string' &&
		typeof manifest.cursor === 'string' &&
		Array.isArray(manifest.snapshots), 'This is no manifest.json');
	return /** @type {{epoch: string, cursor: string, snapshots: any[]}} */ (
		/** @type {unknown} */ (manifest));
}

/**
 * All there is at the last place, as the answer to a client that holds
 * nothing.
 * @param {Link} link
 * @param {{epoch: string, cursor: string, snapshots: any[]}} manifest
 */
async function begin(link, manifest) {
	const { epoch, cursor } = manifest;
	const snapshots = await Promise.all(manifest.snapshots.map((told) =>
		getSnapshot(link, told, epoch)));
	// what the manifest does not tell of came later, or has gone
	const good = new Map(snapshots.map(({ name, place }) => [name, place]));
	const head = await getHead(link);
	const last = head.places[head.places.length - 1];
	const from = Math.min(last, ...good.values());
	expect(head.epoch === epoch && head.places.includes(from) &&
		seqOf(cursor) <= last, 'The files are being published anew', TORN);

	const store = createStore();
	store.apply({ kind: 'snapshot', to: cursorOf(epoch, from),
		changes: snapshots.flatMap(({ puts }) => puts) });
	for (const segment of await getSegments(link, head, from)) {
		const { torn } = store.apply({
			kind: 'delta', from: store.cursor ?? '', to: store.cursor ?? '',
			changes: segment.changes.filter(({ collection }) =>
				segment.from >= (good.get(collection) ?? seqOf(cursor))),
		});
		expect(torn.length === 0, 'The files do not fit together', TORN);
	}
	return { head, answer: {
		kind: 'snapshot',
		to: cursorOf(epoch, last),
		changes: store.names().flatMap((collection) =>
			[...store.entities(collection).values()].map((entity) =>
				({ ...entity, collection, op: 'put', base: 0 }))),
	} };
}

/** @param {Link} link */
async function beginAgain(link) {
	for (let tries = 1; ; tries++) {
		const manifest = await getManifest(link);
		try {
			return await begin(link, manifest);
		} catch (error) {
			const { message, status } = /** @type {Failure} */ (error);
			if (!status) throw error;
			if (tries === TRIES) throw new Failure(message, { status: TORN });
		}
	}
}

/**
 * What happened since the cursor; null where no segments lead on from it.
 * @param {Link} link
 * @param {Head} head
 */
async function follow(link, head) {
	const { epoch, places } = head;
	const since = link.since ?? '';
	const to = cursorOf(epoch, places[places.length - 1]);
	const from = places.find((seq) => cursorOf(epoch, seq) === since);
	if (since === to) return { kind: 'none', from: since, to, changes: [] };
	if (from === undefined) return null;
	try {
		const segments = await getSegments(link, head, from);
		return { kind: 'delta', from: since, to,
			changes: segments.flatMap(({ changes }) => changes) };
	} catch (error) {
		if (error instanceof Failure && error.status !== 0) return null;
		throw error;
	}
}

/**
 * By the server's clock, which has stamped both.
 * @param {Head} head
 * @returns {string|undefined}
 */
function noticeOf({ published, heartbeat_ms, server_time }) {
	if (!heartbeat_ms || !server_time) return undefined;
	const ms = Date.parse(server_time) - Date.parse(published);
	return ms > SILENT_BEATS * heartbeat_ms ?
		`Nothing was published for ${Math.round(ms / 60_000)} minutes` :
		undefined;
}

/** @type {import('./transport.js').Transport} */
export const files = {
	name: 'static',
	async run(link) {
		const found = link.since === null ? null : await getHead(link);
		const followed = found && await follow(link, found);
		const { head, answer } = found && followed ?
			{ head: found, answer: followed } : await beginAgain(link);
		link.answer({
			...answer,
			server_time: head.server_time,
			poll: { interval_ms: head.poll.interval_ms },
			notice: noticeOf(head),
		});
	},
};
