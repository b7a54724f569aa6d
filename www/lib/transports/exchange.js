// @ts-check
/*
 * exchange: one HTTP request for JSON, with deadlines, and one sentence for
 * whatever may go wrong with it.  A body may take as long as it needs while
 * bytes keep coming: a large snapshot on a slow line is no failure.
 */

import { retryAfter } from '../backoff.js';

/** Longest silence between two pieces of a body. */
const STALL_MS = 10_000;

/** Why an exchange brought nothing; the message is made to be shown. */
export class Failure extends Error {
	/**
	 * @param {string} message
	 * @param {{status?: number, retryAfterMs?: number, timeout?: boolean}}
	 *     [facts]
	 */
	constructor(message, facts = {}) {
		super(message);
		this.name = 'Failure';
		/** HTTP status, 0 without an answer. */
		this.status = facts.status ?? 0;
		this.retryAfterMs = facts.retryAfterMs;
		/** We hung up: the other side said nothing. */
		this.timeout = facts.timeout ?? false;
	}
}

/**
 * A signal of our own that fires with the given one or at a deadline that
 * can be moved.
 * @param {AbortSignal} outer
 */
function deadline(outer) {
	const controller = new AbortController();
	/** @type {ReturnType<typeof setTimeout>|undefined} */
	let timer;
	const abort = () => controller.abort();
	outer.addEventListener('abort', abort, { once: true });
	if (outer.aborted) abort();
	return {
		signal: controller.signal,
		passed: false,
		/** @param {number} ms */
		in(ms) {
			clearTimeout(timer);
			timer = setTimeout(() => {
				this.passed = true;
				abort();
			}, ms);
		},
		end() {
			clearTimeout(timer);
			outer.removeEventListener('abort', abort);
		},
	};
}

/**
 * @param {Response} response
 * @param {() => void} beat  called at each piece
 * @returns {Promise<string>}
 */
async function readText(response, beat) {
	if (response.body === null) return '';
	const reader = response.body.getReader();
	const decoder = new TextDecoder();
	let text = '';
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return text + decoder.decode();
		beat();
		text += decoder.decode(value, { stream: true });
	}
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {Failure}
 */
function refusal(response, text) {
	let why = '';
	try {
		const problem = JSON.parse(text); // RFC 9457, else anything
		why = [problem.title, problem.detail].filter((part) =>
			typeof part === 'string' && part !== '').join(': ');
	} catch {
		why = response.statusText;
	}
	return new Failure(`HTTP ${response.status} ${why}`.trim(), {
		status: response.status,
		retryAfterMs: retryAfter(response.headers.get('Retry-After'),
			Date.now()),
	});
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {unknown}
 */
function parse(response, text) {
	const { status } = response;
	const type = (response.headers.get('Content-Type') ?? '').split(';')[0]
		.trim();
	if (!/^application\/([\w.-]+\+)?json$/i.test(type)) {
		throw new Failure(`The answer is ${type || 'of no type'}, not JSON` +
			(type === 'text/html' ? ' (a login page?)' : ''), { status });
	}
	try {
		return JSON.parse(text);
	} catch {
		throw new Failure('The answer is cut short or not JSON', { status });
	}
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} url
 * @param {object} how
 * @param {number} how.answerMs  until the head of the answer is there
 * @param {AbortSignal} how.signal
 * @param {RequestCache} [how.cache]  what the browser may have kept
 * @param {(headers: Headers) => void} [how.heard]
 * @returns {Promise<unknown>} the parsed body
 * @throws {Failure}
 */
export async function getJson(fetch, url,
	{ answerMs, signal, cache = 'no-store', heard }) {
	const limit = deadline(signal);
	try {
		limit.in(answerMs);
		const response = await fetch(url, {
			cache,
			headers: { Accept: 'application/json' },
			signal: limit.signal,
		});
		limit.in(STALL_MS);
		const text = await readText(response, () => limit.in(STALL_MS));
		if (!response.ok) throw refusal(response, text);
		heard?.(response.headers);
		return parse(response, text);
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw limit.passed ?
			new Failure(`No answer within ${Math.round(answerMs / 1000)} s`,
				{ timeout: true }) :
			new Failure('The server cannot be reached');
	} finally {
		limit.end();
	}
}
