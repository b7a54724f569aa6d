// @ts-check
/*
 * columns: which columns a table of documents has: the union of their
 * top-level fields, in the order in which they were first seen, those with a
 * scalar before those that only nest.  What is no object has one: "value".
 */

import { isObject } from '../lib/json.js';

/** @typedef {import('../lib/json.js').Json} Json */

/** More columns than this share the last one. */
const COLUMNS_MAX = 14;
/** The name of that one; no field of a document can be called so. */
export const REST = '\u0000rest';
const VALUE = 'value';

/** @typedef {{total: number, scalars: number}} Tally */

/**
 * @param {Json} data
 * @returns {[string, Json][]}
 */
function fieldsOf(data) {
	return isObject(data) ? Object.entries(data) : [[VALUE, data]];
}

export function createColumns() {
	/** @type {Map<string, Tally>} */
	const tallies = new Map();
	/** @type {string[]|null} */
	let names = null;

	/**
	 * @param {Json} data
	 * @param {1|-1} step
	 */
	function count(data, step) {
		for (const [name, value] of fieldsOf(data)) {
			const tally = tallies.get(name) ?? { total: 0, scalars: 0 };
			const isScalar = typeof value !== 'object' || value === null;
			tally.total += step;
			tally.scalars += isScalar ? step : 0;
			if (tally.total > 0) tallies.set(name, tally);
			else tallies.delete(name);
		}
		names = null;
	}

	return {
		/** @param {Json} data */
		add: (data) => count(data, 1),
		/** @param {Json} data */
		remove: (data) => count(data, -1),

		/** @returns {string[]} */
		names() {
			if (names) return names;
			const all = [...tallies];
			const sorted = [
				...all.filter(([, { scalars }]) => scalars > 0),
				...all.filter(([, { scalars }]) => scalars === 0),
			].map(([name]) => name);
			names = sorted.length > COLUMNS_MAX ?
				[...sorted.slice(0, COLUMNS_MAX - 1), REST] : sorted;
			return names;
		},

		/**
		 * What stands in a column.
		 * @param {Json} data
		 * @param {string} name
		 * @returns {Json|undefined}
		 */
		valueIn(data, name) {
			if (!isObject(data)) return name === VALUE ? data : undefined;
			if (name !== REST) {
				return Object.hasOwn(data, name) ? data[name] : undefined;
			}
			const shown = new Set(this.names());
			const rest = Object.entries(data).filter(([field]) =>
				!shown.has(field));
			return rest.length ? Object.fromEntries(rest) : undefined;
		},
	};
}

/** @typedef {ReturnType<typeof createColumns>} Columns */
