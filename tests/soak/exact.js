/*
 * exact: JSON whose numbers keep their text, since 1.0 is not 1 and 2^64 + 1 is
 * no double.  A number becomes a text that begins with NUL, so that two are
 * deeply equal only where they were written alike.
 */

const MARK = '\0';
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const COUNTS = ['seq', 'base', 'version', 'pos', 'len', 'after_ms'];

/** @throws {SyntaxError} */
export function parseExact(text) {
	JSON.parse(text); // 01 would be taken for a number below
	return JSON.parse(text.replace(TOKEN, (token) =>
		(token[0] === '"' ? token : `"\\u0000${token}"`)));
}

/** The number that a value is; NaN where it is none. */
export function numberOf(value) {
	return typeof value === 'string' && value[0] === MARK ?
		Number(value.slice(1)) : NaN;
}

/** The text that an id is made of, or undefined. */
export function scalarText(value) {
	if (typeof value === 'boolean') return String(value);
	if (typeof value !== 'string') return undefined;
	return value[0] === MARK ? value.slice(1) : value;
}

/** Members that count are numbers, in an object of the protocol's own. */
function counted(object) {
	for (const name of COUNTS) {
		if (name in object) object[name] = numberOf(object[name]);
	}
	return object;
}

/** An answer of `changes`, of a collection, or the data of an event. */
export function parseAnswer(text) {
	const answer = parseExact(text);
	if (answer.poll) counted(answer.poll);
	for (const one of answer.changes ?? answer.items ?? []) {
		counted(one).patch?.forEach(counted);
	}
	return answer;
}
