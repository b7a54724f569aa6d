// @ts-check
/*
 * store: what the server last told us, and the cursor up to which.
 *
 * apply() takes one answer of `changes`:
 *   delta     {from, to, changes}  applied only if from is our cursor (I2)
 *   snapshot  {to, changes}        puts for all there is; it is compared with
 *                                  what we hold, so that only what really
 *                                  changed is reported
 *   none      {from, to}           only the cursor moves
 *
 * Invariants:
 *  - The cursor moves with the data or not at all.
 *  - An entity is never modified: a change makes a new one, which shares the
 *    parts of the old document that stayed.
 *  - A patch is applied only at its base version.  Otherwise the entity keeps
 *    its old state, is listed as `torn`, and mend() puts a fetched one there.
 *    A delete or put that comes first wins over the mending.
 *  - A cursor is opaque: it is compared for equality and never taken apart.
 */

import { applyPatch } from './patch.js';
import { share } from './json.js';

/** @typedef {import('./json.js').Json} Json */

/**
 * @typedef {object} Entity
 * @property {string} id
 * @property {number} version
 * @property {string} at  time of the last change, RFC 3339; '' if unknown
 * @property {Json} data
 */

/**
 * One line of an answer, PROTOCOL section 4.
 * @typedef {object} Change
 * @property {string} collection
 * @property {string} id
 * @property {'put'|'patch'|'delete'} op
 * @property {number} base
 * @property {number} version
 * @property {string} [at]
 * @property {Json} [data]
 * @property {unknown} [patch]
 */

/**
 * @typedef {object} FeedAnswer
 * @property {'delta'|'snapshot'|'none'} kind
 * @property {string} [from]
 * @property {string} to
 * @property {Change[]} changes
 */

/**
 * What became of one entity; one of the two is missing when it came or went.
 * @typedef {object} Step
 * @property {string} collection
 * @property {string} id
 * @property {Entity} [before]
 * @property {Entity} [after]
 */

/** @typedef {{collection: string, id: string}} Place */

/**
 * @typedef {object} Applied
 * @property {'applied'|'duplicate'|'gap'} outcome
 * @property {Step[]} steps
 * @property {Place[]} torn  entities to fetch
 */

/**
 * @param {Place} place
 * @returns {string}
 */
function keyOf({ collection, id }) {
	return `${collection}/${id}`; // a collection's name has no slash
}

export function createStore() {
	/** @type {Map<string, Map<string, Entity>>} */
	let collections = new Map();
	/**
	 * Torn entities, by key: the version that is at least wanted.
	 * @type {Map<string, number>}
	 */
	const torn = new Map();
	/** @type {string|null} */
	let cursor = null;

	/**
	 * @param {Place} place
	 * @returns {Entity|undefined}
	 */
	const get = ({ collection, id }) => collections.get(collection)?.get(id);

	/**
	 * @param {Place} place
	 * @param {Entity|undefined} after
	 * @returns {Step}
	 */
	function set({ collection, id }, after) {
		const before = get({ collection, id });
		const entities = collections.get(collection) ?? new Map();
		collections.set(collection, entities);
		if (after) entities.set(id, after);
		else entities.delete(id);
		if (entities.size === 0) collections.delete(collection);
		return { collection, id, before, after };
	}

	/**
	 * @param {Change} change
	 * @returns {Entity|undefined} undefined: the patch does not fit
	 */
	function patched(change) {
		const before = get(change);
		if (before === undefined || before.version !== change.base ||
			torn.has(keyOf(change))) {
			return undefined;
		}
		try {
			return {
				id: change.id,
				version: change.version,
				at: change.at ?? '',
				data: applyPatch(before.data, change.patch),
			};
		} catch {
			return undefined; // whatever was wrong, fetching it cures
		}
	}

	/**
	 * @param {Change} change
	 * @returns {Entity}
	 */
	function replaced({ collection, id, version, at = '', data = null }) {
		const before = get({ collection, id });
		const same = share(before?.data, data);
		return before && before.data === same && before.version === version ?
			before : { id, version, at, data: same };
	}

	/**
	 * @param {Change} change
	 * @param {Applied} applied
	 */
	function applyChange(change, applied) {
		const before = get(change);
		// a mended entity may be ahead of the feed
		if (before && change.version <= before.version) return;
		if (change.op === 'patch') {
			const after = patched(change);
			if (after) {
				applied.steps.push(set(change, after));
			} else {
				torn.set(keyOf(change), change.version);
				applied.torn.push(change);
			}
			return;
		}
		torn.delete(keyOf(change));
		if (change.op === 'put') {
			applied.steps.push(set(change, replaced(change)));
		} else if (before) {
			applied.steps.push(set(change, undefined));
		}
	}

	/**
	 * @param {Change[]} puts
	 * @returns {Step[]}
	 */
	function replaceAll(puts) {
		/** @type {Step[]} */
		const steps = [];
		const old = collections;
		/** @type {typeof collections} */
		const fresh = new Map();
		for (const put of puts) {
			const before = old.get(put.collection)?.get(put.id);
			const after = replaced(put);
			const entities = fresh.get(put.collection) ?? new Map();
			fresh.set(put.collection, entities.set(put.id, after));
			if (before !== after) {
				const { collection, id } = put;
				steps.push({ collection, id, before, after });
			}
		}
		for (const [collection, entities] of old) {
			for (const [id, before] of entities) {
				if (fresh.get(collection)?.has(id)) continue;
				steps.push({ collection, id, before });
			}
		}
		collections = fresh;
		torn.clear();
		return steps;
	}

	return {
		/** Where to resume; null: from nothing. */
		get cursor() {
			return cursor;
		},

		/** The next answer shall be a snapshot; the data stays till then. */
		forgetCursor() {
			cursor = null;
		},

		/**
		 * @param {FeedAnswer} answer
		 * @returns {Applied}
		 */
		apply(answer) {
			/** @type {Applied} */
			const applied = { outcome: 'applied', steps: [], torn: [] };
			if (answer.kind === 'snapshot') {
				applied.steps = replaceAll(answer.changes);
			} else if (answer.from !== cursor) {
				applied.outcome = answer.to === cursor ? 'duplicate' : 'gap';
				return applied;
			} else {
				for (const change of answer.changes) {
					applyChange(change, applied);
				}
			}
			cursor = answer.to;
			return applied;
		},

		/**
		 * A torn entity was fetched.
		 * @param {Place} place
		 * @param {{version: number, at: string, data: Json}|null} found
		 *     null: it is gone
		 * @returns {Applied} torn again where what was found is too old
		 */
		mend(place, found) {
			/** @type {Applied} */
			const applied = { outcome: 'applied', steps: [], torn: [] };
			const wanted = torn.get(keyOf(place));
			if (wanted === undefined) {
				applied.outcome = 'duplicate';
			} else if (found && found.version < wanted) {
				applied.torn.push(place);
			} else {
				torn.delete(keyOf(place));
				const before = get(place);
				const after = found && {
					id: place.id,
					version: found.version,
					at: found.at,
					data: share(before?.data, found.data),
				};
				if (before || after) {
					applied.steps.push(set(place, after ?? undefined));
				}
			}
			return applied;
		},

		get,

		/** @returns {string[]} names of the collections that hold something */
		names: () => [...collections.keys()].sort(),

		/**
		 * @param {string} collection
		 * @returns {ReadonlyMap<string, Entity>}
		 */
		entities: (collection) => collections.get(collection) ?? new Map(),

		/** @returns {number} entities in all collections */
		size: () => [...collections.values()].reduce((sum, entities) =>
			sum + entities.size, 0),
	};
}

/** @typedef {ReturnType<typeof createStore>} Store */
