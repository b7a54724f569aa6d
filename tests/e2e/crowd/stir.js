/*
 * stir: files that come, change and go, at random but by a seed, and what
 * should be in them.
 *
 *   jobs    objects with a status, a counter, rows: patches of all kinds
 *   notes   long texts, also beyond the BMP: str_ins and str_del
 *   bulk    large ones, each time another: what soon fills any buffer between
 */

import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Chance, Documents } from './documents.js';

const PACE_MS = 500;
const BULK_WORDS = 2000;

export class Stir {
	/** collection/id → document */
	files = new Map();
	changes = 0;
	#dir;
	#gone = []; // keys of jobs that were removed
	#chance;
	#documents;
	#next = 0;
	#timer = null;

	constructor(dir, seed) {
		this.#dir = dir;
		this.#chance = new Chance(seed);
		this.#documents = new Documents(this.#chance);
		for (const name of ['jobs', 'notes', 'bulk']) {
			mkdirSync(join(dir, name), { recursive: true });
		}
	}

	/** @param {{jobs: number, notes: number, bulk: number}} n */
	fill(n) {
		for (let i = 0; i < n.jobs; i++) this.#createJob();
		for (let i = 0; i < n.notes; i++) this.#createNote();
		for (let i = 0; i < n.bulk; i++) this.#write(`bulk/${i}`, this.#bulk());
	}

	start() {
		this.#timer = setInterval(() => {
			for (let i = 0; i < 3; i++) {
				this.#write(this.#any('bulk'), this.#bulk());
			}
			for (let i = this.#chance.upTo(50); i >= 0; i--) this.#step();
		}, PACE_MS);
	}

	stop() {
		clearInterval(this.#timer);
	}

	/** One more change for every selection there is. */
	touchAll() {
		this.#write('jobs/a-last', { ...this.#documents.job(), status: 'running', n: 99 });
		this.#createNote();
		this.#write('bulk/last', { text: 'last' });
	}

	#step() {
		const roll = this.#chance.upTo(100);
		if (roll < 10) this.#createJob();
		else if (roll < 20) this.#remove('jobs');
		else if (roll < 70) this.#editJob();
		else if (roll < 72) this.#createNote();
		else if (roll < 74) this.#remove('notes');
		else this.#editNote();
	}

	#bulk() {
		return { text: this.#documents.words(BULK_WORDS) };
	}

	/* One in three comes back under the name of one that has gone. */
	#createJob() {
		const old = this.#chance.is(0.3) ? this.#gone.pop() : undefined;
		this.#write(old ?? `jobs/${this.#chance.pick(['a', 'b', '\u00fc'])}-${
			this.#next++}`, this.#documents.job());
	}

	#createNote() {
		this.#write(`notes/${this.#next++}`,
			{ text: this.#documents.words(150) });
	}

	#editJob() {
		const key = this.#any('jobs');
		if (key === undefined) return;
		const job = structuredClone(this.files.get(key));
		this.#documents.editJob(job);
		this.#write(key, job);
	}

	#editNote() {
		const key = this.#any('notes');
		if (key === undefined) return;
		this.#write(key, {
			text: this.#documents.editedText(this.files.get(key).text),
		});
	}

	#any(collection) {
		return this.#chance.pick([...this.files.keys()].filter((key) =>
			key.startsWith(`${collection}/`)));
	}

	#write(key, document) {
		const path = join(this.#dir, `${key}.json`);
		const isHidden = this.#chance.is(0.9);
		const first = isHidden ? `${path}.tmp` : path;
		writeFileSync(first, JSON.stringify(document));
		if (isHidden) renameSync(first, path);
		this.files.set(key, document);
		this.changes++;
	}

	#remove(collection) {
		const key = this.#any(collection);
		if (key === undefined) return;
		unlinkSync(join(this.#dir, `${key}.json`));
		this.files.delete(key);
		if (collection === 'jobs') this.#gone.push(key);
		this.changes++;
	}
}
