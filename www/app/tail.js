// @ts-check
/*
 * tail: documents of the shape {"text": "…", "start": N}, each as the
 * scrolling end of a log.  It follows the end until the reader scrolls up,
 * and again when they scroll down.
 */

import { ago } from '../lib/clock.js';
import { isObject } from '../lib/json.js';
import { element, setText } from './element.js';
import { glow } from './glow.js';

/** @typedef {import('../lib/json.js').Json} Json */
/** @typedef {import('../lib/store.js').Entity} Entity */
/** @typedef {import('../lib/store.js').Step} Step */

/** A browser lays out this much at once without a stutter. */
const TAIL_CHARS_MAX = 48_000;
/** The old text's end, looked for in the new text. */
const OVERLAP_CHARS = 256;
const END_PX = 24;

/**
 * @typedef {object} Tail
 * @property {HTMLElement} box
 * @property {HTMLElement} size
 * @property {HTMLElement} age
 * @property {HTMLElement} end  the scrolling part
 * @property {string} text
 * @property {Entity} entity
 */

/**
 * @param {Json} data
 * @returns {data is {text: string}}
 */
export function isText(data) {
	return isObject(data) && typeof data.text === 'string' &&
		Object.keys(data).every((key) =>
			key === 'text' || key === 'start');
}

/**
 * Where the text that is new begins; a log's window may have moved on.
 * @param {string} before
 * @param {string} after
 */
function newFrom(before, after) {
	if (after.startsWith(before)) return before.length;
	const known = before.slice(-OVERLAP_CHARS);
	const at = after.lastIndexOf(known);
	return known === '' || at < 0 ? 0 : at + known.length;
}

/** @param {string} text */
function tailStart(text) {
	if (text.length <= TAIL_CHARS_MAX) return 0;
	const cut = text.length - TAIL_CHARS_MAX;
	const line = text.indexOf('\n', cut);
	return line < 0 ? cut : line + 1;
}

/** @param {string} text */
function sizeOf(text) {
	return text.length < 1000 ? `${text.length} characters` :
		`${(text.length / 1000).toFixed(1)} k characters`;
}

export function createTails() {
	/** @type {Map<string, Tail>} */
	const tails = new Map();
	const view = element('div', { class: 'tails' });

	/**
	 * @param {Entity} entity
	 * @returns {Tail}
	 */
	function createTail(entity) {
		const size = element('span');
		const age = element('span');
		const end = element('pre', {
			tabindex: 0, role: 'region', 'aria-label': entity.id,
			'data-field': 'text',
		});
		const box = element('article', { class: 'tail', 'data-id': entity.id },
			element('h3', {}, entity.id),
			element('p', { class: 'meta' }, size, age), end);
		return { box, size, age, end, text: '', entity };
	}

	/**
	 * @param {Tail} tail
	 * @param {string} text
	 * @param {boolean} isNew
	 */
	function write(tail, text, isNew) {
		const { end } = tail;
		const follows =
			end.scrollHeight - end.scrollTop - end.clientHeight < END_PX;
		const start = tailStart(text);
		const fresh = isNew ? text.length :
			Math.max(start, newFrom(tail.text, text));
		end.replaceChildren(text.slice(start, fresh));
		if (fresh < text.length) {
			end.append(element('span', { class: 'fresh' }, text.slice(fresh)));
		}
		tail.text = text;
		setText(tail.size, sizeOf(text));
		if (follows || isNew) end.scrollTop = end.scrollHeight;
	}

	/** @param {Entity[]} entities */
	function show(entities) {
		const wanted = new Set(entities.map(({ id }) => id));
		for (const [id, { box }] of tails) {
			if (wanted.has(id)) continue;
			box.remove();
			tails.delete(id);
		}
		let place = view.firstElementChild;
		for (const entity of entities) {
			const known = tails.get(entity.id);
			const tail = known ?? createTail(entity);
			tails.set(entity.id, tail);
			if (tail.box === place) place = place.nextElementSibling;
			else view.insertBefore(tail.box, place);
			if (known && known.entity === entity) continue;
			tail.entity = entity;
			if (isText(entity.data)) write(tail, entity.data.text, !known);
		}
	}

	return {
		view,
		show,

		/** @param {Step[]} steps */
		mark(steps) {
			for (const { id, before, after } of steps) {
				const tail = tails.get(id);
				if (!tail || !after) continue;
				const fresh = tail.end.querySelector('.fresh');
				glow(before && fresh ? fresh : tail.box);
			}
		},

		/** @param {number} now  the server's clock */
		tick(now) {
			for (const { age, entity } of tails.values()) {
				const at = Date.parse(entity.at);
				setText(age, Number.isNaN(at) ? '' : ago(now - at));
			}
		},
	};
}
