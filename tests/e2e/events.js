/*
 * events: one stream from the command line, a line for each event, as soon as
 * it is there.
 *
 *	node events.js [-m METHOD] [-H 'Name: value'] [-a ADDRESS] WHERE URI
 *
 * WHERE is the path of a FastCGI socket or the port of a web server; ADDRESS
 * is REMOTE_ADDR, at the socket.  Fields are separated by tabs: milliseconds
 * since the request was sent, name, id, data; "-" stands for none.
 *
 *	3	head	200	{"content-type":"text/event-stream",…}
 *	3	hello	9f2c61b0a4d3e871.7	{"project":"main",…}
 *	15004	:	-	hb
 *	27003	end	-	complete
 *
 * Between any two that came by different reads there is a line "…	read".
 */

import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { FcgiPeer } from './peer/fcgi.js';
import { HttpPeer } from './peer/http.js';
import { SseReader } from './peer/sse.js';

const { values, positionals: [where, uri] } = parseArgs({
	options: {
		method: { type: 'string', short: 'm', default: 'GET' },
		header: { type: 'string', short: 'H', multiple: true, default: [] },
		address: { type: 'string', short: 'a' },
	},
	allowPositionals: true,
});

const headers = Object.fromEntries(values.header.map((line) => line.split(': ')));
if (values.method !== 'GET') headers.method = values.method;
if (values.address) headers.address = values.address;

const began = performance.now();
function say(...fields) {
	writeSync(1, `${[Math.floor(performance.now() - began), ...fields]
		.map((field) => field ?? '-').join('\t')}\n`);
}

const reader = new SseReader(({ event, id, data }) => say(event, id, data));
const peer = /^\d+$/.test(where) ? new HttpPeer(Number(where)) :
	new FcgiPeer(where);
peer.ask(uri, headers, {
	head: (status, all) => say('head', status, JSON.stringify(all)),
	body: (bytes) => {
		reader.take(bytes);
		say('read');
	},
	end: (how) => {
		say('end', null, how);
		peer.hangUp('fin');
	},
});
