/*
 * programs: the watcher, the daemon and the web server, to be killed, stopped
 * and started again.  Each must end as it was asked to: one that ends by itself,
 * or with a status of its own, is a fault.
 */

import { execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';

const ENDS = ['SIGKILL', 'SIGTERM', 'SIGINT'];
const END_MS = 30_000;
const OUTPUT_SHOWN = 3000;

/** Status or signal, as a shell would say it. */
function statusOf(code, signal) {
	return signal === null ? code : 128 + constants.signals[signal];
}

export class Program {
	isUp = false;
	starts = 0;
	#asked = new Set();
	#child = null;
	#command;
	#gone = Promise.resolve();
	#isEnding = false;
	#journal;

	/** @param {string[]} command */
	constructor(journal, name, command) {
		this.#journal = journal;
		this.name = name;
		this.#command = command;
		this.log = journal.file(`${name}.log`);
	}

	get pid() {
		return this.#child?.pid;
	}

	/** When the one before has ended. */
	async start() {
		if (this.isUp && !this.#isEnding) return;
		await this.#gone;
		if (this.isUp) return; // somebody else was as patient
		const output = openSync(this.log, 'a');
		const [file, ...rest] = this.#command;
		this.isUp = true;
		this.starts++;
		this.#asked = new Set();
		this.#isEnding = false;
		this.#child = spawn(file, rest, { stdio: ['ignore', output, output] });
		this.#gone = new Promise((resolve) => {
			this.#child.once('exit', (code, signal) => {
				this.isUp = false;
				this.ended(statusOf(code, signal));
				resolve();
			});
		});
	}

	signal(name) {
		if (!this.isUp) return;
		this.#asked.add(name);
		this.#isEnding ||= ENDS.includes(name);
		process.kill(this.pid, name);
	}

	/** May it end so?  Also by a signal that came before its own handlers. */
	mayEnd(status) {
		return (status === 0 && ['SIGTERM', 'SIGINT'].some((name) =>
			this.#asked.has(name))) || [...this.#asked].some((name) =>
			status === 128 + constants.signals[name]);
	}

	ended(status) {
		if (!this.mayEnd(status)) this.fault(`ended with status ${status}`);
	}

	fault(text) {
		this.#journal.fault(this.name,
			`${text}\n${readFileSync(this.log, 'utf8').slice(-OUTPUT_SHOWN)}`);
	}

	/** @returns {Promise<void>} it has ended, killed if need be */
	async stop(signal = 'SIGTERM') {
		const tooLate = setTimeout(() => {
			this.fault(`did not end within ${END_MS} ms`);
			this.signal('SIGKILL');
		}, END_MS);
		this.signal(signal);
		await this.#gone;
		clearTimeout(tooLate);
	}
}

/** lighttpd does not end well while a stream of its back end is open. */
export class WebServer extends Program {
	mayEnd() {
		return this.starts > 0;
	}

	stop() {
		return super.stop('SIGKILL');
	}
}

/**
 * The daemon, whichever process it is at present: reap (tests/e2e/reap.c) sees
 * all of them to their end, and says how each ended.
 */
export class Daemon extends Program {
	#pidFile;
	#sent = new Set([0]);

	constructor(journal, name, { reap, pidFile, command }) {
		super(journal, name, [reap, ...command, '--pid-file', pidFile]);
		this.#pidFile = pidFile;
	}

	/** The process that takes the signals; NaN when there is none. */
	master() {
		try {
			return Number.parseInt(readFileSync(this.#pidFile, 'utf8'), 10);
		} catch {
			return NaN;
		}
	}

	#send(pid, signal) {
		this.#sent.add(128 + constants.signals[signal]);
		try {
			process.kill(pid, signal);
			return true;
		} catch {
			return false; // it has just ended
		}
	}

	signalMaster(signal) {
		return this.isUp && this.master() > 0 && this.#send(this.master(), signal);
	}

	/** @param {(pids: number[]) => number} pick  @returns {number} its pid */
	signalWorker(signal, pick) {
		const pid = pick(this.#workers());
		return pid && this.#send(pid, signal) ? pid : 0;
	}

	signalProcess(pid, signal) {
		return this.#send(pid, signal);
	}

	#workers() {
		return descendantsOf(this.master());
	}

	ended() {
		const said = readFileSync(this.log, 'utf8');
		const bad = [...said.matchAll(/^reaped (\d+) status (\d+)$/gm)]
			.filter(([, , status]) => !this.#sent.has(Number(status)));
		const crashed = said.match(/killed by signal (?!9 |15 |1 )\d+.*/g);
		if (bad.length > 0 || crashed) {
			this.fault(bad.map(([line]) => line).concat(crashed ?? []).join('\n'));
		}
		writeFileSync(this.log, ''); // what was judged
	}

	async stop() {
		this.#sent.add(128 + constants.signals.SIGTERM);
		await super.stop('SIGTERM'); // which reap passes on to all
	}
}

/** Of all who descend from a process, the last ones first. */
export function descendantsOf(pid) {
	let own;
	try {
		own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
			.split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
	return own.flatMap((child) => [...descendantsOf(child), child]);
}

export function which(name) {
	return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8',
		env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }).trim();
}
