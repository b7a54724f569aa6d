/*
 * The page in Debian's Chromium with nothing but files: its own, and those
 * that the watcher publishes, from a web server that runs no program.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import {
	entry, openPage, startBrowser, statusesOf, untilCell, untilStatus,
} from './browser.js';
import { startFiles } from './stack.js';

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser?.close());

async function until(what, condition) {
	const end = Date.now() + 30_000;
	while (!await condition()) {
		assert.ok(Date.now() < end, `waited in vain: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

test('the page works with nothing but files', async () => {
	const stack = await startFiles();
	let opened;
	try {
		await stack.write('tasks/first.json', { status: 'new', n: 0 });
		opened = await openPage(browser, stack.url);
		const { page } = opened;
		await untilStatus(page, 'polling');
		await untilCell(page, 'tasks', 'first', 'n', '0');
		assert.equal(await page.getAttribute('#dot', 'data-transport'),
			'static');
		assert.equal(await page.textContent('#status'), 'Published files');

		await stack.write('tasks/first.json', { status: 'new', n: 1 });
		await stack.write('later/second.json', { n: 2 });
		await untilCell(page, 'tasks', 'first', 'n', '1');
		await untilCell(page, 'later', 'second', 'n', '2');
		await stack.remove('tasks/first.json');
		await page.waitForSelector(entry('tasks', 'first'),
			{ state: 'detached' });
		await writeFile(stack.path('later/second.json'), '{"n": ');
		await page.waitForSelector('#problems [data-problem="later/second"]',
			{ state: 'attached' });

		await until('a 304', async () => (await stack.requests())
			.includes('head.json 304'));
		const requests = await stack.requests();
		assert.equal(requests.filter((one) => /^changes /.test(one)).length, 1);
		assert.ok(requests.some((one) =>
			/^[0-9a-f]{16}\.\d+-\d+\.json 200$/.test(one)));
		assert.ok(requests.filter((one) => /snapshot/.test(one)).length <= 2,
			'what has changed comes by segments alone');

		// another log in its place
		await stack.kill('publisher');
		await stack.forget();
		await stack.write('later/second.json', { n: 3 });
		stack.start('publisher');
		await untilCell(page, 'later', 'second', 'n', '3');
		assert.deepEqual([...new Set((await statusesOf(page)).map(
			({ status }) => status))], ['connecting', 'polling']);
		assert.deepEqual(opened.complaints, []);
	} catch (error) {
		console.error(stack.words());
		throw error;
	} finally {
		await opened?.close();
		await stack.stop();
	}
});
