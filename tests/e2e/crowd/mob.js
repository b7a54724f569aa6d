/*
 * mob: peers at the FastCGI socket that misbehave, again and again until they
 * are told to leave.  What the daemon owes even to them is asked for.
 */

import { connect } from 'node:net';

import {
	ABORT, begin, END, PARAMS, record, RecordReader, request, STDIN,
	STDOUT,
} from '../peer/fcgi.js';
import { PROJECT } from './clients.js';
import { demand } from './model.js';

const EVENTS = `${PROJECT}/events?collections=jobs,notes`;
const PATIENCE_MS = 20_000;
const CANT_MPX_CONN = 1;

class Rioter {
	isGone = false;
	#resting = null;

	constructor(crowd, path) {
		this.crowd = crowd;
		this.path = path;
	}

	/** One connection's life after the other; resolves when all is over. */
	async start() {
		while (!this.isGone) {
			await this.liveOnce();
			await this.rest(2500);
		}
	}

	async liveOnce() {
		try {
			await this.live();
			this.crowd.lives++;
		} catch (error) {
			this.crowd.fault(this.constructor.name, error.stack);
		}
	}

	/** It lives its present life to the end, without resting. */
	leave() {
		this.isGone = true;
		this.#resting?.();
	}

	/** A random time, or until it is to leave. */
	rest(ms) {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, this.crowd.random() * ms);
			this.#resting = () => {
				clearTimeout(timer);
				resolve();
			};
			if (this.isGone) this.#resting();
		});
	}
}

/** Bytes of a request, but not all; and then silence, or the end. */
export class HalfAsker extends Rioter {
	async live() {
		const { random } = this.crowd;
		const whole = request({ uri: EVENTS, id: 1 + Math.floor(random() * 500) });
		const socket = connect(this.path);
		socket.on('error', () => socket.destroy());
		socket.write(whole.subarray(0, Math.floor(random() * whole.length)));
		await this.rest(random() < 0.3 ? 15_000 : 1000);
		socket.destroy();
	}
}

/** No FastCGI at all, or what it forbids: the connection is closed on it. */
export class Babbler extends Rioter {
	async live() {
		const { random } = this.crowd;
		const nonsense = [
			Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
			record(PARAMS, 0),
			record(77, 3),
			Buffer.concat([begin(1), begin(1)]),
			Buffer.concat([begin(9), record(STDIN, 9)]),
			Buffer.concat([begin(2), record(PARAMS, 2, Buffer.from([255]))]),
			Buffer.from([2, 1, 0, 1, 0, 8, 0, 0]),
		];
		const socket = connect(this.path);
		const closed = new Promise((resolve) => {
			socket.on('close', () => resolve(true));
			setTimeout(resolve, PATIENCE_MS, false).unref();
		});
		socket.on('error', () => socket.destroy());
		socket.resume();
		const which = Math.floor(random() * nonsense.length);
		socket.write(nonsense[which]);
		if (which === 5) socket.write(record(PARAMS, 2));
		demand(await closed, `nonsense ${which} is listened to`);
	}
}

/** A socket and what came of it, record by record. */
class Talk {
	records = [];
	isClosed = false;
	#socket;
	#told = () => {};

	constructor(path) {
		const reader = new RecordReader((type, id, content) => {
			this.records.push({ type, id, content });
			this.#told();
		});
		this.#socket = connect(path);
		this.#socket.on('data', (bytes) => reader.take(bytes));
		this.#socket.on('error', () => this.#socket.destroy());
		this.#socket.on('close', () => {
			this.isClosed = true;
			this.#told();
		});
	}

	say(bytes) {
		this.#socket.write(bytes);
	}

	pause() {
		this.#socket.pause();
	}

	resume() {
		this.#socket.resume();
	}

	close() {
		this.#socket.destroy();
	}

	/** Until condition() holds. */
	async until(what, condition) {
		const late = Date.now() + PATIENCE_MS;
		while (!condition()) {
			demand(Date.now() < late && !this.isClosed,
				`${what} did not come${this.isClosed ? ', but the end' : ''}`);
			await new Promise((resolve) => {
				this.#told = resolve;
				setTimeout(resolve, 1000);
			});
		}
	}

	has(type, id) {
		return this.records.some((one) => one.type === type && one.id === id);
	}
}

/**
 * On one kept connection: an answer, a stream that is given up while another
 * request is refused, an answer.  Ids change from one to the next.
 */
export class Aborter extends Rioter {
	async live() {
		const talk = new Talk(this.path);
		const first = 1 + Math.floor(this.crowd.random() * 60_000);
		try {
			await this.#ask(talk, first);
			await this.#giveUp(talk, first + 1);
			await this.#ask(talk, first + 2);
		} finally {
			talk.close();
		}
	}

	async #ask(talk, id) {
		talk.say(request({ uri: PROJECT, id, keeps: true }));
		await talk.until('an answer', () => talk.has(END, id));
		demand(talk.records.every((one) => one.id === id),
			'records of another request');
		talk.records = [];
	}

	async #giveUp(talk, id) {
		talk.say(request({ uri: EVENTS, id, keeps: true }));
		await talk.until('a stream', () => talk.has(STDOUT, id));
		await this.rest(1500);
		const other = id === 65_000 ? 1 : 65_000;
		talk.say(request({ uri: PROJECT, id: other, keeps: true }));
		await talk.until('a refusal', () => talk.has(END, other));
		demand(talk.records.find((one) => one.type === END)
			.content[4] === CANT_MPX_CONN, 'two requests at once');
		demand(!talk.has(END, id), 'the stream ended for no reason');
		talk.say(record(ABORT, id));
		await talk.until('the end of what was given up',
			() => talk.has(END, id));
		demand(talk.records.at(-1).type === END, 'more after the end');
		talk.records = [];
	}
}

/** Asks for much, once, and reads nothing: it loses its connection, half-told. */
export class Deaf extends Rioter {
	start() {
		return this.liveOnce();
	}

	async live() {
		const talk = new Talk(this.path);
		const id = 1 + Math.floor(this.crowd.random() * 3);
		talk.pause();
		talk.say(request({ uri: `${PROJECT}/events?match=bulk:1*`, id }));
		await this.crowd.slowOnesAreGone;
		talk.resume();
		await this.#closed(talk);
		demand(!talk.has(END, id), 'what is not read is ended properly');
		this.crowd.cutOff++;
		talk.close();
	}

	async #closed(talk) {
		const late = Date.now() + PATIENCE_MS;
		while (!talk.isClosed) {
			demand(Date.now() < late, 'who does not read is never cut off');
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
}
