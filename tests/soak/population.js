/*
 * population: who they are: each kind of client over each transport, with and
 * without filters.
 */

import { EntityFollower, Follower, Poller, Reader, Walker } from './clients.js';
import { SELECTIONS } from './selections.js';

const { all, busy, idle, jobs, latest, logs, named, rows, running, stats, texts } =
	SELECTIONS;

/* project, transport, selection, what else */
const POLLERS = [
	['main', 'direct', all],
	['main', 'direct', all, { isLazy: true }],
	['main', 'web', all, { takesGzip: true }],
	['main', 'web', all, { isLazy: true }],
	['main', 'direct', all, { isLazy: true, isStandard: true }],
	['main', 'kept', busy, { isLazy: true }],
	['main', 'cgi', all],
	['main', 'web', running],
	['main', 'kept', stats, { takesGzip: true }],
	['main', 'spawned', all],
	['main', 'web', all, { wait: 2 }],
	['main', 'web', all, { wait: 3, isStandard: true }],
	['main', 'kept', all, { wait: 2 }],
	['main', 'web', running, { wait: 3 }],
	['main', 'direct', texts, { wait: 2 }],
	['main', 'web', named, { wait: 2 }],
	['main', 'direct', idle, { wait: 3 }],
	['main', 'spawned', all, { wait: 2 }],
	['main', 'spawned', running, { wait: 2 }],
	['main', 'cgi', all, { wait: 3 }],
	['main', 'direct', latest, { wait: 2 }],
	['blind', 'web', all],
	['blind', 'direct', all, { wait: 2 }],
];
const WALKERS = [
	['main', 'web', jobs],
	['main', 'direct', rows],
	['main', 'kept', stats],
	['main', 'spawned', logs],
	['main', 'cgi', latest],
	['blind', 'web', jobs],
];
const READERS = [
	['main', 'web', jobs],
	['main', 'direct', jobs],
	['main', 'kept', rows],
	['main', 'spawned', logs],
	['main', 'direct', latest],
	['main', 'web', stats],
	['blind', 'direct', logs],
];
const FOLLOWERS = [
	['main', 'web', all],
	['main', 'web', all],
	['main', 'direct', all],
	['main', 'web', running],
	['main', 'direct', busy],
	['main', 'web', texts],
	['main', 'direct', named],
	['main', 'web', idle],
	['main', 'web', all, { isStandard: true }],
	['main', 'direct', running, { isStandard: true }],
	['main', 'cgi', all],
	['blind', 'web', all],
];
const ENTITY_FOLLOWERS = [
	['main', 'web', all],
	['main', 'direct', all],
	['main', 'web', running],
	['main', 'direct', texts],
	['main', 'web', named],
	['main', 'cgi', latest],
	['blind', 'web', all],
];

export function population(world) {
	return [
		[Poller, POLLERS], [Walker, WALKERS], [Reader, READERS],
		[Follower, FOLLOWERS], [EntityFollower, ENTITY_FOLLOWERS],
	].flatMap(([Kind, list]) => list.map(
		([project, transport, selection, more]) => new Kind(world,
			{ project, transport, selection, ...more })));
}
