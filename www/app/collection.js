// @ts-check
/*
 * collection: the section of one collection: its title, its filter and either
 * a table or, where all documents are texts, their tails.  However many
 * entities there are, only the first of those that pass the filter are shown.
 */

import { element, setText } from './element.js';
import { glow } from './glow.js';
import { createTable } from './table.js';
import { createTails, isText } from './tail.js';

/** @typedef {import('../lib/store.js').Entity} Entity */
/** @typedef {import('../lib/store.js').Step} Step */
/** @typedef {import('../lib/store.js').Store} Store */

const ROWS_STEP = 200;
const TAILS_STEP = 12;
/** A filter is of use beyond this many. */
const FILTER_FROM = 8;
/** More changes than this at once light up the section, not the cells. */
const GLOW_MAX = 50;
/** Beyond this many arrivals sorting anew is cheaper than inserting. */
const INSERT_MAX = 100;

const numbers = new Intl.NumberFormat();
const { compare } = new Intl.Collator(undefined, { numeric: true });

/**
 * Equal to the collator does not mean the same id.
 * @param {string} a
 * @param {string} b
 */
function byId(a, b) {
	return compare(a, b) || (a < b ? -1 : Number(a > b));
}

/**
 * @param {string[]} sorted
 * @param {string} id
 * @returns {number} where it is or belongs
 */
function search(sorted, id) {
	let [low, high] = [0, sorted.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (byId(sorted[middle], id) < 0) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** What a filter looks at. @type {WeakMap<Entity, string>} */
const haystacks = new WeakMap();

/** @param {Entity} entity */
function haystack(entity) {
	let text = haystacks.get(entity);
	if (text === undefined) {
		text = `${entity.id}\n${JSON.stringify(entity.data)}`.toLowerCase();
		haystacks.set(entity, text);
	}
	return text;
}

/**
 * @param {string} name
 * @param {Store} store
 */
export function createCollection(name, store) {
	const table = createTable(`Table of ${name}`);
	const tails = createTails();
	/** @type {string[]} */
	let ids = [];
	let texts = 0;
	let extra = 0;
	let needle = '';
	let view = /** @type {typeof table | typeof tails} */ (table);

	const count = element('span', { class: 'count' });
	const filter = element('input', {
		type: 'search', placeholder: 'Filter', 'aria-label': `Filter ${name}`,
		autocomplete: 'off', spellcheck: 'false',
	});
	const place = element('div');
	const none = element('p', { class: 'notice' });
	const more = element('button', { type: 'button', class: 'more' });
	const section = element('section',
		{ class: 'collection', 'data-collection': name },
		element('header', {}, element('h2', {}, name), count, filter),
		place, more);

	filter.addEventListener('input', () => {
		needle = filter.value.trim().toLowerCase();
		extra = 0;
		show();
	});
	more.addEventListener('click', () => {
		extra++;
		show();
	});

	/** @param {Step[]} steps */
	function account(steps) {
		const isMany = steps.length > INSERT_MAX;
		for (const { id, before, after } of steps) {
			texts += Number(after !== undefined && isText(after.data)) -
				Number(before !== undefined && isText(before.data));
			if (isMany || Boolean(before) === Boolean(after)) continue;
			const at = search(ids, id);
			if (after) ids.splice(at, 0, id);
			else ids.splice(at, 1);
		}
		if (isMany) ids = [...store.entities(name).keys()].sort(byId);
		table.count(steps);
	}

	/** @returns {Entity[]} */
	function matches() {
		const entities = store.entities(name);
		const all = ids.map((id) =>
			/** @type {Entity} */ (entities.get(id)));
		return needle === '' ? all :
			all.filter((entity) => haystack(entity).includes(needle));
	}

	function show() {
		const isTails = ids.length > 0 && texts === ids.length;
		const other = isTails ? table : tails;
		view = isTails ? tails : table;
		const found = matches();
		const max = (isTails ? TAILS_STEP : ROWS_STEP) * (extra + 1);
		const content = found.length > 0 ? view.view : none;
		setText(none, ids.length > 0 ? 'Nothing passes the filter.' :
			'Empty at the moment.');
		// first into the page: what is outside of it cannot scroll
		if (content.parentNode !== place) place.replaceChildren(content);
		other.show([]);
		view.show(found.slice(0, max));
		setText(count, needle === '' ? numbers.format(ids.length) :
			`${numbers.format(found.length)} of ${numbers.format(ids.length)}`);
		filter.hidden = ids.length < FILTER_FROM && needle === '';
		more.hidden = found.length <= max;
		setText(more, `Show more: ${numbers.format(found.length - max)} ` +
			'are not shown');
	}

	return {
		section,

		/**
		 * @param {Step[]} steps  of this collection
		 * @param {boolean} isNews  show what changed
		 */
		update(steps, isNews) {
			account(steps);
			show();
			if (!isNews) return;
			if (steps.length > GLOW_MAX) glow(section);
			else view.mark(steps);
		},

		/** @param {number} now  the server's clock */
		tick: (now) => view.tick(now),
	};
}

/** @typedef {ReturnType<typeof createCollection>} Collection */
