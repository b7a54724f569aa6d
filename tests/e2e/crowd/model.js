/*
 * model: what one client knows, from nothing but what it was told.  Whatever
 * breaks a promise of docs/PROTOCOL.md is a Fault:
 *
 *   - `from` is where the client stands, `to` is never behind it
 *   - a version is newer than the cursor, and never goes back
 *   - `base` is the version that is held, 0 where none is
 *   - an entity is told once in an answer, in the order of seqs
 *   - nothing is deleted that is not held
 *   - two who ask for the same know the same at the same place
 *   - a cursor is forgotten only where that was to be expected
 *
 * Thousands of clients are told the same, most of them at the same place.
 * States are therefore never modified, and what a state becomes by something
 * that is told is found out once.
 */

import { isDeepStrictEqual } from 'node:util';

import { isText, patched } from './patch.js';

const PLACES_MAX = 200;

export class Fault extends Error {}

export function demand(condition, text) {
	if (!condition) throw new Fault(text);
}

export function seqOf(cursor) {
	return cursor === null ? 0 : Number(cursor.split('.')[1]);
}

export function epochOf(cursor) {
	return cursor.split('.')[0];
}

/** Is a cursor before, or of another log than, where a client stands? */
function isBehind(to, cursor) {
	return cursor !== null && (epochOf(to) !== epochOf(cursor) ||
		seqOf(to) < seqOf(cursor));
}

class State {
	cursor = null;
	/** collection/id → {version, data}; the version is 0 where unknown */
	entities = new Map();
	isStandard = false;
	/** (from, to) → may the one be forgotten, and the other be told instead? */
	mayReset = () => false;
	/** With shape=entity: the state at the last id, and events since then. */
	safe = this;
	pending = [];
	/** What was told last, counted. */
	tally = { put: 0, patch: 0, text: 0, delete: 0, snapshot: 0, none: 0 };
	/** What was told → {state, tally} behind it. */
	next = new WeakMap();

	/** One to be changed. */
	copy() {
		const { cursor, entities, isStandard, mayReset, safe, pending } = this;
		return Object.assign(new State(), { cursor, isStandard, mayReset, safe,
			pending, entities: new Map(entities) });
	}
}

/* --- answers of `changes`, and events that carry one ---------------------- */

function takePatch(state, key, version, patch) {
	const { data } = state.entities.get(key);
	if (patch.some(isText)) {
		demand(!state.isStandard, `${key}: a text operation, with std=1`);
		state.tally.text++;
	}
	try {
		state.entities.set(key, { version, data: patched(data, patch) });
	} catch (error) {
		throw new Fault(`${key}: ${error.message}: ${
			JSON.stringify(patch).slice(0, 300)}`);
	}
}

function takeChange(state, key, { op, base, version, data, patch }) {
	const held = state.entities.get(key);
	demand(base === (held?.version ?? 0),
		`${key}: ${op} of base ${base}, but it holds ${held?.version}`);
	demand(held || op === 'put', `${key}: ${op} of nothing`);
	state.tally[op]++;
	if (op === 'put') state.entities.set(key, { version, data });
	else if (op === 'delete') state.entities.delete(key);
	else takePatch(state, key, version, patch);
}

function takeDelta(state, { from, to, changes }) {
	let last = seqOf(from);
	demand(changes.length > 0, 'a delta without changes');
	for (const change of changes) {
		const key = `${change.collection}/${change.id}`;
		demand(change.version === change.seq, `${key}: two versions`);
		demand(change.seq > last, `${key}: seq ${change.seq} after ${last}`);
		last = change.seq;
		takeChange(state, key, change);
	}
	demand(last <= seqOf(to), `seq ${last} is behind ${to}`);
}

function takeSnapshot(state, { to, changes, reset }) {
	const before = reset ? new Map() : state.entities;
	state.entities = new Map();
	state.tally.snapshot++;
	for (const { collection, id, op, base, version, data } of changes) {
		const key = `${collection}/${id}`;
		const held = before.get(key);
		demand(op === 'put' && base === 0, `a snapshot with ${op}`);
		demand(!state.entities.has(key), `${key} twice in a snapshot`);
		demand(version <= seqOf(to), `${key} from behind the cursor`);
		demand(!held || version >= held.version,
			`${key} went back from ${held?.version} to ${version}`);
		state.entities.set(key, { version, data });
	}
}

function takeNone(state, { kind, changes }) {
	demand(kind === 'none' && changes.length === 0,
		`${kind} with ${changes.length} changes`);
	state.tally.none++;
}

function takeReset({ cursor, mayReset }, { kind, reset, to }) {
	demand(reset === true && kind === 'snapshot', `reset ${reset} with ${kind}`);
	demand(cursor !== null && mayReset(cursor, to),
		`its cursor ${cursor} was forgotten, at ${to}`);
}

function takeFeed(state, feed) {
	const { cursor } = state;
	demand(feed.from === cursor,
		`from ${feed.from}, but it stands at ${cursor}`);
	if (feed.reset !== undefined) takeReset(state, feed);
	else demand(!isBehind(feed.to, cursor), `to ${feed.to} is behind ${cursor}`);
	if (feed.kind === 'snapshot') takeSnapshot(state, feed);
	else if (feed.kind === 'delta') takeDelta(state, feed);
	else takeNone(state, feed);
	state.cursor = feed.to;
	state.safe = state;
}

/* --- shape=entity --------------------------------------------------------- */

function takeEntity({ entities }, { type, entity, id, data }) {
	const key = `${entity}/${id}`;
	demand((type === 'entity.created') !== entities.has(key),
		`${key}: ${type}, and it was${entities.has(key) ? '' : ' not'} there`);
	if (type === 'entity.deleted') entities.delete(key);
	else entities.set(key, { version: 0, data });
}

/* An unknown cursor is answered with all there is; its end tells. */
function takeBatch(state, id) {
	const { cursor } = state.safe;
	if (isBehind(id, cursor)) {
		demand(state.mayReset(cursor, id),
			`its cursor ${cursor} was forgotten, at ${id}`);
		state.entities = new Map();
	} else {
		demand(seqOf(id) > seqOf(cursor),
			`id ${id}, but it stands at ${cursor}`);
	}
	for (const json of state.pending) takeEntity(state, json);
	state.cursor = id;
	state.pending = [];
	state.safe = state;
}

function takeEvent(state, { event, id, json }) {
	if (event === null) {
		demand(state.pending.length === 0,
			'a bare id in the middle of a batch');
	} else {
		state.pending = [...state.pending, json];
	}
	if (id !== null) takeBatch(state, id);
}

/* --- comparing ------------------------------------------------------------ */

/** Pairs that were found equal: clients mostly hold the very same objects. */
const equals = new WeakMap();

function isEqual(a, b) {
	if (a === b || equals.get(a)?.has(b)) return true;
	if (!isDeepStrictEqual(a, b)) return false;
	equals.set(a, (equals.get(a) ?? new WeakSet()).add(b));
	return true;
}

/** '' or what is different from the truth. */
export function difference(entities, truth) {
	for (const [key, { version, data }] of truth) {
		const held = entities.get(key);
		if (!held) return `${key} is missing`;
		if (held.version && version && held.version !== version) {
			return `${key} is of ${held.version}, not ${version}`;
		}
		if (!isEqual(held.data, data)) {
			return `${key} is ${JSON.stringify(held.data)}, not ${
				JSON.stringify(data)}`.slice(0, 1000);
		}
	}
	for (const key of entities.keys()) {
		if (!truth.has(key)) return `${key} should have gone`;
	}
	return '';
}

/** The states of all who ask for the same, by cursor; the newest of them. */
class Places {
	#known = new Map();

	/** The one that all shall be in. */
	settle(state) {
		const known = this.#known.get(state.cursor);
		if (known) {
			const text = difference(state.entities, known.entities);
			demand(text === '', `others at ${state.cursor} know better: ${text}`);
			return known;
		}
		this.#known.set(state.cursor, state);
		if (this.#known.size > PLACES_MAX) {
			this.#known.delete(this.#known.keys().next().value);
		}
		return state;
	}
}

const places = new Map(); // what is asked for → Places

/* --- one client ----------------------------------------------------------- */

export class Model {
	tally = new State().tally;
	#places;
	#state = new State();

	/**
	 * @param {string} asks  equal for those who ask for the same
	 * @param {(from: string, to: string) => boolean} [mayReset]
	 */
	constructor(asks, isStandard, mayReset) {
		if (!places.has(asks)) places.set(asks, new Places());
		this.#places = places.get(asks);
		this.#state.isStandard = isStandard;
		if (mayReset) this.#state.mayReset = mayReset;
	}

	get cursor() {
		return this.#state.cursor;
	}

	/** An answer of `changes`, or an event that carries one. */
	take(feed) {
		this.#step(takeFeed, feed);
	}

	/** An event of shape=entity; its id, if any, ends a batch. */
	takeEvent(event) {
		this.#step(takeEvent, event);
	}

	/** The connection was lost: a batch without its id never came. */
	rewind() {
		this.#state = this.#state.safe;
	}

	get entities() {
		return this.#state.entities;
	}

	/** At another place, however it came there. */
	begin(cursor, entities) {
		const state = Object.assign(this.#state.copy(), { cursor, entities });
		state.safe = state;
		this.#state = this.#places.settle(state);
	}

	/** What a collection is, as a whole. */
	replace(entities) {
		this.#state = Object.assign(this.#state.copy(), { entities });
	}

	held(key) {
		return this.#state.entities.get(key);
	}

	#step(take, told) {
		let next = this.#state.next.get(told);
		if (!next) {
			const state = this.#state.copy();
			take(state, told);
			next = { tally: state.tally, state: state.safe === state ?
				this.#places.settle(state) : state };
			this.#state.next.set(told, next);
		}
		this.#state = next.state;
		for (const name in next.tally) this.tally[name] += next.tally[name];
	}

	/** @param {Map} truth  as entities; '' or what is different */
	difference(truth) {
		return difference(this.#state.entities, truth);
	}
}
