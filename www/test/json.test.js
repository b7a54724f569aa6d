import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isSame, share } from '../lib/json.js';
import { randomEdit, randomJson, seeded } from './random.js';

test('sharing gives the new value and loses nothing', () => {
	const random = seeded(3);
	for (let i = 0; i < 2000; i++) {
		const before = randomJson(random, 4);
		const after = randomEdit(random, structuredClone(before));
		const shared = share(before, after);
		assert.deepEqual(shared, after);
		assert.equal(shared === before,
			isSame(before, after) || before === after);
	}
});

test('sharing tells a missing member from a null one', () => {
	assert.deepEqual(share({ a: 1 }, { a: 1, b: null }), { a: 1, b: null });
	assert.deepEqual(share({ a: null, b: 1 }, { b: 1, c: null }),
		{ b: 1, c: null });
	assert.equal(isSame({ a: null }, { b: null }), false);
});

test('the order of members is no difference, that of items is', () => {
	assert.ok(isSame({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }));
	assert.ok(!isSame([1, 2], [2, 1]));
	assert.ok(!isSame({}, []));
	assert.ok(!isSame(0, '0'));
	assert.ok(!isSame(null, {}));
	assert.ok(!isSame(JSON.parse('{"__proto__":{}}'), { a: 1 }));
});
