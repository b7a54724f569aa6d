/*
 * layout: the projects and collections of a run: what the configuration says
 * of them, where their files lie, and what may be written there.
 *
 *   tail     how a file's name ends; a folder's, with state.json in it
 *   writes   the kind of its content (contents.js)
 *   reads    what it means (truth.js)
 */

import { join } from 'node:path';

const TAIL_BYTES = 2048;
const LINES_MAX = 12;

const PLACES = [
	{ key: 'main/jobs', tail: '.json', writes: 'documents', reads: 'document',
		conf: { interval_ms: 200 } },
	{ key: 'main/flows', tail: '/state.json', writes: 'documents',
		reads: 'folder', conf: { files: ['**/state.json'], id: 'folder' } },
	{ key: 'main/rows', tail: '.json', writes: 'rows', reads: 'rows',
		conf: { items: '/rows', key: 'id', interval_ms: 300 } },
	{ key: 'main/members', tail: '.json', writes: 'members', reads: 'members',
		conf: { items: '' } },
	{ key: 'main/logs', tail: '.log', writes: 'log', reads: 'text',
		conf: { as: 'text', tail_bytes: TAIL_BYTES, interval_ms: 250 } },
	{ key: 'main/lines', tail: '.jsonl', writes: 'lines', reads: 'lines',
		conf: { as: 'jsonl', max_lines: LINES_MAX } },
	{ key: 'main/latest', tail: '.jsonl', writes: 'keyed', reads: 'keyed',
		conf: { as: 'jsonl', key: 'k', interval_ms: 400 } },
	{ key: 'main/stats', tail: '.dat', writes: 'log', reads: 'stat',
		conf: { as: 'stat', interval_ms: 200 } },
	{ key: 'blind/jobs', tail: '.json', writes: 'documents', reads: 'document',
		conf: { interval_ms: 200 } },
	{ key: 'blind/logs', tail: '.log', writes: 'log', reads: 'text',
		conf: { as: 'text', tail_bytes: TAIL_BYTES, interval_ms: 200 } },
];

/** @returns {object[]} with project, name and root */
export function placesIn(state) {
	return PLACES.map((place) => {
		const [project, name] = place.key.split('/');
		return { ...place, project, name, root: join(state, place.key) };
	});
}

export const PROJECTS = ['main', 'blind'];

/** What both programs are given. */
export function configurationOf(places, store) {
	const projects = Object.fromEntries(PROJECTS.map((name) => [name, {
		store: join(store, `${name}.db`),
		inotify: name !== 'blind',
		collections: {},
	}]));
	for (const { project, name, root, conf } of places) {
		projects[project].collections[name] = { dir: root, ...conf };
	}
	return { limits: { spawned_waiters: 8, slow_s: 20 }, projects };
}
