// @ts-check
/*
 * patch: applies RFC 6902 JSON Patch, plus the two text operations
 *   {"op":"str_ins","path":P,"pos":N,"str":S}
 *   {"op":"str_del","path":P,"pos":N,"len":N}
 * whose positions count UTF-16 code units, as JavaScript strings do.
 *
 * Invariants:
 *  - Atomic: the document handed in is never modified.  A container is copied
 *    the first time a patch writes to it; a failing operation throws and the
 *    caller still holds the old document, whole.
 *  - What a patch did not touch keeps its identity (===).
 *  - Only own properties are walked.  The tokens `__proto__`, `constructor`
 *    and `prototype` are refused; whoever needs such a member changed fetches
 *    the document instead.
 *
 * To add another operation: one line in OPERATIONS.
 */

import { isObject, isSame } from './json.js';

/** @typedef {import('./json.js').Json} Json */
/** @typedef {import('./json.js').JsonObject} JsonObject */
/** @typedef {Json[]|JsonObject} Container */

/**
 * The document while one patch is applied.
 * @typedef {object} Work
 * @property {Json} root
 * @property {WeakSet<object>} own  containers that this patch has copied
 */

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export class PatchError extends Error {
	/** @param {string} message */
	constructor(message) {
		super(message);
		this.name = 'PatchError';
	}
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
	throw new PatchError(message);
}

/**
 * RFC 6901 sections 3 and 4.
 * @param {unknown} pointer
 * @returns {string[]}
 */
function tokensOf(pointer) {
	if (typeof pointer !== 'string') refuse('a pointer must be a string');
	if (pointer === '') return [];
	if (pointer[0] !== '/') refuse(`pointer ${pointer} must begin with /`);
	if (/~(?![01])/.test(pointer)) refuse(`bad escape in ${pointer}`);
	const tokens = pointer.slice(1).split('/').map((token) =>
		token.replaceAll('~1', '/').replaceAll('~0', '~'));
	for (const token of tokens) {
		if (FORBIDDEN.has(token)) refuse(`member ${token} is refused`);
	}
	return tokens;
}

/**
 * @param {string} token
 * @param {number} max  largest index that is allowed here
 * @returns {number}
 */
function indexOf(token, max) {
	if (!/^(0|[1-9][0-9]{0,15})$/.test(token)) {
		refuse(`${token} is not an array index`);
	}
	const index = Number(token);
	if (index > max) refuse(`index ${token} is past the end`);
	return index;
}

/**
 * The value one step below.
 * @param {Json} parent
 * @param {string} token
 * @returns {Json}
 */
function child(parent, token) {
	if (Array.isArray(parent)) return parent[indexOf(token, parent.length - 1)];
	if (!isObject(parent)) refuse(`nothing lies below a scalar: ${token}`);
	if (!Object.hasOwn(parent, token)) refuse(`no member ${token}`);
	return parent[token];
}

/**
 * @param {Json} root
 * @param {string[]} tokens
 * @returns {Json}
 */
function valueAt(root, tokens) {
	return tokens.reduce(child, root);
}

/**
 * A version of the container that may be written to.
 * @param {Work} work
 * @param {Json} value
 * @returns {Container}
 */
function writable(work, value) {
	if (typeof value !== 'object' || value === null) {
		refuse('nothing lies below a scalar');
	}
	if (work.own.has(value)) return value;
	const copy = Array.isArray(value) ? value.slice() : { ...value };
	work.own.add(copy);
	return copy;
}

/**
 * The container that holds the last token, copied for writing, as are all
 * containers on the way to it.
 * @param {Work} work
 * @param {string[]} tokens  at least one
 * @returns {Container}
 */
function parentOf(work, tokens) {
	let parent = writable(work, work.root);
	work.root = parent;
	for (const token of tokens.slice(0, -1)) {
		const below = writable(work, child(parent, token));
		/** @type {JsonObject} */ (parent)[token] = below;
		parent = below;
	}
	return parent;
}

/**
 * @param {Work} work
 * @param {string[]} tokens
 * @param {Json} value
 */
function insert(work, tokens, value) {
	if (tokens.length === 0) {
		work.root = value;
		return;
	}
	const parent = parentOf(work, tokens);
	const token = /** @type {string} */ (tokens.at(-1));
	if (Array.isArray(parent)) {
		const index = token === '-' ? parent.length :
			indexOf(token, parent.length);
		parent.splice(index, 0, value);
	} else {
		parent[token] = value;
	}
}

/**
 * @param {Work} work
 * @param {string[]} tokens
 * @returns {Json} what was there
 */
function take(work, tokens) {
	if (tokens.length === 0) refuse('the whole document cannot be removed');
	const parent = parentOf(work, tokens);
	const token = /** @type {string} */ (tokens.at(-1));
	const value = child(parent, token);
	if (Array.isArray(parent)) parent.splice(Number(token), 1);
	else delete parent[token];
	return value;
}

/**
 * @param {Work} work
 * @param {string[]} tokens
 * @param {Json} value
 */
function overwrite(work, tokens, value) {
	if (tokens.length === 0) {
		work.root = value;
		return;
	}
	const parent = parentOf(work, tokens);
	const token = /** @type {string} */ (tokens.at(-1));
	child(parent, token);
	/** @type {JsonObject} */ (parent)[token] = value;
}

/**
 * @param {JsonObject} operation
 * @returns {Json}
 */
function valueOf(operation) {
	if (!Object.hasOwn(operation, 'value')) refuse('value is missing');
	return operation.value;
}

/**
 * @param {JsonObject} operation
 * @param {string} name  a member that counts code units
 * @param {number} max
 * @returns {number}
 */
function countOf(operation, name, max) {
	const count = operation[name];
	if (typeof count !== 'number' || !Number.isInteger(count) ||
		count < 0 || count > max) {
		refuse(`${name} must be a whole number from 0 to ${max}`);
	}
	return count;
}

/**
 * Cut `len` code units out of the text at the path and put `str` there.
 * @param {Work} work
 * @param {JsonObject} operation
 */
function splice(work, operation) {
	const tokens = tokensOf(operation.path);
	const text = valueAt(work.root, tokens);
	if (typeof text !== 'string') refuse(`${operation.path} is not text`);
	const pos = countOf(operation, 'pos', text.length);
	const deletes = operation.op === 'str_del';
	const len = deletes ? countOf(operation, 'len', text.length - pos) : 0;
	const str = deletes ? '' : operation.str;
	if (typeof str !== 'string') refuse('str must be a string');
	overwrite(work, tokens, text.slice(0, pos) + str + text.slice(pos + len));
}

/** @type {Record<string, (work: Work, operation: JsonObject) => void>} */
const OPERATIONS = {
	add: (work, o) => insert(work, tokensOf(o.path), valueOf(o)),
	copy(work, o) {
		const value = valueAt(work.root, tokensOf(o.from));
		// the value now lives in two places: neither is ours alone
		work.own = new WeakSet();
		insert(work, tokensOf(o.path), value);
	},
	move(work, o) {
		const [from, path] = [tokensOf(o.from), tokensOf(o.path)];
		if (path.length > from.length &&
			from.every((token, i) => token === path[i])) {
			refuse('a value cannot move into itself');
		}
		// a value that moves onto itself only has to be there
		if (o.from === o.path) valueAt(work.root, from);
		else insert(work, path, take(work, from));
	},
	remove: (work, o) => void take(work, tokensOf(o.path)),
	replace: (work, o) => overwrite(work, tokensOf(o.path), valueOf(o)),
	str_del: splice,
	str_ins: splice,
	test(work, o) {
		if (!isSame(valueAt(work.root, tokensOf(o.path)), valueOf(o))) {
			refuse(`test of ${o.path} failed`);
		}
	},
};

/**
 * @param {Json} document  never modified
 * @param {unknown} patch  an array of operations; never modified
 * @returns {Json} the patched document, sharing what did not change
 * @throws {PatchError} the first operation that cannot be applied, by number
 */
export function applyPatch(document, patch) {
	if (!Array.isArray(patch)) refuse('a patch must be an array');
	/** @type {Work} */
	const work = { root: document, own: new WeakSet() };
	patch.forEach((operation, i) => {
		try {
			if (!isObject(operation)) refuse('not an object');
			const name = String(operation.op);
			if (!Object.hasOwn(OPERATIONS, name)) {
				refuse(`unknown operation ${name}`);
			}
			OPERATIONS[name](work, operation);
		} catch (error) {
			if (!(error instanceof PatchError)) throw error;
			throw new PatchError(`operation ${i}: ${error.message}`);
		}
	});
	return work.root;
}
