/*
 * selections: what the clients of a crowd ask for, each as parameters and as a
 * predicate of our own.
 *
 *   query              of changes and events
 *   collectionQuery    the same of one collection, where that can be said
 *   wants(collection, id, document)
 */

export const SELECTIONS = {
	all: {
		query: 'collections=jobs,notes',
		wants: (collection) => collection !== 'bulk',
	},
	jobs: {
		query: 'collections=jobs',
		collectionQuery: 'jobs',
		wants: (collection) => collection === 'jobs',
	},
	notes: {
		query: 'match=notes:*',
		collectionQuery: 'notes',
		wants: (collection) => collection === 'notes',
	},
	bulk: {
		query: 'collections=bulk',
		wants: (collection) => collection === 'bulk',
	},
	named: {
		query: 'match=jobs:a-*&match=*:%C3%BC-*',
		wants: (collection, id) => /^(a|\u00fc)-/.test(id) &&
			collection === 'jobs',
	},
	running: {
		query: 'collections=jobs&where=/status:eq:running',
		collectionQuery: 'jobs?where=/status:eq:running',
		wants: (collection, id, { status }) => collection === 'jobs' &&
			status === 'running',
	},
	busy: {
		query: 'where=/n:ge:10&where=/owner/k1:has:true&match=*:a*',
		wants: (collection, id, { n, owner }) => collection === 'jobs' &&
			n >= 10 && Object.hasOwn(owner, 'k1') && id.startsWith('a'),
	},
};
