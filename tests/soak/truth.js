/*
 * truth: what is in the files, read as docs/CONFIG.md has it and by nobody
 * else's code.
 *
 *   entitiesIn(place, served)   Map of id → document
 *
 * A text's window is the server's own choice, within bounds: served, what it
 * says of that collection, is asked for where it begins and not for more.
 *
 * A file that means nothing, or an id that two files have, is a Muddle: the
 * server keeps what was there before, and nobody outside can know what that is.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import { numberOf, parseExact, scalarText } from './exact.js';

const NEWLINE = 10;
const STEPS = 8; // a text's window moves by at most a part of its size

export class Muddle extends Error {
	constructor(path, why) {
		super(`${path}: ${why}`);
		this.path = path;
	}
}

/* What an editor or a producer leaves lying about is no entity. */
export function isTemporary(name) {
	return name.startsWith('.') || name.endsWith('.tmp');
}

/** Paths of all regular files below, relative, in order. */
export function filesBelow(root, below = '') {
	return readdirSync(join(root, below), { withFileTypes: true })
		.filter(({ name }) => !isTemporary(name))
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap((entry) => {
			const path = below === '' ? entry.name : `${below}/${entry.name}`;
			return entry.isDirectory() ? filesBelow(root, path) : [path];
		});
}

function parsed(text, path) {
	try {
		return parseExact(text);
	} catch (error) {
		throw new Muddle(path, error.message);
	}
}

function withoutExtension(path) {
	return path.replace(/(?<=[^/])\.[^./]*$/, '');
}

function lines(text) {
	return text.split('\n').slice(0, -1); // behind the last one: incomplete
}

/* Where a window may begin that holds as much as promised. */
function isWindow(bytes, start, most) {
	const { length } = bytes;
	if (length <= most) return start === 0;
	const latest = length - most + Math.ceil(most / STEPS);
	if (!(start >= length - most && start < length)) return false;
	const next = bytes.indexOf(NEWLINE, latest);
	if (bytes[start - 1] === NEWLINE) return next < 0 || start <= next + 1;
	const first = bytes.indexOf(NEWLINE, start);
	return first < 0 || first === length - 1; // within one long line
}

const readers = {
	document: ({ path, bytes }) =>
		[[withoutExtension(path), parsed(bytes.toString(), path)]],
	folder: ({ path, bytes }) =>
		[[path.replace(/\/[^/]*$/, ''), parsed(bytes.toString(), path)]],

	rows({ path, bytes }) {
		const { rows } = parsed(bytes.toString(), path) ?? {};
		if (!Array.isArray(rows)) throw new Muddle(path, 'no rows');
		return rows.map((row) => [scalarText(row?.id), row]);
	},

	members({ path, bytes }) {
		const all = parsed(bytes.toString(), path);
		if (typeof all !== 'object' || all === null || Array.isArray(all)) {
			throw new Muddle(path, 'no members');
		}
		return Object.entries(all);
	},

	text({ path, bytes, conf, served }) {
		const id = withoutExtension(path);
		const start = numberOf(served.get(id)?.data?.start);
		const isRight = isWindow(bytes, start, conf.tail_bytes);
		const from = isRight ? start : Math.max(0, bytes.length - conf.tail_bytes);
		return [[id, {
			text: bytes.toString('utf8', from),
			start: `\0${from}${isRight ? '' : ' or soon behind'}`,
		}]];
	},

	lines({ path, bytes, conf }) {
		const all = lines(bytes.toString()).map((line, i) => [
			`${withoutExtension(path)}/${String(i + 1).padStart(8, '0')}`, line,
		]);
		return all.slice(-conf.max_lines).filter(([, line]) => line.trim() !== '')
			.map(([id, line]) => [id, parsed(line, path)]);
	},

	/** Of each key the newest line. */
	keyed({ path, bytes, conf }) {
		const newest = new Map();
		for (const line of lines(bytes.toString())) {
			if (line.trim() === '') continue;
			const document = parsed(line, path);
			newest.set(scalarText(document?.[conf.key]), document);
		}
		return [...newest];
	},

	stat({ path, file }) {
		const { size, mtimeNs } = statSync(file, { bigint: true });
		return [[withoutExtension(path), {
			name: basename(path),
			path,
			size: `\0${size}`,
			mtime: new Date(Number(mtimeNs / 1_000_000n)).toISOString(),
		}]];
	},
};

/** @throws {Muddle} */
export function entitiesIn({ root, reads, conf, tail }, served = new Map()) {
	const entities = new Map();
	for (const path of filesBelow(root)) {
		const file = join(root, path);
		if (!`/${path}`.endsWith(tail)) continue;
		const bytes = reads === 'stat' ? null : readFileSync(file);
		for (const [id, document] of readers[reads](
			{ path, file, bytes, conf, served })) {
			if (id === undefined || id === '') throw new Muddle(path, 'no id');
			if (entities.has(id)) throw new Muddle(path, `another ${id}`);
			entities.set(id, document);
		}
	}
	return entities;
}
