/*
 * selections: what clients ask for, as parameters and as a predicate of our own.
 *
 *   query                 of changes and events
 *   collection, collectionQuery    the same of one collection, where that can be
 *   wants(collection, id, document)   numbers are as exact.js has them
 */

import { numberOf } from './exact.js';

const statusOf = (document) => (typeof document === 'object' &&
	document !== null && !Array.isArray(document) &&
	Object.hasOwn(document, 'status') ? document.status : undefined);

export const SELECTIONS = {
	all: { query: '', wants: () => true },
	jobs: { query: 'collections=jobs', collection: 'jobs',
		wants: (collection) => collection === 'jobs' },
	rows: { query: 'collections=rows', collection: 'rows',
		wants: (collection) => collection === 'rows' },
	texts: { query: 'match=logs:*&match=lines:*',
		wants: (collection) => ['logs', 'lines'].includes(collection) },
	logs: { query: 'collections=logs', collection: 'logs',
		wants: (collection) => collection === 'logs' },
	stats: { query: 'collections=stats&where=/size:ge:100', collection: 'stats',
		collectionQuery: 'where=/size:ge:100',
		wants: (collection, id, document) => collection === 'stats' &&
			numberOf(document.size) >= 100 },
	named: { query: 'match=*:a*&match=f*:*/%22*&match=jobs:*/a%3F', wants:
		(collection, id) => id.startsWith('a') ||
			(/^f/.test(collection) && /\/"/.test(id)) ||
			(collection === 'jobs' && /\/a[^]$/u.test(id)) },
	running: { query: 'where=/status:eq:running',
		wants: (collection, id, document) => statusOf(document) === 'running' },
	idle: { query: 'collections=jobs,flows&where=/status:ne:running',
		wants: (collection, id, document) =>
			['jobs', 'flows'].includes(collection) &&
			statusOf(document) !== 'running' },
	busy: { query: 'collections=jobs,flows&where=/n:ge:10&where=/owner/k1:has:true',
		wants: (collection, id, document) =>
			['jobs', 'flows'].includes(collection) &&
			numberOf(document?.n) >= 10 &&
			Object.hasOwn(document.owner ?? {}, 'k1') },
	latest: { query: 'match=latest:*&where=/status:eq:running',
		collection: 'latest', collectionQuery: 'where=/status:eq:running',
		wants: (collection, id, document) => collection === 'latest' &&
			statusOf(document) === 'running' },
};
