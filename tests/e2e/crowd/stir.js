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

const STATUSES = ['queued', 'running', 'done', 'failed'];
const WORDS = ['tide', 'mark', 'ebb', '\u{1f30a}', 'Flut', 'm\u00e4\u00dfig',
	'\u6f6e', '"', '\\', '\n'];
const PACE_MS = 500;
const BULK_WORDS = 2000;

/** Mulberry32. */
export function seeded(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

export class Stir {
	/** collection/id → document */
	files = new Map();
	changes = 0;
	#dir;
	#gone = []; // keys of jobs that were removed
	#random;
	#next = 0;
	#timer = null;

	constructor(dir, seed) {
		this.#dir = dir;
		this.#random = seeded(seed);
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
			for (let i = this.#upTo(50); i >= 0; i--) this.#step();
		}, PACE_MS);
	}

	stop() {
		clearInterval(this.#timer);
	}

	/** One more change for every selection there is. */
	touchAll() {
		this.#write('jobs/a-last', { ...this.#job(), status: 'running', n: 99 });
		this.#createNote();
		this.#write('bulk/last', { text: 'last' });
	}

	#upTo(n) {
		return Math.floor(this.#random() * n);
	}

	#pick(list) {
		return list[this.#upTo(list.length)];
	}

	#words(n) {
		return Array.from({ length: n }, () => this.#pick(WORDS)).join(' ');
	}

	#step() {
		const roll = this.#random();
		if (roll < 0.10) this.#createJob();
		else if (roll < 0.20) this.#remove('jobs');
		else if (roll < 0.70) this.#editJob();
		else if (roll < 0.72) this.#createNote();
		else if (roll < 0.74) this.#remove('notes');
		else this.#editNote();
	}

	#bulk() {
		return { text: this.#words(BULK_WORDS) };
	}

	#job() {
		return {
			status: this.#pick(STATUSES),
			n: this.#upTo(20),
			steps: Array.from({ length: 6 }, (_, i) => this.#row(i)),
			owner: { name: this.#words(3), 'a/b~c': null },
			log: this.#words(15),
		};
	}

	#row(i) {
		return { id: `s${i}-${this.#next++}`, ms: this.#upTo(1000),
			state: this.#pick(STATUSES) };
	}

	/* One in three comes back under the name of one that has gone. */
	#createJob() {
		const old = this.#random() < 0.3 ? this.#gone.pop() : undefined;
		this.#write(old ?? `jobs/${this.#pick(['a', 'b', '\u00fc'])}-${
			this.#next++}`, this.#job());
	}

	#createNote() {
		this.#write(`notes/${this.#next++}`, { text: this.#words(150) });
	}

	#editJob() {
		const key = this.#any('jobs');
		if (key === undefined) return;
		const job = structuredClone(this.files.get(key));
		const at = this.#upTo(job.steps.length);
		const edits = [
			() => { job.status = this.#pick(STATUSES); },
			() => { job.n = this.#upTo(20); },
			() => { job.steps.splice(at, 1); },
			() => { job.steps.splice(at, 0, this.#row(at)); },
			() => { job.steps.push(...job.steps.splice(at, 1)); },
			() => { job.owner[`k${this.#upTo(3)}`] = this.#upTo(9); },
			() => { delete job.owner[`k${this.#upTo(3)}`]; },
			() => { job.log = this.#edited(job.log); },
		];
		for (let i = this.#upTo(3); i >= 0; i--) this.#pick(edits)();
		this.#write(key, job);
	}

	#editNote() {
		const key = this.#any('notes');
		if (key === undefined) return;
		this.#write(key, { text: this.#edited(this.files.get(key).text) });
	}

	/* Between two words, so that no surrogate is cut. */
	#edited(text) {
		const words = text.split(' ');
		words.splice(this.#upTo(words.length), this.#upTo(4),
			this.#words(this.#upTo(4)));
		return words.join(' ');
	}

	#any(collection) {
		return this.#pick([...this.files.keys()].filter((key) =>
			key.startsWith(`${collection}/`)));
	}

	#write(key, document) {
		const path = join(this.#dir, `${key}.json`);
		const isHidden = this.#random() < 0.9;
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
