/*
 * follow: prints what a client of published files comes to hold, a line for
 * each entity that changes: its id and its document.
 *
 *	node tests/hosts/follow.js URL
 */

import { createClient } from '../../www/lib/client.js';

const client = createClient({ url: process.argv[2] });
client.on('change', (steps) => {
	for (const { id, after } of steps) {
		console.log(`${id} ${JSON.stringify(after?.data ?? null)}`);
	}
});
await client.connect();
