// @ts-check
/*
 * json: two questions about parsed JSON values.  Objects are compared by
 * their own keys without regard to order, as RFC 8259 section 4 has it.
 */

/** @typedef {null|boolean|number|string|JsonArray|JsonObject} Json */
/** @typedef {Json[]} JsonArray */
/** @typedef {{[key: string]: Json}} JsonObject */

/**
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
export function isObject(value) {
	return typeof value === 'object' && value !== null &&
		!Array.isArray(value);
}

/**
 * @param {Json} a
 * @param {Json} b
 * @returns {boolean}
 */
export function isSame(a, b) {
	if (a === b) return true;
	if (Array.isArray(a)) {
		return Array.isArray(b) && a.length === b.length &&
			a.every((item, i) => isSame(item, b[i]));
	}
	if (!isObject(a) || !isObject(b)) return false;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) =>
		Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/**
 * The new value built from the parts of the old one that did not change, so
 * that `!==` tells what really changed.  Nothing is modified; the result is
 * `before` itself when the two are the same.
 *
 * @param {Json|undefined} before
 * @param {Json} after
 * @returns {Json}
 */
export function share(before, after) {
	if (before === undefined || before === after) return after;
	if (Array.isArray(before) && Array.isArray(after)) {
		const items = after.map((item, i) => share(before[i], item));
		const kept = before.length === after.length &&
			items.every((item, i) => item === before[i]);
		return kept ? before : items;
	}
	if (!isObject(before) || !isObject(after)) return after;
	const keys = Object.keys(after);
	// fromEntries defines own properties, also one named __proto__
	const merged = Object.fromEntries(keys.map((key) => [key,
		share(Object.hasOwn(before, key) ? before[key] : undefined,
			after[key])]));
	const kept = keys.length === Object.keys(before).length &&
		keys.every((key) => Object.hasOwn(before, key) &&
			merged[key] === before[key]);
	return kept ? before : merged;
}
