import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ago, createClock } from '../lib/clock.js';

test('ages in words', () => {
	for (const [ms, words] of [
		[-500, 'Just now'], [0, 'Just now'], [4999, 'Just now'],
		[5000, '5s ago'], [59_999, '59s ago'], [60_000, '1m ago'],
		[3_599_999, '59m ago'], [3_600_000, '1h ago'],
		[86_399_999, '23h ago'], [86_400_000, '1d ago'],
	]) {
		assert.equal(ago(ms), words, String(ms));
	}
});

test('a clock ten minutes wrong is put right', () => {
	const server = Date.parse('2024-05-01T12:00:00.000Z');
	const clock = createClock(() => server - 600_000);
	clock.sample('2024-05-01T12:00:00.000Z', 0);
	assert.equal(clock.offset, 600_000);
	assert.equal(clock.now(), server);
});

test('the sample with the shortest round trip is believed', () => {
	let local = 0;
	const clock = createClock(() => local);
	const sample = (server, rtt) =>
		clock.sample(new Date(server).toISOString(), rtt);
	sample(5000, 1000);
	assert.equal(clock.offset, 5500);
	sample(5000, 10);
	assert.equal(clock.offset, 5005);
	sample(9000, 500);
	assert.equal(clock.offset, 5005);
	for (let i = 0; i < 8; i++) sample(7000, 100);
	assert.equal(clock.offset, 7050);
	local = 1;
	assert.equal(clock.now(), 7051);
});

test('nonsense is no sample', () => {
	const clock = createClock(() => 0);
	clock.sample('yesterday', 1);
	clock.sample(undefined, 1);
	assert.equal(clock.offset, 0);
});
