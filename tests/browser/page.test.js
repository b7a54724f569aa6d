/*
 * The whole chain in Debian's Chromium: a file changes, the watcher sees it,
 * the FastCGI daemon answers through lighttpd, the page shows it.  Times that
 * are asserted are the page's own.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import {
	entry, openPage, startBrowser, statusesOf, untilCell, untilStatus,
} from './browser.js';
import { startStack } from './stack.js';

const GREEN_MS = 5000;

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser?.close());

/** A test with a stack, a first entry and a page that is live. */
function withStack(name, body) {
	test(name, async () => {
		const stack = await startStack();
		let opened;
		try {
			await stack.write('tasks/first.json', { status: 'new', n: 0 });
			opened = await openPage(browser, stack.url);
			await untilStatus(opened.page, 'live');
			await untilCell(opened.page, 'tasks', 'first', 'n', '0');
			await body({ stack, page: opened.page });
			assert.deepEqual(opened.complaints, []);
		} catch (error) {
			console.error(stack.words());
			throw error;
		} finally {
			await opened?.close();
			await stack.stop();
		}
	});
}

/** When the page showed the state for the first time after that moment. */
async function shownAt(page, status, after) {
	const all = await statusesOf(page);
	return all.find((one) => one.status === status && one.at >= after)?.at;
}

withStack('a file that changes is seen in the page', async (
	{ stack, page }) => {
	for (let n = 1; n <= 5; n++) {
		await stack.write('tasks/first.json', { status: 'new', n });
		await untilCell(page, 'tasks', 'first', 'n', String(n));
	}
	await stack.write('tasks/deep/second.json', { status: 'running' });
	await untilCell(page, 'tasks', 'deep/second', 'status', 'running');
	assert.deepEqual((await statusesOf(page)).map(({ status }) => status),
		['connecting', 'live']);
});

withStack('a file that is written in place is seen too', async (
	{ stack, page }) => {
	await writeFile(stack.path('tasks/first.json'), '{"n": 7}');
	await untilCell(page, 'tasks', 'first', 'n', '7');
});

withStack('a broken file is named, and its last good version stays', async (
	{ stack, page }) => {
	await writeFile(stack.path('tasks/first.json'), '{"n": ');
	await page.waitForSelector('#problems [data-problem="tasks/first"]',
		{ state: 'attached' });
	assert.equal(await page.textContent(
		`${entry('tasks', 'first')} [data-field="n"]`), '0');
	await writeFile(stack.path('tasks/first.json'), '{"n": 8}');
	await untilCell(page, 'tasks', 'first', 'n', '8');
	await page.waitForSelector('#problems', { state: 'hidden' });
});

withStack('the row of a deleted file goes', async ({ stack, page }) => {
	await stack.write('tasks/second.json', { n: 2 });
	await page.waitForSelector(entry('tasks', 'second'));
	await stack.remove('tasks/first.json');
	await page.waitForSelector(entry('tasks', 'first'),
		{ state: 'detached' });
	assert.ok(await page.$(entry('tasks', 'second')));
});

withStack('a directory that appears is a new collection', async (
	{ stack, page }) => {
	await stack.write('later/one.json', { hello: 'world' });
	await untilCell(page, 'later', 'one', 'hello', 'world');
	assert.deepEqual(await page.$$eval('[data-collection]', (all) =>
		all.map((one) => one.dataset.collection)), ['later', 'tasks']);
});

withStack('the killed backend is seen at once, its return within 5 s',
	async ({ stack, page }) => {
		const killed = Date.now();
		await stack.kill('fcgi');
		await untilStatus(page, 'reconnecting', 'polling');
		await untilStatus(page, 'polling');
		const [gray, yellow] = [await shownAt(page, 'reconnecting', killed),
			await shownAt(page, 'polling', killed)];
		assert.ok(gray && gray <= yellow);
		assert.equal(await page.textContent(
			`${entry('tasks', 'first')} [data-field="n"]`), '0');

		await stack.write('tasks/first.json', { status: 'new', n: 1 });
		stack.start('fcgi');
		await stack.untilUp();
		const back = Date.now();
		await untilStatus(page, 'live');
		const green = await shownAt(page, 'live', killed);
		assert.ok(green - back <= GREEN_MS, `green after ${green - back} ms`);
		await untilCell(page, 'tasks', 'first', 'n', '1');
	});

withStack('a long outage has a banner, and ends within 5 s as well',
	async ({ stack, page }) => {
		const killed = Date.now();
		await stack.kill('fcgi');
		await untilStatus(page, 'offline');
		assert.match(await page.textContent('#outage'),
			/^Server not answering since .* — data from .*HTTP 50\d/);
		stack.start('fcgi');
		await stack.untilUp();
		const back = Date.now();
		await untilStatus(page, 'live');
		const green = await shownAt(page, 'live', killed);
		assert.ok(green - back <= GREEN_MS, `green after ${green - back} ms`);
		assert.equal(await page.isVisible('#banner'), false);
	});

withStack('the web server itself may go and come back', async (
	{ stack, page }) => {
	await stack.kill('lighttpd');
	await untilStatus(page, 'polling');
	stack.start('lighttpd');
	await stack.untilUp();
	await untilStatus(page, 'live');
	await stack.write('tasks/first.json', { n: 3 });
	await untilCell(page, 'tasks', 'first', 'n', '3');
});
