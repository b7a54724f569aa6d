// @ts-check
/*
 * problems: files that the watcher cannot read or parse.  The last good
 * version of such a file stays in its table, which alone would look as if all
 * were well.  The feed does not tell of them, so the manifest is asked.
 */

import { isObject } from '../lib/json.js';
import { byId, element, setText } from './element.js';

const ASK_MS = 5000;

/**
 * @param {unknown} manifest
 * @returns {{place: string, reason: string}[]}
 */
function read(manifest) {
	const watcher = isObject(manifest) && isObject(manifest.watcher) ?
		manifest.watcher : {};
	const list = Array.isArray(watcher.problems) ? watcher.problems : [];
	return list.filter(isObject).map(({ collection, id, reason }) => ({
		place: [collection, id].filter((part) =>
			typeof part === 'string' && part !== '').join('/'),
		reason: String(reason ?? 'cannot be read'),
	}));
}

/** @param {ReturnType<typeof read>} problems */
function show(problems) {
	const view = byId('problems');
	const [title, list] = view.children;
	view.hidden = problems.length === 0;
	setText(title, problems.length === 1 ?
		'One file cannot be read: its last good version stays' :
		`${problems.length} files cannot be read: their last good versions ` +
		'stay');
	list.replaceChildren(...problems.map(({ place, reason }) =>
		element('li', { 'data-problem': place },
			element('b', {}, place), ` ${reason}`)));
}

/** @param {import('../lib/client.js').Client} client */
export function watchProblems(client) {
	let shown = '[]';

	async function ask() {
		const isAnswering = client.status === 'live' ||
			(client.status === 'polling' && client.attempt === 0);
		if (!isAnswering || document.visibilityState === 'hidden') return;
		const manifest = await client.manifest().catch(() => null);
		if (manifest === null) return; // the next one may tell
		const problems = read(manifest);
		const text = JSON.stringify(problems);
		if (text !== shown) show(problems);
		shown = text;
	}

	client.on('status', () => void ask());
	setInterval(() => void ask(), ASK_MS);
}
