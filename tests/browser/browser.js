/*
 * browser: Debian's Chromium, and what a test needs of a page: its states
 * with the times at which they came, and whatever it complained about.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Only a broken page needs as long as this. */
export const DEADLINE_MS = 30_000;

export async function startBrowser() {
	assert.ok(existsSync(EXECUTABLE),
		`${EXECUTABLE} is missing: make deps installs it`);
	return chromium.launch({
		executablePath: EXECUTABLE,
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
			'--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});
}

/** Runs in the page before anything else: writes down each state. */
function recordStatuses() {
	const log = [];
	window.testStatuses = log;
	new MutationObserver(() => {
		const status = document.getElementById('dot')?.dataset.status;
		if (status && log.at(-1)?.status !== status) {
			log.push({ status, at: Date.now() });
		}
	}).observe(document, { subtree: true, childList: true,
		attributeFilter: ['data-status'] });
}

/**
 * A page of its own context at the address, with `complaints`: exceptions and
 * refusals of the content security policy.
 */
export async function openPage(browser, url, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const complaints = [];
	page.setDefaultTimeout(DEADLINE_MS);
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (message) => {
		// a server that is down is told to the console too, by the browser
		if (message.type() === 'error' &&
			!message.text().startsWith('Failed to load resource')) {
			complaints.push(message.text());
		}
	});
	await page.addInitScript(recordStatuses);
	await page.goto(url);
	return { page, complaints, close: () => context.close() };
}

/** @returns {Promise<{status: string, at: number}[]>} with the page's times */
export function statusesOf(page) {
	return page.evaluate(() => window.testStatuses);
}

/** Until the dot shows one of the states. */
export async function untilStatus(page, ...wanted) {
	await page.waitForFunction((all) =>
		all.includes(document.getElementById('dot')?.dataset.status), wanted,
	{ polling: 50 });
}

/** Until a row's cell holds the text. */
export async function untilCell(page, collection, id, field, text) {
	await page.waitForFunction(([name, row, column, wanted]) => {
		const cell = document.querySelector(
			`[data-collection="${CSS.escape(name)}"] ` +
			`[data-id="${CSS.escape(row)}"] ` +
			`[data-field="${CSS.escape(column)}"]`);
		return cell?.textContent === wanted;
	}, [collection, id, field, text], { polling: 50 });
}

/** A selector for a row or a text. */
export function entry(collection, id) {
	return `[data-collection="${collection}"] [data-id="${id}"]`;
}
