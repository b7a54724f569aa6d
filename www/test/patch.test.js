import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { test } from 'node:test';

import jsonpatch from 'fast-json-patch';

import { applyPatch, PatchError } from '../lib/patch.js';
import { randomJson, randomEdit, seeded } from './random.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VECTORS = process.env.VECTORS ?? join(ROOT, '../shared/vectors');

for (const name of ['tests.json', 'spec_tests.json']) {
	const file = join(VECTORS, 'json-patch', name);
	const skip = existsSync(file) ? false :
		`${file} is not there: set VECTORS`;
	if (skip) console.log(`# SKIPPED json-patch-tests: ${skip}`);
	test(`json-patch-tests ${name}`, { skip }, () => {
		const all = JSON.parse(readFileSync(file, 'utf8'));
		// the disabled ones have two members of one name or a scalar document
		const wanted = all.filter((one) => one.patch && !one.disabled);
		assert.ok(wanted.length > 10);
		for (const one of wanted) {
			const label = one.comment ?? JSON.stringify(one.patch);
			const before = structuredClone(one.doc);
			if (one.error) {
				assert.throws(() => applyPatch(one.doc, one.patch),
					PatchError, label);
			} else {
				assert.deepEqual(applyPatch(one.doc, one.patch),
					one.expected ?? one.doc, label);
			}
			assert.deepEqual(one.doc, before, `${label}: modified`);
		}
	});
}

test('agrees with fast-json-patch on random edits', () => {
	const random = seeded(20240611);
	for (let i = 0; i < 2000; i++) {
		const before = randomJson(random, 4);
		const after = randomEdit(random, structuredClone(before));
		const patch = jsonpatch.compare({ d: before }, { d: after });
		const kept = JSON.stringify(before);
		const ours = applyPatch({ d: before }, patch);
		const theirs = jsonpatch.applyPatch({ d: structuredClone(before) },
			structuredClone(patch), true).newDocument;
		assert.deepEqual(ours, theirs);
		assert.deepEqual(ours, { d: after });
		assert.equal(JSON.stringify(before), kept);
	}
});

test('agrees with fast-json-patch on random add, remove, move and copy', () => {
	const random = seeded(7);
	let applied = 0;
	for (let i = 0; i < 5000; i++) {
		const document = { a: randomJson(random, 3), b: [1, 2, 3], c: {} };
		const patch = randomOperations(random);
		let theirs;
		try {
			theirs = jsonpatch.applyPatch(structuredClone(document),
				structuredClone(patch), true).newDocument;
		} catch {
			continue; // it is lenient and strict elsewhere than we
		}
		assert.deepEqual(applyPatch(document, patch), theirs,
			JSON.stringify({ document, patch }));
		applied++;
	}
	assert.ok(applied > 500, `only ${applied} were valid`);
});

function randomOperations(random) {
	const pick = (items) => items[Math.floor(random() * items.length)];
	const paths = ['/a', '/b', '/b/0', '/b/1', '/b/-', '/c/x', '/c/y', '/d'];
	return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
		const op = pick(['add', 'remove', 'replace', 'move', 'copy']);
		const path = pick(op === 'remove' || op === 'replace' ?
			paths.filter((one) => !one.endsWith('-')) : paths);
		const from = pick(paths.filter((one) => !one.endsWith('-')));
		if (op === 'move' || op === 'copy') return { op, from, path };
		return op === 'remove' ? { op, path } :
			{ op, path, value: randomJson(random, 1) };
	});
}

test('a failing operation leaves the document as it was', () => {
	const document = { list: [1, { deep: 'x' }], text: 'abc' };
	const kept = structuredClone(document);
	const first = [
		{ op: 'add', path: '/list/0', value: 0 },
		{ op: 'replace', path: '/list/2/deep', value: 'y' },
		{ op: 'str_ins', path: '/text', pos: 3, str: 'def' },
		{ op: 'remove', path: '/list/1' },
	];
	for (const last of [
		{ op: 'remove', path: '/nowhere' },
		{ op: 'test', path: '/text', value: 'abc' },
		{ op: 'str_del', path: '/text', pos: 5, len: 2 },
		{ op: 'frobnicate', path: '/text' },
		{ op: 'add', path: '/list/9', value: 1 },
		{ op: 'add', path: '/x' },
		null,
	]) {
		assert.throws(() => applyPatch(document, [...first, last]),
			PatchError);
		assert.deepEqual(document, kept);
	}
});

test('what was not touched keeps its identity', () => {
	const document = { a: { n: 1 }, b: { c: { n: 2 }, d: [3] } };
	const patched = applyPatch(document,
		[{ op: 'replace', path: '/b/c/n', value: 5 }]);
	assert.equal(patched.a, document.a);
	assert.equal(patched.b.d, document.b.d);
	assert.notEqual(patched.b, document.b);
	assert.equal(document.b.c.n, 2);
});

test('the values of a patch are not modified by its later operations', () => {
	const patch = [
		{ op: 'add', path: '/a', value: { n: [1] } },
		{ op: 'add', path: '/a/n/-', value: 2 },
	];
	assert.deepEqual(applyPatch({}, patch), { a: { n: [1, 2] } });
	assert.deepEqual(patch[0].value, { n: [1] });
});

test('a copied value and its origin go separate ways', () => {
	const patch = [
		{ op: 'add', path: '/a/n', value: 1 },
		{ op: 'copy', from: '/a', path: '/b' },
		{ op: 'replace', path: '/b/n', value: 2 },
		{ op: 'add', path: '/a/m', value: 3 },
	];
	assert.deepEqual(applyPatch({ a: {} }, patch),
		{ a: { n: 1, m: 3 }, b: { n: 2 } });
});

test('text positions count UTF-16 code units', () => {
	const edit = (text, ...patch) => applyPatch({ text },
		patch.map((one) => ({ path: '/text', ...one }))).text;
	assert.equal(edit('a😀b', { op: 'str_ins', pos: 3, str: '!' }), 'a😀!b');
	assert.equal(edit('a😀b', { op: 'str_del', pos: 1, len: 2 }), 'ab');
	assert.equal(edit('log\n', { op: 'str_ins', pos: 4, str: 'x\n' }),
		'log\nx\n');
	assert.equal(edit('abc', { op: 'str_del', pos: 0, len: 3 }), '');
	assert.equal(edit('12345', { op: 'str_del', pos: 0, len: 2 },
		{ op: 'str_ins', pos: 3, str: '6' }), '3456');
});

test('a text operation outside the text or on no text is refused', () => {
	for (const operation of [
		{ op: 'str_ins', path: '/t', pos: 4, str: '' },
		{ op: 'str_ins', path: '/t', pos: -1, str: '' },
		{ op: 'str_ins', path: '/t', pos: 0.5, str: '' },
		{ op: 'str_ins', path: '/t', pos: '0', str: '' },
		{ op: 'str_ins', path: '/t', pos: 0 },
		{ op: 'str_ins', path: '/n', pos: 0, str: 'x' },
		{ op: 'str_del', path: '/t', pos: 2, len: 2 },
		{ op: 'str_del', path: '/t', pos: 2 },
		{ op: 'str_del', path: '/missing', pos: 0, len: 0 },
	]) {
		assert.throws(() => applyPatch({ t: 'abc', n: 1 }, [operation]),
			PatchError, JSON.stringify(operation));
	}
});

test('no patch reaches a prototype', () => {
	const document = JSON.parse('{"a":{},"__proto__":{"own":1}}');
	for (const path of [
		'/__proto__/polluted', '/a/__proto__/polluted',
		'/constructor/prototype/polluted', '/a/constructor', '/a/prototype',
		'/__proto__',
	]) {
		for (const operation of [
			{ op: 'add', path, value: 1 },
			{ op: 'replace', path, value: 1 },
			{ op: 'remove', path },
			{ op: 'move', from: '/a', path },
			{ op: 'copy', from: path, path: '/b' },
			{ op: 'test', path, value: 1 },
			{ op: 'str_ins', path, pos: 0, str: '' },
		]) {
			assert.throws(() => applyPatch(document, [operation]),
				PatchError, JSON.stringify(operation));
		}
	}
	assert.equal({}.polluted, undefined);
	assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});

test('inherited members do not exist', () => {
	for (const operation of [
		{ op: 'copy', from: '/toString', path: '/a' },
		{ op: 'replace', path: '/toString', value: 1 },
		{ op: 'remove', path: '/toString' },
	]) {
		assert.throws(() => applyPatch({}, [operation]), PatchError);
	}
	assert.throws(() => applyPatch({ a: [] }, [
		{ op: 'replace', path: '/a/length', value: 0 },
	]), PatchError);
	assert.throws(() => applyPatch({}, [
		{ op: 'toString', path: '' },
	]), PatchError);
});

test('an own member named __proto__ survives a patch beside it', () => {
	const document = JSON.parse('{"__proto__":{"own":1},"n":1}');
	const patched = applyPatch(document,
		[{ op: 'replace', path: '/n', value: 2 }]);
	assert.equal(JSON.stringify(patched), '{"__proto__":{"own":1},"n":2}');
});
