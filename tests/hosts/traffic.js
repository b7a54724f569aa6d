/*
 * traffic: requests one after another, each on a connection of its own, until
 * SIGTERM.
 *
 *	node traffic.js PORT URI LOG
 *
 * Each that is answered with 200 as a whole is a line "ok" in LOG, any other a
 * line that says why; "web server: STATUS" when it is not our answer.
 */

import { appendFileSync } from 'node:fs';

import { HttpPeer } from '../e2e/peer/http.js';

const [port, uri, log] = process.argv.slice(2);
let isEnding = false;

process.on('SIGTERM', () => { isEnding = true; });

function saidBy(status, headers) {
	if (status === 200) return 'ok';
	return headers['content-type']?.includes('json') ? status :
		`web server: ${status}`;
}

function ask() {
	const peer = new HttpPeer(Number(port));
	let said = 'no head';
	peer.ask(uri, { Connection: 'close' }, {
		head: (status, headers) => { said = saidBy(status, headers); },
		body: () => {},
		end: (how) => {
			peer.hangUp('fin');
			appendFileSync(log, `${how === 'complete' ? said :
				`${said}, ${how}`}\n`);
			if (!isEnding) ask();
		},
	});
}
ask();
