import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createStore } from '../lib/store.js';

const put = (collection, id, version, data) =>
	({ collection, id, op: 'put', base: 0, version, data, at: 'T' });
const patch = (collection, id, base, version, ...operations) =>
	({ collection, id, op: 'patch', base, version, patch: operations });
const gone = (collection, id, base, version) =>
	({ collection, id, op: 'delete', base, version });
const delta = (from, to, ...changes) => ({ kind: 'delta', from, to, changes });
const snapshot = (to, ...changes) => ({ kind: 'snapshot', to, changes });

function filled() {
	const store = createStore();
	store.apply(snapshot('e.3', put('tasks', 'a', 1, { n: 1, deep: { x: 1 } }),
		put('tasks', 'b', 2, { n: 2 }), put('logs', 'c', 3, { text: 'x' })));
	return store;
}

test('a snapshot fills the store and sets the cursor', () => {
	const store = filled();
	assert.equal(store.cursor, 'e.3');
	assert.deepEqual(store.names(), ['logs', 'tasks']);
	assert.equal(store.size(), 3);
	assert.deepEqual(store.get({ collection: 'tasks', id: 'b' }).data,
		{ n: 2 });
});

test('a delta at our cursor is applied', () => {
	const store = filled();
	const { outcome, steps, torn } = store.apply(delta('e.3', 'e.6',
		patch('tasks', 'a', 1, 4, { op: 'replace', path: '/n', value: 9 }),
		put('tasks', 'd', 5, { n: 4 }), gone('logs', 'c', 3, 6)));
	assert.equal(outcome, 'applied');
	assert.deepEqual(torn, []);
	assert.equal(store.cursor, 'e.6');
	assert.deepEqual(steps.map(({ id, before, after }) =>
		[id, before?.version, after?.version]),
	[['a', 1, 4], ['d', undefined, 5], ['c', 3, undefined]]);
	assert.deepEqual(store.names(), ['tasks']);
	assert.equal(store.get({ collection: 'tasks', id: 'a' }).data.n, 9);
});

test('a delta from elsewhere is a gap and changes nothing', () => {
	const store = filled();
	const { outcome, steps } = store.apply(delta('e.4', 'e.5',
		put('tasks', 'z', 5, {})));
	assert.equal(outcome, 'gap');
	assert.deepEqual(steps, []);
	assert.equal(store.cursor, 'e.3');
	assert.equal(store.size(), 3);
});

test('a delta that comes twice is dropped the second time', () => {
	const store = filled();
	const twice = delta('e.3', 'e.4', put('tasks', 'z', 4, {}));
	store.apply(twice);
	const { outcome, steps } = store.apply(twice);
	assert.equal(outcome, 'duplicate');
	assert.deepEqual(steps, []);
	assert.equal(store.cursor, 'e.4');
});

test('a quiet answer moves the cursor alone', () => {
	const store = filled();
	const { steps } = store.apply(
		{ kind: 'none', from: 'e.3', to: 'e.8', changes: [] });
	assert.deepEqual(steps, []);
	assert.equal(store.cursor, 'e.8');
});

test('a snapshot of another epoch reports only what differs', () => {
	const store = filled();
	const a = store.get({ collection: 'tasks', id: 'a' });
	const { steps } = store.apply({ reset: true, ...snapshot('f.3',
		put('tasks', 'a', 1, { deep: { x: 1 }, n: 1 }),
		put('tasks', 'b', 2, { n: 3 }), put('news', 'e', 3, {})) });
	assert.deepEqual(steps.map(({ collection, id, before, after }) =>
		[collection, id, Boolean(before), Boolean(after)]), [
		['tasks', 'b', true, true], ['news', 'e', false, true],
		['logs', 'c', true, false],
	]);
	assert.equal(store.get({ collection: 'tasks', id: 'a' }), a);
	assert.equal(store.cursor, 'f.3');
});

test('what did not change within a document keeps its identity', () => {
	const store = filled();
	const { steps: [{ before, after }] } = store.apply(delta('e.3', 'e.4',
		put('tasks', 'a', 4, { n: 7, deep: { x: 1 } })));
	assert.equal(after.data.deep, before.data.deep);
	assert.notEqual(after.data, before.data);
});

test('a patch at another version tears the entity until it is mended', () => {
	const store = filled();
	const place = { collection: 'tasks', id: 'a' };
	const { steps, torn } = store.apply(delta('e.3', 'e.9',
		patch('tasks', 'a', 7, 9, { op: 'replace', path: '/n', value: 9 }),
		put('tasks', 'b', 8, { n: 8 })));
	assert.deepEqual(torn.map(({ id }) => id), ['a']);
	assert.deepEqual(steps.map(({ id }) => id), ['b']);
	assert.equal(store.get(place).data.n, 1);
	assert.equal(store.cursor, 'e.9');

	const old = store.mend(place, { version: 8, at: '', data: {} });
	assert.equal(old.torn.length, 1);
	assert.equal(store.get(place).data.n, 1);

	store.mend(place, { version: 9, at: '', data: { n: 9 } });
	assert.deepEqual(store.get(place).data, { n: 9 });
	const { torn: none } = store.apply(delta('e.9', 'e.10',
		patch('tasks', 'a', 9, 10, { op: 'replace', path: '/n', value: 1 })));
	assert.deepEqual(none, []);
	assert.equal(store.get(place).data.n, 1);
});

test('a patch that cannot be applied tears the entity', () => {
	const store = filled();
	const { torn } = store.apply(delta('e.3', 'e.4', patch('tasks', 'a', 1, 4,
		{ op: 'replace', path: '/n', value: 5 },
		{ op: 'remove', path: '/missing' })));
	assert.equal(torn.length, 1);
	assert.equal(store.get({ collection: 'tasks', id: 'a' }).data.n, 1);
});

test('a patch for an entity we do not have tears it', () => {
	const store = filled();
	const { torn } = store.apply(delta('e.3', 'e.4',
		patch('tasks', 'new', 2, 4)));
	assert.equal(torn.length, 1);
	store.mend({ collection: 'tasks', id: 'new' },
		{ version: 4, at: '', data: { n: 1 } });
	assert.equal(store.get({ collection: 'tasks', id: 'new' }).version, 4);
});

test('a torn entity that was deleted meanwhile does not come back', () => {
	const store = filled();
	const place = { collection: 'tasks', id: 'a' };
	store.apply(delta('e.3', 'e.4', patch('tasks', 'a', 2, 4)));
	store.apply(delta('e.4', 'e.5', gone('tasks', 'a', 4, 5)));
	const { outcome } = store.mend(place,
		{ version: 4, at: '', data: { n: 'ghost' } });
	assert.equal(outcome, 'duplicate');
	assert.equal(store.get(place), undefined);
});

test('a torn entity that is gone leaves', () => {
	const store = filled();
	const place = { collection: 'tasks', id: 'a' };
	store.apply(delta('e.3', 'e.4', patch('tasks', 'a', 2, 4)));
	const { steps } = store.mend(place, null);
	assert.equal(steps[0].after, undefined);
	assert.equal(store.get(place), undefined);
});

test('a mended entity ahead of the feed is not set back', () => {
	const store = filled();
	const place = { collection: 'tasks', id: 'a' };
	store.apply(delta('e.3', 'e.4', patch('tasks', 'a', 2, 4)));
	store.mend(place, { version: 6, at: '', data: { n: 6 } });
	const { steps, torn } = store.apply(delta('e.4', 'e.6',
		patch('tasks', 'a', 4, 6, { op: 'add', path: '/twice', value: 1 })));
	assert.deepEqual([steps, torn], [[], []]);
	assert.deepEqual(store.get(place).data, { n: 6 });
});

test('forgetting the cursor keeps the data', () => {
	const store = filled();
	store.forgetCursor();
	assert.equal(store.cursor, null);
	assert.equal(store.size(), 3);
});

test('an entity named like a prototype is an entity', () => {
	const store = createStore();
	store.apply(snapshot('e.1', put('constructor', '__proto__', 1,
		JSON.parse('{"__proto__":1}'))));
	assert.equal(store.size(), 1);
	assert.equal(JSON.stringify(store.get(
		{ collection: 'constructor', id: '__proto__' }).data),
	'{"__proto__":1}');
});
