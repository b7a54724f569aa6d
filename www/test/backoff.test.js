import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	coolDown, firstRetryDelay, hintDelay, pollDelay, retryAfter,
	secondRetryDelay,
} from '../lib/backoff.js';
import { seeded } from './random.js';

/** The least and the most of many draws, and of the extremes. */
function range(delay) {
	const random = seeded(1);
	const all = Array.from({ length: 1000 }, () => delay(random));
	all.push(delay(() => 0), delay(() => 1));
	return [Math.min(...all), Math.max(...all)];
}

test('every delay stays within its bounds', () => {
	assert.deepEqual(range((r) => pollDelay(r)), [2400, 3600]);
	assert.deepEqual(range((r) => pollDelay(r, 1000)), [800, 1200]);
	assert.deepEqual(range(firstRetryDelay), [0, 300]);
	assert.deepEqual(range(secondRetryDelay), [100, 1000]);
	assert.deepEqual(range((r) => hintDelay(r, 1000)), [1000, 1200]);
	assert.deepEqual(range((r) => hintDelay(r, 0)), [250, 300]);
	assert.deepEqual(range((r) => hintDelay(r, 1e9)), [30_000, 36_000]);
	assert.deepEqual(range((r) => coolDown(r, 0)), [24_000, 30_000]);
	assert.deepEqual(range((r) => coolDown(r, 1)), [48_000, 60_000]);
	assert.deepEqual(range((r) => coolDown(r, 99)), [240_000, 300_000]);
});

test('delays spread a herd', () => {
	const random = seeded(5);
	const buckets = new Map();
	for (let i = 0; i < 1000; i++) {
		const bucket = Math.floor(pollDelay(random) / 100);
		buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
	}
	assert.ok(Math.max(...buckets.values()) < 150);
});

test('Retry-After is seconds or a date, and bounded', () => {
	const now = Date.parse('Wed, 01 May 2024 12:00:00 GMT');
	assert.equal(retryAfter('7', now), 7000);
	assert.equal(retryAfter('Wed, 01 May 2024 12:00:30 GMT', now), 30_000);
	assert.equal(retryAfter('Wed, 01 May 2024 11:00:00 GMT', now), 0);
	assert.equal(retryAfter('999999', now), 300_000);
	assert.equal(retryAfter('soon', now), undefined);
	assert.equal(retryAfter('', now), undefined);
	assert.equal(retryAfter(null, now), undefined);
});
