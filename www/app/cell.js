// @ts-check
/*
 * cell: how one JSON value looks in a table.  The name of the field gives a
 * hint: a state becomes a badge, a progress a bar.
 *
 * To add another look: one function in LOOKS; the first that returns
 * something wins.
 */

import { isObject } from '../lib/json.js';
import { element } from './element.js';

/** @typedef {import('../lib/json.js').Json} Json */

const JSON_CHARS_MAX = 96;
const TEXT_CHARS_MAX = 200;
const TITLE_CHARS_MAX = 2000;

/** @type {Record<string, string>} */
const TONES = Object.fromEntries(Object.entries({
	good: 'active complete completed done finished healthy ok pass passed ' +
		'ready success succeeded up',
	bad: 'aborted crashed critical dead down error failed failure fatal ' +
		'killed lost stopped',
	busy: 'building busy indexing pending planning processing queued ' +
		'retrying running starting stopping testing waiting warn warning ' +
		'working',
}).flatMap(([tone, words]) => words.split(' ').map((word) => [word, tone])));

/**
 * @param {string} text
 * @param {number} max
 */
function cut(text, max) {
	return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/**
 * @param {string} field
 * @param {Json} value
 */
function badge(field, value) {
	if (!/(^|_)(status|state|phase|result|health|level)$/i.test(field) ||
		typeof value !== 'string' || value === '' || value.length > 24) {
		return null;
	}
	const tone = TONES[value.toLowerCase()] ?? 'plain';
	return element('span', { class: 'badge', 'data-tone': tone }, value);
}

/**
 * A fraction of 1 for `progress`, of 100 for `percent`; more than all is a
 * full bar.
 * @param {string} field
 * @param {Json} value
 */
function bar(field, value) {
	if (typeof value !== 'number' || value < 0) return null;
	const [, kind] = /(?:^|_)(progress|percent|pct)$/i.exec(field) ?? [];
	if (!kind) return null;
	const max = kind.toLowerCase() === 'progress' && value <= 1 ? 1 : 100;
	return element('span', { class: 'progress' },
		element('progress', { value, max, 'aria-hidden': 'true' }),
		`${Math.round(value / max * 1000) / 10} %`);
}

/**
 * @param {string} _field
 * @param {Json} value
 */
function time(_field, value) {
	if (typeof value !== 'string' ||
		!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
			.test(value)) {
		return null;
	}
	const at = new Date(value);
	if (Number.isNaN(at.getTime())) return null;
	const isToday = at.toDateString() === new Date().toDateString();
	return element('time', { datetime: value, title: value }, isToday ?
		at.toLocaleTimeString() : at.toLocaleString());
}

/**
 * @param {string} _field
 * @param {Json} value
 */
function compact(_field, value) {
	if (!isObject(value) && !Array.isArray(value)) return null;
	const text = JSON.stringify(value);
	return element('code', { title: cut(text, TITLE_CHARS_MAX) },
		cut(text, JSON_CHARS_MAX));
}

const LOOKS = [badge, bar, time, compact];

/**
 * Fill a cell.
 * @param {HTMLElement} cell
 * @param {string} field
 * @param {Json|undefined} value  undefined: the document lacks the field
 */
export function fillCell(cell, field, value) {
	cell.classList.toggle('number', typeof value === 'number');
	cell.classList.toggle('faint', value === undefined || value === null);
	cell.removeAttribute('title');
	if (value === undefined) {
		cell.replaceChildren('–');
		return;
	}
	for (const look of LOOKS) {
		const made = look(field, value);
		if (made) {
			cell.replaceChildren(made);
			return;
		}
	}
	const text = String(value);
	if (text.length > TEXT_CHARS_MAX) cell.title = cut(text, TITLE_CHARS_MAX);
	cell.replaceChildren(cut(text, TEXT_CHARS_MAX));
}
