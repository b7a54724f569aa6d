/*
 * contents: what producers write, by kind:
 *
 *   fresh()          the text of a new file
 *   edited(text)     the same file somewhat later
 *   grown()          what is appended, where a kind grows
 *   cuts(bytes)      to how many bytes it may be truncated
 */

import { Documents } from '../e2e/crowd/documents.js';

const ODD = ['0', '-0', '1.0', '1E5', '-0.0e-7', '1e400', '18446744073709551617',
	'0.1000000000000000055511151231257827', '""', '"\\u0041\\u00fc\\ud83c\\udf0a"',
	'null', 'false', '[]', '{}', '[1,[2,[3]]]', '{"__proto__":{"a":1},"":[""]}',
	'"\\/\\b\\f\\n\\r\\t\\"\\\\"'];
const LONG_WORDS = 12_000;
const STATUSES = ['queued', 'running', 'done'];

/* Truncated after a line, or to nothing. */
function afterLine(bytes, chance) {
	return bytes.lastIndexOf(10, chance.upTo(bytes.length + 1)) + 1;
}

export class Contents {
	#chance;
	#documents;
	#next = 0;

	/** @param {Chance} chance  documents.js */
	constructor(chance) {
		this.#chance = chance;
		this.#documents = new Documents(chance);
	}

	/* As different producers write: widely, and numbers in a form of their own. */
	#written(document) {
		const text = JSON.stringify(document, null, this.#chance.pick([0, 0, 1]));
		if (!this.#chance.is(0.3)) return text;
		return text.replace(/("(?:n|ms)": ?)([1-9]\d*)/g, (_, name, n) =>
			`${name}${n}${this.#chance.pick(['.0', 'e0', '.50', '0'.repeat(20)])}`);
	}

	#small() {
		return { status: this.#chance.pick(STATUSES), n: this.#chance.upTo(20),
			text: this.#documents.words(1 + this.#chance.upTo(12)) };
	}

	documents = {
		fresh: () => {
			if (this.#chance.is(0.06)) return this.#chance.pick(ODD);
			const job = this.#documents.job();
			if (this.#chance.is(0.02)) job.log = this.#documents.words(LONG_WORDS);
			return this.#written(job);
		},
		edited: (text) => {
			const job = JSON.parse(text);
			if (!Array.isArray(job?.steps)) return this.documents.fresh();
			this.#documents.editJob(job);
			if (this.#chance.is(0.02)) job.log = this.#documents.words(LONG_WORDS);
			return this.#written(job);
		},
		cuts: (bytes) => this.#chance.upTo(bytes.length + 1),
	};

	/* An id is used once, so that one file alone has it. */
	#row() {
		const n = this.#next++;
		return { id: this.#chance.is(0.2) ? n : `r ${n}/ü`, ...this.#small() };
	}

	#editedRow(rows) {
		const at = this.#chance.upTo(rows.length);
		const edits = [
			() => rows.push(this.#row()),
			() => rows.splice(at, 0, this.#row()),
			() => rows.splice(at, 1),
			() => rows.push(...rows.splice(at, 1)),
			() => Object.assign(rows[at] ?? {}, this.#small()),
			() => Object.assign(rows[at] ?? {}, { n: this.#chance.upTo(20) }),
		];
		this.#chance.pick(edits)();
	}

	rows = {
		fresh: () => this.#written({ of: 'rows', rows: Array.from(
			{ length: this.#chance.upTo(6) }, () => this.#row()) }),
		edited: (text) => {
			const document = JSON.parse(text);
			for (let i = this.#chance.upTo(3); i >= 0; i--) {
				this.#editedRow(document.rows);
			}
			return this.#written(document);
		},
		cuts: (bytes) => this.#chance.upTo(bytes.length + 1),
	};

	members = {
		fresh: () => this.#written(Object.fromEntries(Array.from(
			{ length: this.#chance.upTo(5) }, () => this.#member()))),
		edited: (text) => {
			const all = Object.entries(JSON.parse(text));
			const at = this.#chance.upTo(all.length);
			if (this.#chance.is(0.3)) all.splice(at, 1);
			else if (this.#chance.is(0.5)) all.splice(at, 0, this.#member());
			else if (all.length > 0) all[at][1] = this.#small();
			return this.#written(Object.fromEntries(all));
		},
		cuts: (bytes) => this.#chance.upTo(bytes.length + 1),
	};

	#member() {
		return [`${this.#chance.pick(['m', 'a b', 'ü/'])}${this.#next++}`,
			this.#chance.is(0.1) ? null : this.#small()];
	}

	log = {
		fresh: () => Array.from({ length: this.#chance.upTo(4) },
			() => this.log.grown()).join(''),
		edited: () => this.log.fresh(),
		grown: () => {
			const words = this.#chance.is(0.03) ? 600 : this.#chance.upTo(12);
			return `${this.#next++} ${this.#documents.words(words)}\n`;
		},
		/** Not within a character. */
		cuts: (bytes) => {
			let at = this.#chance.upTo(bytes.length + 1);
			while ((bytes[at] & 0xc0) === 0x80) at--;
			return at;
		},
	};

	lines = {
		fresh: () => Array.from({ length: this.#chance.upTo(5) },
			() => this.lines.grown()).join(''),
		edited: () => this.lines.fresh(),
		grown: () => (this.#chance.is(0.05) ? ' \n' :
			`${JSON.stringify({ i: this.#next++, ...this.#small() })}\n`),
		cuts: (bytes) => afterLine(bytes, this.#chance),
	};

	/* A file's keys are its own: those of its first line go on. */
	keyed = {
		fresh: () => this.#keyedLine(this.#next++) +
			(this.#chance.is(0.5) ? this.keyed.grown('') : ''),
		edited: () => this.keyed.fresh(),
		grown: (text) => this.#keyedLine(/^\{"k":"(\d+)/.exec(text)?.[1] ??
			this.#next++),
		cuts: (bytes) => afterLine(bytes, this.#chance),
	};

	#keyedLine(tag) {
		return `${JSON.stringify({ k: `${tag}-${this.#chance.upTo(5)}`,
			...this.#small() })}\n`;
	}
}
