/*
 * journal: what is kept of a run, below one directory:
 *
 *   schedule.log     each step: what was done to files and programs
 *   NAME.client      of a client that found a fault: what it was told last
 *   NAME.log         what a program said
 */

import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FAULTS_SHOWN = 20;
const LINES_AT_ONCE = 200;

export class Journal {
	faults = 0;
	step = 0;
	dir;
	#lines = [];
	#began = performance.now();
	#seed;

	constructor(dir, seed) {
		this.dir = dir;
		this.#seed = seed;
		rmSync(dir, { recursive: true, force: true });
		mkdirSync(dir, { recursive: true });
	}

	file(name) {
		return join(this.dir, name);
	}

	seconds() {
		return (performance.now() - this.#began) / 1000;
	}

	/** One line of the schedule. */
	note(text) {
		this.#lines.push(`${this.step}\t${this.seconds().toFixed(3)}\t${text}\n`);
		if (this.#lines.length >= LINES_AT_ONCE) this.flush();
	}

	flush() {
		appendFileSync(this.file('schedule.log'), this.#lines.join(''));
		this.#lines = [];
	}

	say(text) {
		console.log(`# ${text.replaceAll('\n', '\n#   ')}`);
	}

	/** @param {object[]} [told]  what led to it */
	fault(who, text, told) {
		this.faults++;
		this.note(`FAULT ${who}: ${text}`);
		if (this.faults > FAULTS_SHOWN) return;
		this.say(`SEED=${this.#seed} step ${this.step} ${who}: ${text}`);
		if (!told) return;
		const path = this.file(`${who.replace(/[^\w.-]+/g, '_')}.client`);
		writeFileSync(path, told.map((one) => `${JSON.stringify(one)}\n`).join(''));
		this.say(`the last that it was told: ${path}`);
	}
}
