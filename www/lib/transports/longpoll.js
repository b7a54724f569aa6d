// @ts-check
/*
 * longpoll: one request that the server holds until something changes, at
 * most WAIT_S and a sixteenth more.  Nothing within ANSWER_MS: the line is
 * dead.
 */

import { getJson } from './exchange.js';

const WAIT_S = 25;
const ANSWER_MS = 30_000;

/** @type {import('./transport.js').Transport} */
export const longpoll = {
	name: 'longpoll',
	async run({ fetch, url, signal, answer }) {
		answer(await getJson(fetch, url({ wait: String(WAIT_S) }),
			{ answerMs: ANSWER_MS, signal }));
	},
};
