// @ts-check
/*
 * status: the dot, its words, the ages and the banner.  Colour never speaks
 * alone: the dot has a shape for each state, and words beside it.  Only a
 * change of state is announced to those who hear the page (role=status).
 */

import { ago } from '../lib/clock.js';
import { byId, setText } from './element.js';

/** @typedef {import('../lib/client.js').Client} Client */
/** @typedef {import('../lib/machine.js').Status} Status */

/** @type {Record<Status, string>} */
const WORDS = {
	idle: 'Not started',
	connecting: 'Connecting…',
	live: 'Live',
	polling: 'Polling fallback',
	reconnecting: 'Reconnecting…',
	offline: 'Offline',
	closed: 'Closed',
};

const numbers = new Intl.NumberFormat();

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function counted(count, one, many) {
	return `${numbers.format(count)} ${count === 1 ? one : many}`;
}

/** @param {number} ageMs */
function timeOfDay(ageMs) {
	return new Date(Date.now() - ageMs).toLocaleTimeString();
}

/**
 * @param {Client} client
 * @param {string} project
 */
export function createStatus(client, project) {
	const dot = byId('dot');
	let updates = 0;

	setText(byId('project'), project);
	byId('retry').addEventListener('click', () => client.reconnect());

	/** Of files the word is another one: nothing failed. */
	function word() {
		return client.transport === 'static' ? 'Published files' :
			WORDS[client.status];
	}

	/** What stands behind the word, and changes too often to be announced. */
	function detail() {
		if (client.status === 'live') {
			const ms = Math.round(client.latency);
			return ` · long-poll · ${ms < 1 ? '< 1' : ms} ms`;
		}
		if (client.status === 'closed') return '';
		const silent = client.attempt > 0 ? ' · no answer' :
			client.transport === 'static' && client.reason !== '' ?
				` · ${client.reason}` : '';
		const seconds = Math.ceil(client.nextInMs / 1000);
		return silent +
			(client.nextInMs > 0 ? ` · next in ${seconds} s` : ' · asking');
	}

	function outage() {
		const since = client.silentMs > 0 ?
			` since ${timeOfDay(client.silentMs)}` : '';
		const data = Number.isNaN(client.contactAgeMs) ? 'no data yet' :
			`data from ${timeOfDay(client.contactAgeMs)}`;
		return `Server not answering${since} — ${data}. ${client.reason}`;
	}

	function show() {
		const { status } = client;
		dot.dataset.status = status;
		dot.dataset.transport = client.transport;
		setText(byId('status'), word());
		byId('status').title = client.reason;
		byId('banner').hidden = status !== 'offline';
		document.title = (status === 'live' ? '' : `${word()} `) +
			`${project} · Tidemark`;
		tick();
	}

	function tick() {
		setText(byId('detail'), detail());
		setText(byId('cursor'), client.cursor ?? '');
		if (client.status === 'offline') setText(byId('outage'), outage());
		if (!Number.isNaN(client.updateAgeMs)) {
			setText(byId('updated'), `Updated ${ago(client.updateAgeMs)}`
				.replace('Just', 'just'));
		}
		const { store } = client;
		setText(byId('counts'), [
			counted(store.names().length, 'collection', 'collections'),
			counted(store.size(), 'entry', 'entries'),
			counted(updates, 'update', 'updates'),
		].join(' · '));
	}

	return {
		show,
		tick,
		/** @param {number} count */
		addUpdates(count) {
			updates += count;
		},
	};
}
