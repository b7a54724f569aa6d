// @ts-check
/* poll: one request that the server answers at once. */

import { getJson } from './exchange.js';

const ANSWER_MS = 5000;

/** @type {import('./transport.js').Transport} */
export const poll = {
	name: 'poll',
	async run({ fetch, url, signal, answer }) {
		answer(await getJson(fetch, url({ wait: '0' }),
			{ answerMs: ANSWER_MS, signal }));
	},
};
