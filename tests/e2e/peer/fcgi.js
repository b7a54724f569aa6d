/*
 * fcgi: a web server's side of FastCGI 1.0, with any request id, on a
 * connection that may be kept.
 *
 *   const peer = new FcgiPeer('/run/x.sock', { id: 7, keeps: true });
 *   peer.ask('/api/v1/main', { 'Last-Event-ID': '…' }, { head, body, end });
 *   peer.abort();
 *
 * As HttpPeer (http.js), and end('complete') comes with END_REQUEST.  What the
 * daemon says of another request goes to other(type, id, content).
 */

import { connect } from 'node:net';

import { readHead } from './http.js';

export const BEGIN = 1;
export const ABORT = 2;
export const END = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;

const KEEP_CONN = 1;

/** A whole record. */
export function record(type, id, content = Buffer.alloc(0)) {
	const head = Buffer.from([1, type, id >> 8, id & 255,
		content.length >> 8, content.length & 255, 0, 0]);
	return Buffer.concat([head, content]);
}

export function begin(id, keeps = false) {
	return record(BEGIN, id,
		Buffer.from([0, 1, keeps ? KEEP_CONN : 0, 0, 0, 0, 0, 0]));
}

/** Section 3.4, with the long form of each length. */
function pair(name, value) {
	const n = Buffer.from(name);
	const v = Buffer.from(value);
	const lengths = Buffer.alloc(8);
	lengths.writeUInt32BE(n.length + 0x80000000, 0);
	lengths.writeUInt32BE(v.length + 0x80000000, 4);
	return Buffer.concat([lengths, n, v]);
}

/** A whole request, as bytes. */
export function request({ id = 1, keeps = false, uri, headers = {} }) {
	const { method = 'GET', address = '127.0.0.1', ...named } = headers;
	const variables = {
		REQUEST_METHOD: method,
		REQUEST_URI: uri,
		REMOTE_ADDR: address,
	};
	for (const [name, value] of Object.entries(named)) {
		variables[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = value;
	}
	return Buffer.concat([
		begin(id, keeps),
		record(PARAMS, id, Buffer.concat(Object.entries(variables)
			.map(([name, value]) => pair(name, value)))),
		record(PARAMS, id),
		record(STDIN, id),
	]);
}

/** Records out of bytes. */
export class RecordReader {
	#rest = Buffer.alloc(0);
	#hear;

	/** @param {(type: number, id: number, content: Buffer) => void} hear */
	constructor(hear) {
		this.#hear = hear;
	}

	take(bytes) {
		let b = this.#rest.length > 0 ?
			Buffer.concat([this.#rest, bytes]) : bytes;
		while (b.length >= 8) {
			const end = 8 + b.readUInt16BE(4) + b[6];
			if (b[0] !== 1) throw new Error(`record of version ${b[0]}`);
			if (b.length < end) break;
			this.#hear(b[1], b.readUInt16BE(2), b.subarray(8, end - b[6]));
			b = b.subarray(end);
		}
		this.#rest = b;
	}
}

export class FcgiPeer {
	other = (type, id) => {
		throw new Error(`a record of type ${type} for request ${id}`);
	};
	#path;
	#id;
	#keeps;
	#socket = null;
	#hear = null;
	#head = null; // its bytes so far; null: it is whole

	constructor(path, { id = 1, keeps = false } = {}) {
		this.#path = path;
		this.#id = id;
		this.#keeps = keeps;
	}

	ask(uri, headers, hear) {
		this.#hear = hear;
		this.#head = '';
		if (this.#socket === null) this.#connect();
		this.#socket.write(request({
			id: this.#id, keeps: this.#keeps, uri, headers,
		}));
	}

	abort() {
		this.#socket?.write(record(ABORT, this.#id));
	}

	/** @param {Buffer} bytes  whatever */
	write(bytes) {
		this.#socket?.write(bytes);
	}

	/** Read nothing for a while. */
	nap(ms) {
		const socket = this.#socket;
		socket?.pause();
		setTimeout(() => socket?.resume(), ms);
	}

	/** A unix socket knows no reset: how makes no difference. */
	hangUp() {
		const socket = this.#socket;
		this.#socket = null;
		this.#hear = null;
		socket?.destroy();
	}

	#connect() {
		const socket = connect(this.#path);
		const reader = new RecordReader((type, id, content) => {
			if (socket !== this.#socket) return;
			if (id !== this.#id) this.other(type, id, content);
			else this.#take(type, content);
		});
		this.#socket = socket;
		socket.on('data', (bytes) => reader.take(bytes));
		socket.on('error', (error) => this.#lost(socket, error.code));
		socket.on('close', () => this.#lost(socket, 'closed'));
	}

	#take(type, content) {
		if (type === STDOUT) this.#output(content);
		if (type !== END) return;
		const hear = this.#hear;
		if (this.#keeps) this.#hear = null;
		else this.hangUp();
		hear?.end(content[4] === 0 ? 'complete' : `status ${content[4]}`);
	}

	#output(content) {
		let body = content;
		if (this.#head !== null) {
			this.#head += content.toString('latin1');
			const at = this.#head.indexOf('\r\n\r\n');
			if (at < 0) return;
			const { status, headers } = readHead(this.#head.slice(0, at));
			body = Buffer.from(this.#head.slice(at + 4), 'latin1');
			this.#head = null;
			this.#hear?.head(status, headers);
		}
		if (body.length > 0) this.#hear?.body(body);
	}

	#lost(socket, why) {
		if (socket !== this.#socket) return;
		const hear = this.#hear;
		this.#socket = null;
		this.#hear = null;
		hear?.end(why);
	}
}
