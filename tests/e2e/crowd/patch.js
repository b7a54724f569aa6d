/*
 * patch: what a document becomes by the patches of docs/PROTOCOL.md: RFC 6902
 * and two operations on texts.  Written for these tests alone, so that neither
 * the program nor the page is its own judge.
 *
 * Strict: what does not fit exactly is an error, also where a page could go on.
 *
 * Documents are never modified.  A thousand clients get the same patch for the
 * same document: it is applied once.
 */

const made = new WeakMap(); // document → (patch → what it becomes)

function tokensOf(pointer) {
	if (pointer === '') return [];
	if (pointer[0] !== '/') throw new Error(`no pointer: ${pointer}`);
	if (/~(?![01])/.test(pointer)) throw new Error(`no pointer: ${pointer}`);
	return pointer.slice(1).split('/').map((token) =>
		token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** RFC 6901 section 4: of an array no other property counts. */
function has(parent, token) {
	if (typeof parent !== 'object' || parent === null) return false;
	return (!Array.isArray(parent) || /^(0|[1-9]\d*)$/.test(token)) &&
		Object.hasOwn(parent, token);
}

/** Also a member __proto__. */
function set(parent, token, value) {
	Object.defineProperty(parent, token,
		{ value, configurable: true, enumerable: true, writable: true });
}

function valueAt(root, tokens) {
	return tokens.reduce((value, token) => {
		if (!has(value, token)) throw new Error(`no ${token}`);
		return value[token];
	}, root);
}

/** The document with another value there; change(old) makes it. */
function changed(root, tokens, change) {
	if (tokens.length === 0) return change(root);
	const [token, ...rest] = tokens;
	if (!has(root, token)) throw new Error(`no ${token}`);
	const copy = Array.isArray(root) ? root.slice() : { ...root };
	set(copy, token, changed(root[token], rest, change));
	return copy;
}

/** The document with its innermost container changed: edit(copy, token). */
function edited(root, tokens, edit) {
	return changed(root, tokens.slice(0, -1), (parent) => {
		if (typeof parent !== 'object' || parent === null) {
			throw new Error(`nothing that could have ${tokens.at(-1)}`);
		}
		const copy = Array.isArray(parent) ? parent.slice() : { ...parent };
		edit(copy, tokens.at(-1));
		return copy;
	});
}

function add(root, tokens, value) {
	if (tokens.length === 0) return value;
	return edited(root, tokens, (parent, token) => {
		if (!Array.isArray(parent)) {
			set(parent, token, value);
			return;
		}
		const at = token === '-' ? parent.length : Number(token);
		if (!/^(-|0|[1-9]\d*)$/.test(token) || at > parent.length) {
			throw new Error(`no ${token}`);
		}
		parent.splice(at, 0, value);
	});
}

function remove(root, tokens) {
	valueAt(root, tokens);
	if (tokens.length === 0) throw new Error('the document itself');
	return edited(root, tokens, (parent, token) => {
		if (Array.isArray(parent)) parent.splice(Number(token), 1);
		else delete parent[token];
	});
}

function textIn(value) {
	if (typeof value !== 'string') throw new Error('not a text');
	return value;
}

/** Is there a surrogate on either side? */
function cutsCharacter(text, at) {
	return at > 0 && /[\ud800-\udbff]/.test(text[at - 1]) &&
		/[\udc00-\udfff]/.test(text[at] ?? '');
}

function spliced(text, pos, length, piece) {
	if (!(pos >= 0 && length >= 0 && pos + length <= textIn(text).length)) {
		throw new Error(`no ${pos}+${length} in a text of ${text.length}`);
	}
	if (cutsCharacter(text, pos) || cutsCharacter(text, pos + length)) {
		throw new Error(`${pos}+${length} cuts a character`);
	}
	return text.slice(0, pos) + piece + text.slice(pos + length);
}

const operations = {
	add: (root, { path, value }) => add(root, tokensOf(path), value),
	remove: (root, { path }) => remove(root, tokensOf(path)),
	replace: (root, { path, value }) =>
		changed(root, tokensOf(path), () => value),
	move: (root, { from, path }) => add(remove(root, tokensOf(from)),
		tokensOf(path), valueAt(root, tokensOf(from))),
	copy: (root, { from, path }) => add(root, tokensOf(path),
		valueAt(root, tokensOf(from))),
	str_ins: (root, { path, pos, str }) => changed(root, tokensOf(path),
		(text) => spliced(text, pos, 0, textIn(str))),
	str_del: (root, { path, pos, len }) => changed(root, tokensOf(path),
		(text) => spliced(text, pos, len, '')),
};

function applied(document, patch) {
	return patch.reduce((root, operation) => {
		const apply = operations[operation.op];
		if (!apply) throw new Error(`no operation: ${operation.op}`);
		return apply(root, operation);
	}, document);
}

export function isText(operation) {
	return operation.op.startsWith('str_');
}

/** @throws {Error} where it does not fit */
export function patched(document, patch) {
	if (typeof document !== 'object' || document === null) {
		return applied(document, patch);
	}
	const known = made.get(document) ?? new Map();
	made.set(document, known);
	if (!known.has(patch)) known.set(patch, applied(document, patch));
	return known.get(patch);
}
