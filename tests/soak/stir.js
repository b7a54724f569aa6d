/*
 * stir: whatever may happen to files and folders, at random but by a seed:
 * written by rename, in place and in pieces, moved, linked, truncated, removed.
 *
 * Everything here is synchronous, and nobody else writes below these roots: so
 * the same seed does the same in the same number of steps.
 */

import {
	closeSync, constants, existsSync, ftruncateSync, linkSync, lstatSync,
	mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync,
	truncateSync, unlinkSync, writeFileSync, writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { Contents } from './contents.js';
import { entitiesIn, filesBelow, isTemporary, Muddle } from './truth.js';

const FOLDERS = ['d0', 'd1', 'd2', 'ü \u{1f30a}'];
const NAMES = ['a0', 'a1', 'a2', 'b.c', 's#?&', 'x+y%2F', '"\u{1f30a} ü\''];
const STEPS_BETWEEN_PIECES = 30;

/** What the kernel refuses is no step: a folder into itself, a full one. */
const REFUSALS = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EINVAL', 'ENOTEMPTY',
	'ELOOP', 'EBUSY', 'EXDEV'];

export class Stir {
	/** Of what was done, and of what nothing came. */
	changes = 0;
	refusals = 0;
	#places;
	#chance;
	#contents;
	#pending = []; // what is still to be written
	#step = 0;
	#ways;

	constructor(places, chance) {
		this.#places = places;
		this.#chance = chance;
		this.#contents = new Contents(chance);
		this.#ways = [
			[14, () => this.#create()],
			[30, () => this.#edit()],
			[24, () => this.#grow()],
			[4, () => this.#truncate()],
			[7, () => this.#remove()],
			[7, () => this.#move()],
			[3, () => this.#moveAcross()],
			[3, () => this.#moveFolder()],
			[1, () => this.#removeFolder()],
			[0.1, () => this.#removeRoot()],
			[1, () => this.#link()],
			[0.5, () => this.#putFolderInPlace()],
			[4, () => this.#moveRow()],
		];
		for (const { root } of places) mkdirSync(root, { recursive: true });
	}

	/** @returns {string} what was done */
	step() {
		this.#step++;
		this.#writeDue();
		try {
			const done = this.#way()();
			if (done) this.changes++;
			return done ?? 'nothing there';
		} catch (error) {
			if (!REFUSALS.includes(error.code)) throw error;
			this.refusals++;
			return `${error.syscall} ${error.path}: ${error.code}`;
		}
	}

	#way() {
		const all = this.#ways.reduce((sum, [weight]) => sum + weight, 0);
		let at = this.#chance.upTo(all * 10) / 10;
		return this.#ways.find(([weight]) => (at -= weight) < 0)[1];
	}

	/* --- what there is --------------------------------------------------- */

	#place(suits = () => true) {
		return this.#chance.pick(this.#places.filter(suits));
	}

	#folder() {
		return Array.from({ length: this.#chance.upTo(3) },
			() => this.#chance.pick(FOLDERS)).join('/');
	}

	#newPath({ root, tail }) {
		return join(root, this.#folder(), this.#chance.pick(NAMES) + tail);
	}

	#files({ root, tail }) {
		return existsSync(root) ? filesBelow(root)
			.filter((path) => path.endsWith(tail))
			.map((path) => join(root, path)) : [];
	}

	#anyFile(place) {
		return this.#chance.pick(this.#files(place));
	}

	#anyFolder({ root }) {
		return join(root, this.#folder() || this.#chance.pick(FOLDERS));
	}

	/* --- writing --------------------------------------------------------- */

	#writeDue(isLast = false) {
		this.#pending = this.#pending.filter((piece) => {
			if (piece.due > this.#step && !isLast) return true;
			writeSync(piece.fd, piece.bytes);
			if (piece.isWhole) ftruncateSync(piece.fd, piece.size);
			closeSync(piece.fd);
			return false;
		});
	}

	#later(fd, bytes, size = 0) {
		this.#pending.push({ fd, bytes, size, isWhole: size > 0,
			due: this.#step + this.#chance.upTo(STEPS_BETWEEN_PIECES) });
	}

	#ways_to_write = {
		renamed(path, text) {
			const temporary = this.#chance.is(0.5) ? `${path}.tmp` :
				join(dirname(path), '.new');
			writeFileSync(temporary, text);
			renameSync(temporary, path);
		},
		inPlace: (path, text) => writeFileSync(path, text),
		/* Truncated, and the rest comes soon. */
		inPieces(path, text) {
			const at = this.#chance.upTo(text.length + 1);
			const fd = openSync(path, 'w');
			writeSync(fd, text.slice(0, at));
			this.#later(fd, Buffer.from(text.slice(at)));
		},
		/* Over what is there, and the old end goes last. */
		over(path, text) {
			const bytes = Buffer.from(text);
			const at = this.#chance.upTo(bytes.length);
			const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
			writeSync(fd, bytes.subarray(0, at));
			this.#later(fd, bytes.subarray(at), bytes.length);
		},
	};

	#write(path, text) {
		const way = this.#chance.pick(['renamed', 'renamed', 'renamed', 'inPlace',
			'inPieces', 'over']);
		mkdirSync(dirname(path), { recursive: true });
		this.#ways_to_write[way].call(this, path, text);
		return `${way} ${path}`;
	}

	/* --- what may happen ------------------------------------------------- */

	#create() {
		const place = this.#place();
		return this.#write(this.#newPath(place),
			this.#contents[place.writes].fresh());
	}

	#edit() {
		const place = this.#place();
		const path = this.#anyFile(place);
		if (!path) return undefined;
		let text;
		try {
			text = this.#contents[place.writes].edited(readFileSync(path, 'utf8'));
		} catch (error) {
			if (error.code) throw error;
			text = this.#contents[place.writes].fresh(); // it was half-written
		}
		return this.#write(path, text);
	}

	#grow() {
		const place = this.#place(({ writes }) => this.#contents[writes].grown);
		const path = this.#anyFile(place);
		if (!path) return undefined;
		const text = this.#contents[place.writes]
			.grown(readFileSync(path, 'utf8'));
		const fd = openSync(path, 'a');
		const at = this.#chance.is(0.5) ? text.length :
			this.#chance.upTo(text.length);
		writeSync(fd, text.slice(0, at));
		if (at === text.length) closeSync(fd);
		else this.#later(fd, Buffer.from(text.slice(at)));
		return `grown ${path}`;
	}

	#truncate() {
		const place = this.#place();
		const path = this.#anyFile(place);
		if (!path) return undefined;
		const size = this.#contents[place.writes].cuts(readFileSync(path));
		truncateSync(path, size);
		return `truncated ${path} to ${size}`;
	}

	#remove() {
		const path = this.#anyFile(this.#place());
		if (!path) return undefined;
		unlinkSync(path);
		return `removed ${path}`;
	}

	#moved(from, to) {
		mkdirSync(dirname(to), { recursive: true });
		renameSync(from, to);
		return `moved ${from} to ${to}`;
	}

	#move() {
		const place = this.#place();
		const from = this.#anyFile(place);
		return from && this.#moved(from, this.#newPath(place));
	}

	/* Also into another project; and anything may become one of the stats. */
	#moveAcross() {
		const place = this.#place();
		const from = this.#anyFile(place);
		const other = this.#place(({ writes, reads }) =>
			writes === place.writes || reads === 'stat');
		return from && this.#moved(from, this.#newPath(other));
	}

	#moveFolder() {
		const place = this.#place();
		const other = this.#place(({ tail }) => tail === place.tail);
		return this.#moved(this.#anyFolder(place), this.#anyFolder(other));
	}

	#removeFolder() {
		const path = this.#anyFolder(this.#place());
		if (!existsSync(path)) return undefined;
		rmSync(path, { recursive: true });
		return `removed folder ${path}`;
	}

	#removeRoot() {
		const { root } = this.#place();
		rmSync(root, { recursive: true, force: true });
		return `removed all of ${root}`;
	}

	#link() {
		const place = this.#place(({ reads }) =>
			['document', 'folder', 'stat'].includes(reads));
		const from = this.#anyFile(place);
		const to = this.#newPath(place);
		if (!from) return undefined;
		mkdirSync(dirname(to), { recursive: true });
		linkSync(from, to);
		return `linked ${from} as ${to}`;
	}

	#putFolderInPlace() {
		const path = this.#anyFile(this.#place());
		if (!path) return undefined;
		unlinkSync(path);
		mkdirSync(path);
		return `a folder instead of ${path}`;
	}

	/* One file gives an element away, and another one takes it. */
	#moveRow() {
		const place = this.#place(({ writes }) => writes === 'rows');
		const [from, to] = [this.#anyFile(place), this.#anyFile(place)];
		if (!from || from === to) return undefined;
		const texts = [from, to].map((path) => readFileSync(path, 'utf8'));
		try {
			const [giver, taker] = texts.map((text) => JSON.parse(text));
			if (giver.rows.length === 0) return undefined;
			taker.rows.push(...giver.rows.splice(
				this.#chance.upTo(giver.rows.length), 1));
			const writes = [[from, giver], [to, taker]].map(([path, document]) =>
				() => writeFileSync(path, JSON.stringify(document)));
			if (this.#chance.is(0.5)) writes.reverse();
			for (const write of writes) write();
		} catch (error) {
			if (error.code) throw error;
			return undefined; // one is half-written
		}
		return `moved an element of ${from} to ${to}`;
	}

	/* --- in the end all is whole ----------------------------------------- */

	mend() {
		this.#writeDue(true);
		for (const place of this.#places) {
			mkdirSync(place.root, { recursive: true });
			this.#sweep(place.root);
			while (!this.#isWhole(place)) this.changes++;
		}
	}

	/* What a move into a folder that has gone left behind. */
	#sweep(root) {
		for (const name of readdirSync(root)) {
			const path = join(root, name);
			if (isTemporary(name)) rmSync(path, { recursive: true });
			else if (lstatSync(path).isDirectory()) this.#sweep(path);
		}
	}

	#isWhole(place) {
		try {
			entitiesIn(place);
			return true;
		} catch (error) {
			if (!(error instanceof Muddle)) throw error;
			const path = join(place.root, error.path);
			if (this.#chance.is(0.5)) unlinkSync(path);
			else writeFileSync(path, this.#contents[place.writes].fresh());
			return false;
		}
	}
}
