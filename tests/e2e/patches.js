// patches: documents before and after an edit, and what a stranger to us makes
// of the patches between them.
//
//	node patches.js before|after DIR	writes DIR/NNN.json, COUNT of them
//	node patches.js check <delta		a delta of std=1, from before to after
//
// Check applies each patch with fast-json-patch, which must accept it as valid
// and come to the document; it says how many there were, of how many
// operations.
import assert from 'node:assert';
import { renameSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import jsonpatch from 'fast-json-patch';

import { randomEdit, randomJson, seeded } from '../../www/test/random.js';

const COUNT = 300;

const pad = (nth) => Array.from({ length: 40 }, (_, i) => `line ${i} of ${nth}`);

// Elements that are known by their id, so that they move.
function edited(random, items) {
	const kept = items.filter(() => random() > 0.1);
	if (random() < 0.5)
		kept.push(...kept.splice(0, 1 + Math.floor(random() * 3)));
	if (kept.length > 1 && random() < 0.3)
		kept[1] = { ...kept[1], value: randomJson(random, 2) };
	if (random() < 0.4)
		kept.splice(Math.floor(random() * kept.length), 0,
			{ id: 'new', value: randomJson(random, 2) });
	return kept;
}

function documents() {
	return Array.from({ length: COUNT }, (_, nth) => {
		const random = seeded(nth + 1);
		const before = {
			items: Array.from({ length: 20 }, (_, i) =>
				({ id: `i${i}`, value: randomJson(random, 2) })),
			text: pad(nth).join('\n'),
			value: randomJson(random, 4),
		};
		const after = structuredClone(before);
		after.value = randomEdit(random, after.value);
		after.items = edited(random, after.items);
		if (nth % 3 === 0)
			after.text += '\none more';
		after.n = nth;
		return { before, after };
	});
}

function write(which, dir) {
	documents().forEach((one, nth) => {
		const draft = join(dir, `.${nth}.tmp`);
		writeFileSync(draft, JSON.stringify(one[which]));
		renameSync(draft, join(dir, `${nth}.json`));
	});
}

function check() {
	const all = documents();
	const { changes } = JSON.parse(readFileSync(0, 'utf8'));
	let operations = 0;
	for (const { id, op, patch } of changes) {
		assert.strictEqual(op, 'patch', id);
		const { before, after } = all[id];
		const { newDocument } = jsonpatch.applyPatch(before, patch, true);
		assert.deepStrictEqual(newDocument, after, `${id}: ${JSON.stringify(patch)}`);
		operations += patch.length;
	}
	const kinds = new Set(changes.flatMap((c) => c.patch.map((o) => o.op)));
	console.log(changes.length, operations > COUNT * 2, ...[...kinds].sort());
}

const [command, dir] = process.argv.slice(2);
if (command === 'check')
	check();
else
	write(command, dir);
