// @ts-check
/*
 * app: the page.  The client (../lib/client.js) follows the server; this puts
 * what it says on the screen, at most once a frame:
 *
 *   status.js      the dot, the ages, the banner
 *   problems.js    files that the watcher cannot read
 *   collection.js  a section for each collection
 *     table.js     its rows (columns.js, cell.js)
 *     tail.js      or its texts
 *   glow.js        the mark on what just changed
 */

import { createClient } from '../lib/client.js';
import { followPage } from '../lib/lifecycle.js';
import { createCollection } from './collection.js';
import { byId } from './element.js';
import { watchProblems } from './problems.js';
import { createStatus } from './status.js';

/** @typedef {import('../lib/store.js').Step} Step */

const HIDDEN_FRAME_MS = 100;
const TICK_MS = 1000;

/**
 * @param {string} name
 * @param {string} otherwise
 */
function meta(name, otherwise) {
	const found = document.querySelector(`meta[name="${name}"]`);
	return found?.getAttribute('content') || otherwise;
}

/** @param {() => void} draw */
function nextFrame(draw) {
	// a hidden page is given no frames
	if (document.visibilityState === 'hidden') {
		setTimeout(draw, HIDDEN_FRAME_MS);
	} else {
		requestAnimationFrame(draw);
	}
}

const project = new URLSearchParams(location.search).get('project') ||
	meta('tidemark-project', 'main');
const client = createClient({
	url: meta('tidemark-api', 'api/v1/'),
	files: meta('tidemark-files', ''),
	project,
});
const status = createStatus(client, project);
/** @type {Map<string, import('./collection.js').Collection>} */
const collections = new Map();
/** @type {Step[]} */
let pending = [];
let isDrawn = false;

/** @param {string} name */
function sectionOf(name) {
	const known = collections.get(name);
	if (known) return known;
	const made = createCollection(name, client.store);
	collections.set(name, made);
	const later = [...collections.keys()].sort();
	const next = collections.get(later[later.indexOf(name) + 1]);
	byId('collections').insertBefore(made.section, next?.section ?? null);
	return made;
}

function draw() {
	const steps = pending;
	pending = [];
	/** @type {Map<string, Step[]>} */
	const byName = new Map();
	for (const step of steps) {
		const list = byName.get(step.collection);
		if (list) list.push(step);
		else byName.set(step.collection, [step]);
	}
	for (const [name, list] of byName) {
		sectionOf(name).update(list, isDrawn);
	}
	if (isDrawn) status.addUpdates(steps.length);
	isDrawn = true;
	byId('empty').hidden = client.store.size() > 0;
	tick();
}

function tick() {
	status.tick();
	for (const one of collections.values()) one.tick(client.serverNow());
}

client.on('change', (steps) => {
	if (pending.length === 0) nextFrame(draw);
	pending.push(...steps);
});
client.on('status', () => status.show());
client.on('contact', () => status.tick());
followPage(client);
watchProblems(client);
setInterval(tick, TICK_MS);
status.show();
await client.connect();
if (pending.length === 0 && !isDrawn) draw();
