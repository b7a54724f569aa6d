// @ts-check
/*
 * backoff: every delay of the connection, as a function of a random number
 * from [0, 1), so that a herd of clients spreads and a test can foresee it.
 * All times are milliseconds.
 */

export const POLL_MS = 3000;
const POLL_JITTER = 0.2;
const RETRY_AFTER_MAX_MS = 300_000;

/** @typedef {() => number} Random */

/**
 * @param {Random} random
 * @param {number} from
 * @param {number} to
 */
export function between(random, from, to) {
	return from + random() * (to - from);
}

/**
 * The pause between two polls: 3 s, give or take 20 %.
 * @param {Random} random
 * @param {number} [intervalMs]
 */
export function pollDelay(random, intervalMs = POLL_MS) {
	return between(random, intervalMs * (1 - POLL_JITTER),
		intervalMs * (1 + POLL_JITTER));
}

/**
 * Where the server asked for polling it said when its next scan is over: not
 * earlier, and a little spread.
 * @param {Random} random
 * @param {number} afterMs
 */
export function hintDelay(random, afterMs) {
	const ms = Math.min(Math.max(afterMs, 250), 30_000);
	return between(random, ms, ms * (1 + POLL_JITTER));
}

/**
 * A first retry comes soon, yet not from everybody at once.
 * @param {Random} random
 */
export function firstRetryDelay(random) {
	return between(random, 0, 300);
}

/**
 * The second try of a connection that was just lost, or never made.
 * @param {Random} random
 */
export function secondRetryDelay(random) {
	return between(random, 100, 1000);
}

/**
 * How long a push transport that keeps failing is left alone: 30 s, doubling
 * to 300 s, less up to a fifth.
 * @param {Random} random
 * @param {number} times  how often it was cooled before
 */
export function coolDown(random, times) {
	const ms = Math.min(300_000, 30_000 * 2 ** Math.min(times, 10));
	return between(random, ms * 0.8, ms);
}

/**
 * Retry-After, RFC 9110 section 10.2.3: seconds or a date.
 * @param {string|null} text
 * @param {number} wallNow  Date.now()
 * @returns {number|undefined}
 */
export function retryAfter(text, wallNow) {
	if (text === null || text.trim() === '') return undefined;
	const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 :
		Date.parse(text) - wallNow;
	if (Number.isNaN(ms)) return undefined;
	return Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}
