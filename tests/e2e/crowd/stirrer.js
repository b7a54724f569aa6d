/*
 * stirrer: stir.js in a process of its own, so that files change at their pace
 * however busy the crowd is.
 *
 *	fork('stirrer.js', [DIR, SEED])
 *
 * A message {does, arg} is a method of Stir; the answer is {files, changes}
 * afterwards, files as [collection/id, document] pairs.
 */

import { Stir } from './stir.js';

const [dir, seed] = process.argv.slice(2);
const stir = new Stir(dir, Number(seed));

process.on('message', ({ does, arg }) => {
	stir[does](arg);
	process.send({ files: [...stir.files], changes: stir.changes });
});
process.on('disconnect', () => process.exit(0));
