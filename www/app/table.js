// @ts-check
/*
 * table: entities as rows.  A row belongs to an id for as long as that id is
 * shown: updates change its cells in place, so focus, selection and scroll
 * position stay.
 */

import { ago } from '../lib/clock.js';
import { isSame } from '../lib/json.js';
import { fillCell } from './cell.js';
import { REST, createColumns } from './columns.js';
import { element, setText } from './element.js';
import { glow } from './glow.js';

/** The title of the last column. */
const AGE = 'last change';

/** @typedef {import('../lib/store.js').Entity} Entity */
/** @typedef {import('../lib/store.js').Step} Step */

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} line
 * @property {Map<string, HTMLTableCellElement>} cells
 * @property {HTMLTableCellElement} age
 * @property {Entity} entity
 */

/**
 * @param {string} label  for those who hear the page
 */
export function createTable(label) {
	const columns = createColumns();
	/** @type {Map<string, Row>} */
	const rows = new Map();
	/** @type {string[]} */
	let shown = [];
	const head = element('tr');
	const body = element('tbody');
	const view = element('div', {
		class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label,
	}, element('table', {}, element('thead', {}, head), body));

	/** @param {string[]} names */
	function showHead(names) {
		const title = (/** @type {string} */ text) =>
			element('th', { scope: 'col' }, text);
		head.replaceChildren(title('id'),
			...names.map((name) => title(name === REST ? 'more' : name)),
			title(AGE));
		shown = names;
	}

	/**
	 * @param {Entity} entity
	 * @returns {Row}
	 */
	function createRow(entity) {
		const age = element('td', { class: 'age', 'data-label': AGE });
		const line = element('tr', { 'data-id': entity.id },
			element('th', { scope: 'row', title: entity.id }, entity.id), age);
		return { line, cells: new Map(), age, entity };
	}

	/**
	 * @param {Row} row
	 * @param {Entity} entity
	 * @param {boolean} isNew  none of its cells is filled
	 */
	function fillRow(row, entity, isNew) {
		const before = row.entity.data;
		row.entity = entity;
		for (const name of shown) {
			let cell = row.cells.get(name);
			const value = columns.valueIn(entity.data, name);
			if (cell && !isNew && name !== REST &&
				columns.valueIn(before, name) === value) {
				continue;
			}
			cell ??= element('td', {
				'data-field': name, 'data-label': name === REST ? 'more' : name,
			});
			row.cells.set(name, cell);
			fillCell(cell, name, value);
		}
	}

	/**
	 * The columns changed: cells come, go and change places.
	 * @param {Row} row
	 */
	function arrangeCells(row) {
		for (const [name, cell] of row.cells) {
			if (shown.includes(name)) continue;
			cell.remove();
			row.cells.delete(name);
		}
		row.age.before(...shown.map((name) =>
			/** @type {HTMLTableCellElement} */ (row.cells.get(name))));
	}

	/**
	 * @param {Entity[]} entities
	 */
	function showRows(entities) {
		const names = columns.names();
		const isRearranged = names.length !== shown.length ||
			names.some((name, i) => name !== shown[i]);
		if (isRearranged) showHead(names);
		const wanted = new Set(entities.map(({ id }) => id));
		for (const [id, row] of rows) {
			if (wanted.has(id)) continue;
			row.line.remove();
			rows.delete(id);
		}
		let place = body.firstElementChild;
		for (const entity of entities) {
			const known = rows.get(entity.id);
			const row = known ?? createRow(entity);
			rows.set(entity.id, row);
			if (!known || isRearranged || row.entity !== entity) {
				fillRow(row, entity, !known);
			}
			if (!known || isRearranged) arrangeCells(row);
			if (row.line === place) place = place.nextElementSibling;
			else body.insertBefore(row.line, place);
		}
	}

	/** @param {Step} step */
	function mark({ id, before, after }) {
		const row = rows.get(id);
		if (!row || !after) return;
		if (!before) {
			glow(row.line);
			return;
		}
		for (const [name, cell] of row.cells) {
			const [old, now] = [before, after].map(({ data }) =>
				columns.valueIn(data, name));
			if (old === now || (name === REST && isSame(old ?? null,
				now ?? null))) continue;
			glow(cell);
		}
	}

	return {
		view,

		/** @param {Step[]} steps  count them into the columns */
		count(steps) {
			for (const { before, after } of steps) {
				if (after) columns.add(after.data);
				if (before) columns.remove(before.data);
			}
		},

		/** @param {Entity[]} entities  exactly these, in this order */
		show: showRows,

		/** @param {Step[]} steps */
		mark: (steps) => steps.forEach(mark),

		/** @param {number} now  the server's clock */
		tick(now) {
			for (const { age, entity } of rows.values()) {
				const at = Date.parse(entity.at);
				setText(age, Number.isNaN(at) ? '' : ago(now - at));
			}
		},
	};
}
