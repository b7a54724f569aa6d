// @ts-check
/*
 * feed: is a parsed body what `changes` (or a collection) answers?  Checked
 * once, here, so that the store meets no surprises.
 */

import { isObject } from './json.js';
import { Failure } from './transports/exchange.js';

/** @typedef {import('./json.js').JsonObject} JsonObject */
/** @typedef {import('./store.js').FeedAnswer} FeedAnswer */
/** @typedef {import('./store.js').Place} Place */

const OPS = new Set(['put', 'patch', 'delete']);

/**
 * The server's words about pace, from the `poll` member of any answer.
 * @typedef {object} Pace
 * @property {boolean} refused
 * @property {number} [afterMs]
 * @property {number} [intervalMs]
 */

/**
 * @param {unknown} change
 * @returns {boolean}
 */
function isChange(change) {
	return isObject(change) && typeof change.collection === 'string' &&
		typeof change.id === 'string' && OPS.has(String(change.op)) &&
		typeof change.version === 'number';
}

/**
 * @param {unknown} body
 * @returns {FeedAnswer & {server_time?: string, notice?: string}}
 * @throws {Failure}
 */
export function readAnswer(body) {
	if (!isObject(body) || typeof body.to !== 'string') {
		throw new Failure('The answer is not a change feed');
	}
	const { kind, changes = [] } = body;
	if (!['delta', 'snapshot', 'none'].includes(String(kind)) ||
		!Array.isArray(changes) || !changes.every(isChange)) {
		throw new Failure('The answer is not a change feed');
	}
	return /** @type {any} */ ({ ...body, changes });
}

/**
 * @param {any} body
 * @returns {Pace}
 */
export function readPace(body) {
	const { hint, after_ms, interval_ms } = isObject(body.poll) ?
		body.poll : {};
	return {
		refused: hint === 'poll',
		afterMs: typeof after_ms === 'number' ? after_ms : undefined,
		intervalMs: typeof interval_ms === 'number' ? interval_ms : undefined,
	};
}

/**
 * One entity from a page of its collection.
 * @param {unknown} body
 * @param {Place} place
 * @returns {{version: number, at: string, data: any}|null} null: not there
 * @throws {Failure}
 */
export function readItem(body, { id }) {
	if (!isObject(body) || !Array.isArray(body.items)) {
		throw new Failure('The answer is not a collection');
	}
	const item = body.items.find((one) => isObject(one) && one.id === id);
	if (!isObject(item) || typeof item.version !== 'number') return null;
	return {
		version: item.version,
		at: String(item.updated ?? ''),
		data: item.data,
	};
}
