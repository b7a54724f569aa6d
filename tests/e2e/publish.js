/*
 * publish: reads the published files of a project as a client has to, straight
 * from the folder, and prints what there is then, as {collection: {id: data}}.
 *
 *	node tests/e2e/publish.js state FOLDER
 *	node tests/e2e/publish.js segments FOLDER     FROM TO PATH, a line each
 *	node tests/e2e/publish.js watch FOLDER UNTIL  again and again, until there
 *	     is a file UNTIL: every time it has to come to something
 *
 * Whatever is told of must be there, must fit, and must be whole.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { createStore } from '../../www/lib/store.js';

const [, , what, folder, until] = process.argv;
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
const seqOf = (cursor) => Number(cursor.split('.')[1]);

/** The snapshots, and from which place each goes on. */
function readSnapshots(manifest) {
	return manifest.snapshots.map(({ name, seq, place }) => {
		const snapshot = read(`${name}/snapshot.json`);
		const gzip = JSON.parse(gunzipSync(readFileSync(
			`${folder}/${name}/snapshot.json.gz`)));
		assert.equal(snapshot.collection, name);
		assert.ok(seqOf(snapshot.cursor) >= seq);
		assert.ok(seqOf(gzip.cursor) >= seq);
		if (gzip.cursor === snapshot.cursor) {
			assert.deepEqual(gzip, snapshot);
		}
		return { name, snapshot,
			place: seqOf(snapshot.cursor) === seq ? place :
				seqOf(snapshot.cursor) };
	});
}

function segmentsOf({ epoch, places }) {
	return places.slice(1).map((to, i) => ({ from: places[i], to,
		name: `${epoch}.${places[i]}-${to}.json` }));
}

/** True state at the head; throws where files do not fit together. */
function readState() {
	const manifest = read('manifest.json');
	const snapshots = readSnapshots(manifest);
	const head = read('head.json');
	const store = createStore();
	const begin = Math.min(seqOf(head.cursor),
		...snapshots.map(({ place }) => place));
	assert.ok(head.places.includes(begin), `no way from ${begin}`);
	store.apply({ kind: 'snapshot', to: `${head.epoch}.${begin}`,
		changes: snapshots.flatMap(({ name, snapshot }) => {
			assert.equal(snapshot.cursor.split('.')[0], head.epoch);
			return snapshot.items.map(({ id, version, updated, data }) => ({
				collection: name, id, version, at: updated, op: 'put',
				base: 0, data }));
		}) });
	// what is not in the manifest came later, or has gone
	const placeOf = (collection) => (snapshots.find(({ name }) =>
		name === collection) ?? { place: seqOf(manifest.cursor) }).place;
	for (const { from, to, name } of segmentsOf(head)) {
		if (from < begin) continue;
		const segment = read(name);
		assert.equal(segment.from, `${head.epoch}.${from}`);
		assert.equal(segment.to, `${head.epoch}.${to}`);
		const applied = store.apply({ ...segment,
			changes: segment.changes.filter(({ collection }) =>
				from >= placeOf(collection)) });
		assert.equal(applied.outcome, 'applied');
		assert.deepEqual(applied.torn, []);
	}
	assert.equal(store.cursor, head.cursor);
	return store;
}

/** Between two files others may be put in place: then once more. */
function readAgain() {
	for (let tries = 1; ; tries++) {
		try {
			return readState();
		} catch (error) {
			if (tries === 5) throw error;
		}
	}
}

function print(store) {
	console.log(JSON.stringify(Object.fromEntries(store.names().map((name) =>
		[name, Object.fromEntries([...store.entities(name)].sort()
			.map(([id, { data }]) => [id, data]))]))));
}

if (what === 'state') {
	print(readState());
} else if (what === 'segments') {
	const head = read('head.json');
	for (const { from, to, name } of segmentsOf(head)) {
		console.log(`${head.epoch}.${from} ${head.epoch}.${to} ${name}`);
	}
} else {
	let times = 0;
	while (!existsSync(until)) {
		readAgain();
		times++;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	console.log(times > 0 ? 'whole' : 'never read');
}
