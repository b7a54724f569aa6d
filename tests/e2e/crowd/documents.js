/*
 * documents: what jobs and notes write, and how they change it, at random but
 * by a seed.
 *
 *   job    an object with a status, a counter, rows: patches of all kinds
 *   note   a long text, also beyond the BMP: str_ins and str_del
 */

const STATUSES = ['queued', 'running', 'done', 'failed'];
const WORDS = ['tide', 'mark', 'ebb', '\u{1f30a}', 'Flut', 'm\u00e4\u00dfig',
	'\u6f6e', '"', '\\', '\n'];

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

/** Random choices of many kinds. */
export class Chance {
	#random;

	constructor(seed) {
		this.#random = seeded(seed);
	}

	is(probability) {
		return this.#random() < probability;
	}

	upTo(n) {
		return Math.floor(this.#random() * n);
	}

	pick(list) {
		return list[this.upTo(list.length)];
	}
}

export class Documents {
	#chance;
	#next = 0;

	/** @param {Chance} chance */
	constructor(chance) {
		this.#chance = chance;
	}

	words(n) {
		return Array.from({ length: n }, () => this.#chance.pick(WORDS))
			.join(' ');
	}

	job() {
		return {
			status: this.#chance.pick(STATUSES),
			n: this.#chance.upTo(20),
			steps: Array.from({ length: 6 }, (_, i) => this.#row(i)),
			owner: { name: this.words(3), 'a/b~c': null },
			log: this.words(15),
		};
	}

	#row(i) {
		return { id: `s${i}-${this.#next++}`, ms: this.#chance.upTo(1000),
			state: this.#chance.pick(STATUSES) };
	}

	/** Modifies it, in one to three places. */
	editJob(job) {
		const pick = (list) => this.#chance.pick(list);
		const upTo = (n) => this.#chance.upTo(n);
		const at = upTo(job.steps.length);
		const edits = [
			() => { job.status = pick(STATUSES); },
			() => { job.n = upTo(20); },
			() => { job.steps.splice(at, 1); },
			() => { job.steps.splice(at, 0, this.#row(at)); },
			() => { job.steps.push(...job.steps.splice(at, 1)); },
			() => { job.owner[`k${upTo(3)}`] = upTo(9); },
			() => { delete job.owner[`k${upTo(3)}`]; },
			() => { job.log = this.editedText(job.log); },
		];
		for (let i = upTo(3); i >= 0; i--) pick(edits)();
	}

	/** Changed between two words, so that no surrogate is cut. */
	editedText(text) {
		const words = text.split(' ');
		words.splice(this.#chance.upTo(words.length), this.#chance.upTo(4),
			this.words(this.#chance.upTo(4)));
		return words.join(' ');
	}
}
