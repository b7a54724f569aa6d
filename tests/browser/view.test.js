/*
 * The page against a server that plays the protocol and misbehaves on
 * request: what the view makes of it.  page.test.js has the real stack.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { startFeedServer } from '../../www/test/feed-server.js';
import {
	entry, openPage, startBrowser, statusesOf, untilCell, untilStatus,
} from './browser.js';

const WWW = new URL('../../www/', import.meta.url);
const TYPES = {
	css: 'text/css', html: 'text/html; charset=utf-8',
	js: 'text/javascript', svg: 'image/svg+xml',
};

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser?.close());

/** The files of www/, below a mount. */
async function files(path) {
	const relative = path.replace('/sub/path/', '') || 'index.html';
	try {
		return {
			type: TYPES[relative.split('.').at(-1)],
			body: await readFile(new URL(relative, WWW)),
		};
	} catch {
		return undefined;
	}
}

/** A test with a server, filled, and a page; both end with it. */
function withPage(name, { fill, query = '', ...options }, body) {
	test(name, async () => {
		const server = await startFeedServer({ files });
		fill?.(server);
		const opened = await openPage(browser,
			`http://127.0.0.1:${server.port}/sub/path/${query}`, options);
		try {
			await body({ server, ...opened });
			assert.deepEqual(opened.complaints, []);
		} finally {
			await opened.close();
			await server.stop();
		}
	});
}

const ids = (page, collection) => page.$$eval(
	`[data-collection="${collection}"] tbody [data-id]`,
	(rows) => rows.map((row) => row.dataset.id));

withPage('an empty project explains how to begin, until something comes', {},
	async ({ server, page }) => {
		await page.waitForSelector('#empty:not([hidden])');
		server.put('tasks', 'first', { status: 'running', progress: 0.1 });
		await untilCell(page, 'tasks', 'first', 'progress', '10 %');
		assert.equal(await page.isVisible('#empty'), false);
		assert.equal(await page.textContent('#project'), 'main');
	});

withPage('a collection is a table with the union of fields as columns', {
	fill(server) {
		server.put('tasks', 'a', { deep: { x: [1] }, n: 1, s: 'text' });
		server.put('tasks', 'b', { s: 'more', late: null });
		server.put('values', 'scalar', 42);
	},
}, async ({ page }) => {
	await untilCell(page, 'values', 'scalar', 'value', '42');
	assert.deepEqual(await page.$$eval('[data-collection="tasks"] thead th',
		(cells) => cells.map((cell) => cell.textContent)),
	['id', 'n', 's', 'late', 'deep', 'last change']);
	await untilCell(page, 'tasks', 'a', 'deep', '{"x":[1]}');
	await untilCell(page, 'tasks', 'b', 'n', '–');
	await untilCell(page, 'tasks', 'b', 'late', 'null');
});

withPage('a changed cell glows for a moment, its neighbours do not', {
	fill: (server) => server.put('tasks', 'a', { n: 1, s: 'same' }),
}, async ({ server, page }) => {
	await untilStatus(page, 'live');
	await untilCell(page, 'tasks', 'a', 'n', '1');
	assert.equal(await page.$('[data-glow]'), null);
	await page.evaluate(() => {
		window.testGlows = [];
		new MutationObserver((all) => all.forEach(({ target }) => {
			const { field, glow } = target.dataset;
			window.testGlows.push({ field, on: Boolean(glow),
				at: performance.now() });
		})).observe(document.body, { subtree: true,
			attributeFilter: ['data-glow'] });
	});
	server.patch('tasks', 'a', [{ op: 'replace', path: '/n', value: 2 }]);
	await page.waitForFunction(() => window.testGlows.length === 2);
	const [on, off] = await page.evaluate(() => window.testGlows);
	assert.deepEqual([on.field, on.on, off.field, off.on],
		['n', true, 'n', false]);
	assert.ok(off.at - on.at >= 1400, `${off.at - on.at} ms`);
});

withPage('who wants no motion gets a still mark', {
	fill: (server) => server.put('tasks', 'a', { n: 1 }),
	reducedMotion: 'reduce',
}, async ({ server, page }) => {
	await untilCell(page, 'tasks', 'a', 'n', '1');
	server.put('tasks', 'a', { n: 2 });
	const style = await page.waitForFunction(() => {
		const cell = document.querySelector('[data-field="n"][data-glow]');
		if (!cell) return null;
		const { animationName, boxShadow } = getComputedStyle(cell);
		return { animationName, boxShadow };
	});
	const { animationName, boxShadow } = await style.jsonValue();
	assert.equal(animationName, 'none');
	assert.match(boxShadow, /inset/);
});

withPage('rows keep identity, order and focus while others come and go', {
	fill(server) {
		for (const id of ['r1', 'r2', 'r10']) {
			server.put('tasks', id, { n: 0 });
		}
	},
}, async ({ server, page }) => {
	await untilCell(page, 'tasks', 'r10', 'n', '0');
	assert.deepEqual(await ids(page, 'tasks'), ['r1', 'r2', 'r10']);
	await page.evaluate(() => {
		window.testRow = document.querySelector('[data-id="r2"]');
	});
	await page.focus('[data-collection="tasks"] .scroll');
	server.put('tasks', 'r1a', { n: 1, more: true });
	server.remove('tasks', 'r1');
	server.put('tasks', 'r2', { n: 2 });
	await untilCell(page, 'tasks', 'r2', 'n', '2');
	await page.waitForSelector(entry('tasks', 'r1'), { state: 'detached' });
	assert.deepEqual(await ids(page, 'tasks'), ['r1a', 'r2', 'r10']);
	assert.ok(await page.evaluate(() => window.testRow ===
		document.querySelector('[data-id="r2"]')));
	assert.ok(await page.evaluate(() =>
		document.activeElement.className === 'scroll'));
});

withPage('another database in its place leaves what is the same alone', {
	fill(server) {
		server.put('tasks', 'same', { n: 1 });
		server.put('tasks', 'gone', { n: 1 });
	},
}, async ({ server, page }) => {
	await untilStatus(page, 'live');
	await page.waitForSelector(entry('tasks', 'gone'));
	await page.evaluate(() => {
		window.testRow = document.querySelector('[data-id="same"]');
		window.testGlows = 0;
		new MutationObserver((all) => {
			window.testGlows += all.length;
		}).observe(window.testRow, { subtree: true, attributes: true,
			childList: true, attributeFilter: ['data-glow'] });
	});
	server.replaceAll([['tasks', 'same', { n: 1 }], ['tasks', 'new', {}]]);
	await page.waitForSelector(entry('tasks', 'new'));
	await page.waitForSelector(entry('tasks', 'gone'), { state: 'detached' });
	assert.ok(await page.evaluate(() => window.testRow ===
		document.querySelector('[data-id="same"]')));
	assert.equal(await page.evaluate(() => window.testGlows), 0);
	assert.equal((await statusesOf(page)).at(-1).status, 'live');
});

withPage('text from outside stays text', {
	fill(server) {
		const evil = '<img src=x onerror="window.testEvil=1">';
		server.put(evil, evil, { [evil]: evil, nested: { evil } });
		server.put('logs', evil, { text: evil });
		server.put('tasks', '__proto__', JSON.parse(
			'{"__proto__":{"polluted":1},"constructor":"c","n":1}'));
	},
}, async ({ server, page }) => {
	await untilCell(page, 'tasks', '__proto__', 'n', '1');
	await untilCell(page, 'tasks', '__proto__', '__proto__',
		'{"polluted":1}');
	server.patch('tasks', '__proto__',
		[{ op: 'replace', path: '/n', value: 2 }]);
	await untilCell(page, 'tasks', '__proto__', 'n', '2');
	assert.equal(await page.evaluate(() => window.testEvil ??
		{}.polluted), undefined);
	assert.equal(await page.$$eval('main img', (all) => all.length), 0);
});

withPage('texts are tails that follow their end until the reader scrolls', {
	fill: (server) => server.put('logs', 'a.log',
		{ text: Array.from({ length: 400 }, (_, i) => `line ${i}\n`).join(''),
			start: 4096 }),
}, async ({ server, page }) => {
	const end = `${entry('logs', 'a.log')} pre`;
	await page.waitForSelector(end);
	const fromEnd = () => page.$eval(end, (one) =>
		one.scrollHeight - one.scrollTop - one.clientHeight);
	const append = async (text) => {
		const { length } = server.snapshot('logs')['a.log'].text;
		server.patch('logs', 'a.log',
			[{ op: 'str_ins', path: '/text', pos: length, str: text }]);
		await page.waitForFunction(([where, wanted]) =>
			document.querySelector(where).textContent.endsWith(wanted),
		[end, text]);
	};
	assert.ok(await fromEnd() < 2);
	await append('one more\n');
	assert.equal(await page.textContent(`${end} .fresh`), 'one more\n');
	assert.ok(await fromEnd() < 2);
	await page.$eval(end, (one) => {
		one.scrollTop = 100;
	});
	await append('and another\n');
	assert.equal(await page.$eval(end, (one) => one.scrollTop), 100);
});

withPage('ten thousand entries stay usable', {
	fill(server) {
		for (let i = 0; i < 10_000; i++) {
			server.put('tasks', `t${i}`, { n: i, name: `name-${i}-x` });
		}
	},
}, async ({ server, page }) => {
	await page.waitForSelector(entry('tasks', 't0'));
	assert.equal((await ids(page, 'tasks')).length, 200);
	assert.match(await page.textContent('[data-collection="tasks"] .more'),
		/9.?800/);
	await page.fill('[data-collection="tasks"] input', 'NAME-4321-');
	await page.waitForSelector(entry('tasks', 't4321'));
	assert.deepEqual(await ids(page, 'tasks'), ['t4321']);
	server.put('tasks', 't4321', { n: -1, name: 'name-4321-x' });
	await untilCell(page, 'tasks', 't4321', 'n', '-1');
	await page.fill('[data-collection="tasks"] input', '');
	await page.click('[data-collection="tasks"] .more');
	await page.waitForFunction(() =>
		document.querySelectorAll('tbody tr').length === 400);
});

withPage('refused long-polls are yellow, with words beside the dot', {
	fill(server) {
		server.longPoll = 'refused';
		server.put('tasks', 'a', { n: 1 });
	},
}, async ({ server, page }) => {
	await untilStatus(page, 'polling');
	assert.equal(await page.textContent('#status'), 'Polling fallback');
	server.put('tasks', 'a', { n: 2 });
	await untilCell(page, 'tasks', 'a', 'n', '2');
	server.longPoll = 'held';
	await untilStatus(page, 'live');
	assert.equal(await page.getAttribute('#dot', 'data-transport'),
		'longpoll');
});

withPage('a login page is offline, with the reason and a way to retry', {
	fill(server) {
		server.fault = () => ({ status: 200, type: 'text/html', body: 'x' });
		server.put('tasks', 'a', { n: 1 });
	},
}, async ({ server, page }) => {
	await untilStatus(page, 'offline');
	assert.match(await page.textContent('#outage'),
		/Server not answering since .*text\/html, not JSON/);
	server.fault = undefined;
	await page.click('#retry');
	await untilStatus(page, 'live');
	assert.equal(await page.isVisible('#banner'), false);
	await untilCell(page, 'tasks', 'a', 'n', '1');
});

withPage('without a network it is offline at once, and back at once', {
	fill: (server) => server.put('tasks', 'a', { n: 1 }),
}, async ({ server, page }) => {
	await untilStatus(page, 'live');
	await page.context().setOffline(true);
	await untilStatus(page, 'offline');
	server.put('tasks', 'a', { n: 2 });
	await page.context().setOffline(false);
	await untilStatus(page, 'live');
	await untilCell(page, 'tasks', 'a', 'n', '2');
});

withPage('a file that cannot be read is named while that lasts', {
	fill(server) {
		server.put('tasks', 'a', { n: 1 });
		server.problems = [{ collection: 'tasks', id: 'a',
			reason: 'line 3: <expected> a comma', since: '' }];
	},
}, async ({ server, page }) => {
	await page.waitForSelector('#problems [data-problem="tasks/a"]',
		{ state: 'attached' });
	await page.click('#problems summary');
	assert.equal(await page.innerText('#problems li'),
		'tasks/a line 3: <expected> a comma');
	await untilCell(page, 'tasks', 'a', 'n', '1');
	server.problems = [];
	await page.waitForSelector('#problems', { state: 'hidden' });
});

withPage('the project comes from the address', { query: '?project=demo' },
	async ({ server, page }) => {
		await untilStatus(page, 'live');
		assert.equal(server.feedRequests[0].path,
			'/sub/path/api/v1/demo/changes');
		assert.equal(await page.textContent('#project'), 'demo');
	});

withPage('a narrow page needs no scrolling to the side', {
	viewport: { width: 360, height: 740 },
	fill(server) {
		server.put('tasks', `long-${'x'.repeat(200)}`, { a: 'y'.repeat(150),
			b: 1, c: { d: 'z'.repeat(300) }, status: 'running',
			progress: 0.5 });
		server.put('logs', 'log', { text: 'w'.repeat(2000) });
	},
}, async ({ page }) => {
	await page.waitForSelector('[data-collection="tasks"] [data-id]');
	assert.equal(await page.evaluate(() =>
		document.documentElement.scrollWidth), 360);
});

withPage('only a change of state is announced', {
	fill: (server) => server.put('tasks', 'a', { n: 1 }),
}, async ({ server, page }) => {
	await untilStatus(page, 'live');
	await page.evaluate(() => {
		window.testAnnounced = [];
		document.querySelectorAll('[role=status]').forEach((one) =>
			new MutationObserver(() => window.testAnnounced.push(
				one.textContent)).observe(one,
				{ subtree: true, childList: true, characterData: true }));
	});
	server.put('tasks', 'a', { n: 2 });
	await untilCell(page, 'tasks', 'a', 'n', '2');
	await page.waitForTimeout(1200);
	assert.deepEqual(await page.evaluate(() => window.testAnnounced), []);
	assert.equal(await page.$('[aria-live]'), null);
});
