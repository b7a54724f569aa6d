/*
 * producer: files that come, change and go without a pause, until SIGTERM.
 *
 *	node producer.js STATE
 *
 * Each document has a member "n", a number that no file has had before and
 * that only ever grows, and for the rest stays as it is: so a change of a file
 * is a patch that replaces "n".  Most files are renamed into place; some are
 * written in place, and some removed.
 */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dir = process.argv[2];
const PACE_MS = 5;
const STEPS = 4; // at each pace
const KINDS = [['jobs', 40, 300], ['notes', 10, 20_000]]; // files, bytes
let n = Date.now() * 1000;

function step() {
	const [collection, files, bytes] = KINDS[Math.random() < 0.9 ? 0 : 1];
	const path = join(dir, collection,
		`${Math.floor(Math.random() * files)}.json`);
	const text = JSON.stringify({ n: n++, text: 'x'.repeat(bytes) });
	const roll = Math.random();
	if (roll < 0.1) {
		rmSync(path, { force: true });
	} else if (roll < 0.2) {
		writeFileSync(path, text);
	} else {
		writeFileSync(`${path}.tmp`, text);
		renameSync(`${path}.tmp`, path);
	}
}

for (const [collection] of KINDS) {
	mkdirSync(join(dir, collection), { recursive: true });
}
setInterval(() => {
	for (let i = 0; i < STEPS; i++) step();
}, PACE_MS);
process.on('SIGTERM', () => process.exit(0));
