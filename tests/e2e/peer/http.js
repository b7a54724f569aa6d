/*
 * http: HTTP/1.1 over a plain socket, so that a test decides itself when to
 * read, when to hang up, and how.
 *
 *   const peer = new HttpPeer(port);
 *   peer.ask('/api/v1/main', {}, { head, body, end });
 *
 *   head(status, headers)   names in lower case
 *   body(bytes)             as they arrive, chunks taken apart
 *   end(how)                'complete', or why the answer is not
 *
 * A connection is used again where the server lets it; when it turns out that
 * the server has just closed it, the request is sent once more (RFC 9112
 * section 9.3.1).  FcgiPeer (fcgi.js) is the same for the other door.
 */

import { connect } from 'node:net';

/** @param {string} text  lines of a head, the first one too if it is one */
export function readHead(text) {
	const headers = {};
	let status = 200;
	for (const line of text.split('\r\n')) {
		const [, code] = /^HTTP\/1\.[01] (\d+)/.exec(line) ?? [];
		const colon = line.indexOf(':');
		if (code) status = Number(code);
		else if (colon > 0) {
			headers[line.slice(0, colon).toLowerCase()] =
				line.slice(colon + 1).trim();
		}
	}
	if (headers.status) status = Number.parseInt(headers.status, 10);
	return { status, headers };
}

/** One answer out of bytes; take() returns what is behind it. */
class AnswerReader {
	hasBegun = false;
	isComplete = false;
	isLast = false; // the server will close
	#hear;
	#head = Buffer.alloc(0);
	#left = 0; // bytes of the body, or of the chunk
	#kind = 'head';
	#line = ''; // of a chunk's size
	#isBare; // no body follows, whatever the head says

	constructor(hear, isBare) {
		this.#hear = hear;
		this.#isBare = isBare;
	}

	take(bytes) {
		let rest = bytes;
		this.hasBegun = true;
		while (rest.length > 0 && !this.isComplete) rest = this.#step(rest);
		return rest;
	}

	#step(bytes) {
		if (this.#kind === 'head') return this.#takeHead(bytes);
		if (this.#kind === 'open') {
			this.#hear.body(bytes);
			return bytes.subarray(bytes.length);
		}
		if (this.#left > 0) return this.#takeBody(bytes);
		return this.#takeSize(bytes);
	}

	#takeHead(bytes) {
		this.#head = Buffer.concat([this.#head, bytes]);
		const at = this.#head.indexOf('\r\n\r\n');
		if (at < 0) return bytes.subarray(bytes.length);
		const { status, headers } = readHead(this.#head.toString('latin1', 0, at));
		const rest = this.#head.subarray(at + 4);
		const length = headers['content-length'];
		this.isLast = headers.connection === 'close';
		this.#head = Buffer.alloc(0);
		if (this.#isBare || status === 304) this.#kind = 'length';
		else if (headers['transfer-encoding'] === 'chunked') {
			this.#kind = 'chunked';
		} else if (length === undefined) this.#kind = 'open';
		else {
			this.#kind = 'length';
			this.#left = Number(length);
		}
		this.isComplete = this.#kind === 'length' && this.#left === 0;
		this.#hear.head(status, headers);
		return rest;
	}

	#takeBody(bytes) {
		const part = bytes.subarray(0, this.#left);
		this.#left -= part.length;
		this.isComplete = this.#kind === 'length' && this.#left === 0;
		this.#hear.body(part);
		return bytes.subarray(part.length);
	}

	/* The end of the last chunk's line stands before the size. */
	#takeSize(bytes) {
		const at = bytes.indexOf('\n');
		this.#line += bytes.toString('latin1', 0, at < 0 ? bytes.length : at + 1);
		if (at < 0) return bytes.subarray(bytes.length);
		if (this.#line.trim() === '0') this.#kind = 'end';
		else if (this.#kind === 'end') this.isComplete = true;
		else if (this.#line.trim() !== '') {
			this.#left = Number.parseInt(this.#line, 16);
		}
		this.#line = '';
		return bytes.subarray(at + 1);
	}
}

export class HttpPeer {
	#port;
	#socket = null;
	#answer = null;
	#hear = null;
	#again = null; // asks once more; null: the connection is a new one

	constructor(port) {
		this.#port = port;
	}

	ask(uri, headers, hear) {
		const { method = 'GET', ...named } = headers;
		const lines = Object.entries({ Host: 'localhost', ...named })
			.map(([name, value]) => `${name}: ${value}\r\n`).join('');
		this.#hear = hear;
		this.#answer = new AnswerReader(hear, method === 'HEAD');
		this.#again = this.#socket && (() => this.ask(uri, headers, hear));
		if (this.#socket === null) this.#connect();
		this.#socket.write(`${method} ${uri} HTTP/1.1\r\n${lines}\r\n`);
	}

	/** @param {'fin'|'rst'} how  end() is not called any more */
	hangUp(how) {
		const socket = this.#socket;
		this.#forget();
		if (how === 'rst') socket?.resetAndDestroy();
		else socket?.destroy();
	}

	#connect() {
		const socket = connect(this.#port, '127.0.0.1');
		this.#socket = socket;
		socket.setNoDelay(true);
		socket.on('data', (bytes) => {
			if (socket === this.#socket) this.#take(bytes);
		});
		socket.on('error', (error) => this.#lost(socket, error.code));
		socket.on('close', () => this.#lost(socket, 'closed'));
	}

	#take(bytes) {
		const answer = this.#answer;
		if (answer === null) return;
		answer.take(bytes);
		if (!answer.isComplete || this.#answer !== answer) return;
		const hear = this.#hear;
		this.#answer = null;
		if (answer.isLast) this.hangUp('fin');
		hear.end('complete');
	}

	#lost(socket, why) {
		if (socket !== this.#socket) return;
		const hear = this.#answer && this.#hear;
		const again = this.#answer?.hasBegun ? null : this.#again;
		this.#forget();
		if (hear && again) again();
		else hear?.end(why);
	}

	#forget() {
		this.#socket = null;
		this.#answer = null;
		this.#hear = null;
		this.#again = null;
	}
}
