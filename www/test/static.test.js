/*
 * The client against a real HTTP server on loopback that has published files.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createClient } from '../lib/client.js';
import { EPOCH, startFilesServer } from './files-server.js';

const DEADLINE_MS = 20_000;

async function until(what, condition) {
	const end = Date.now() + DEADLINE_MS;
	while (!condition()) {
		assert.ok(Date.now() < end, `waited in vain: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

const tests = [];

/** A test with a server and a client that end with it. */
function withClient(name, options, body) {
	tests.push([name, async () => {
		const server = await startFilesServer();
		const modes = [];
		const client = createClient({ url: server.url, ...options,
			fetch: (url, init) => {
				modes.push([url.replace(/.*\/main\//, ''), init.cache]);
				return fetch(url, init);
			} });
		const steps = [];
		client.on('change', (all) => steps.push(all.map((step) =>
			`${step.collection}/${step.id}`).sort().join(' ')));
		try {
			await body({ server, client, steps, modes });
		} finally {
			client.close();
			await server.stop();
		}
	}]);
}

const put = (collection, id, version, data, base = 0) =>
	({ seq: version, at: '', collection, id, op: 'put', base, version, data });

const stateOf = ({ store }) => Object.fromEntries(store.names().map((name) =>
	[name, Object.fromEntries([...store.entities(name)].map(
		([id, { data }]) => [id, data]))]));

const ONE = { places: [1],
	snapshots: [{ name: 'jobs', seq: 1, items: { a: [1, { n: 1 }] } }] };

withClient('without an API the files are found, and asked from then on', {},
	async ({ server, client, modes }) => {
		server.publish(ONE);
		await client.connect();
		assert.deepEqual(stateOf(client), { jobs: { a: { n: 1 } } });
		assert.deepEqual(server.takeRequests(), ['changes', 'manifest.json',
			'jobs/snapshot.json', 'head.json']);
		assert.equal(client.status, 'polling');
		assert.equal(client.transport, 'static');
		assert.equal(client.reason, '');
		await until('two polls', () => server.requests.length >= 2);
		assert.deepEqual(new Set(server.requests), new Set(['head.json']));
		assert.deepEqual(modes.slice(1).filter(([, mode]) =>
			mode !== 'no-cache'), []);
		assert.deepEqual((await client.manifest()).snapshots[0].name, 'jobs');
	});

withClient('who is told that there is no API never asks for one',
	{ onlyFiles: true }, async ({ server, client }) => {
		const connected = client.connect();
		await until('a failure', () => client.attempt > 0);
		server.publish(ONE);
		await connected;
		client.reconnect();
		await until('a poll', () => server.requests.at(-1) === 'head.json');
		assert.ok(!server.requests.includes('changes'));
	});

withClient('segments lead on, and each is asked for once', {},
	async ({ server, client, steps, modes }) => {
		server.publish(ONE);
		await client.connect();
		server.takeRequests();
		server.publish({ places: [1, 3, 4], segments: {
			'1-3': [put('jobs', 'b', 2, { n: 2 }),
				{ seq: 3, at: '', collection: 'jobs', id: 'a', op: 'patch',
					base: 1, version: 3,
					patch: [{ op: 'replace', path: '/n', value: 3 }] }],
			'3-4': [{ seq: 4, at: '', collection: 'jobs', id: 'b',
				op: 'delete', base: 2, version: 4 }],
		} });
		await until('the changes', () => client.cursor === `${EPOCH}.4`);
		assert.deepEqual(stateOf(client), { jobs: { a: { n: 3 } } });
		assert.deepEqual(new Set(server.takeRequests()), new Set(['head.json',
			`${EPOCH}.1-3.json`, `${EPOCH}.3-4.json`]));
		assert.equal(steps.length, 2); // all of it at once
		assert.equal(modes.find(([path]) => path.endsWith('.1-3.json'))[1],
			'default');
	});

withClient('where a segment is missing the snapshots are taken', {},
	async ({ server, client }) => {
		server.publish(ONE);
		await client.connect();
		server.publish({ places: [1, 3, 4], segments: { '3-4': [] },
			snapshots: [{ name: 'jobs', seq: 4, items: { c: [4, 4] } }] });
		await until('the snapshot', () => client.cursor === `${EPOCH}.4`);
		assert.deepEqual(stateOf(client), { jobs: { c: 4 } });
	});

withClient('so they are at another epoch, and from a place that is gone', {},
	async ({ server, client }) => {
		server.publish({ ...ONE, places: [1, 7],
			segments: { '1-7': [put('jobs', 'b', 7, 7)] } });
		await client.connect();
		assert.deepEqual(stateOf(client), { jobs: { a: { n: 1 }, b: 7 } });
		const epoch = '0123456789abcdef';
		server.publish({ epoch, places: [7],
			snapshots: [{ name: 'jobs', seq: 7, items: { x: [7, 0] } }] });
		await until('the epoch', () => client.cursor === `${epoch}.7`);
		assert.deepEqual(stateOf(client), { jobs: { x: 0 } });
		server.publish({ epoch, places: [8, 9], segments: { '8-9': [] },
			snapshots: [{ name: 'jobs', seq: 8, place: 9,
				items: { y: [8, 1] } }] });
		await until('the place', () => client.cursor === `${epoch}.9`);
		assert.deepEqual(stateOf(client), { jobs: { y: 1 } });
	});

withClient('snapshots of several places become one state', {},
	async ({ server, client, steps }) => {
		// jobs is of 2, and as good at 2; logs of 1, and as good at 4; others
		// is newer than the manifest says; gone was dropped, new came since
		server.publish({ places: [2, 4, 6], snapshots: [
			{ name: 'jobs', seq: 2, items: { a: [1, 'old'], b: [2, 'same'] } },
			{ name: 'logs', seq: 1, place: 4, items: { l: [1, 'log'] } },
			{ name: 'others', seq: 2, items: {} },
		], segments: {
			'2-4': [put('jobs', 'a', 3, 'new', 1), put('gone', 'g', 4, 0),
				put('others', 'o', 4, 'before it went')],
			'4-6': [put('logs', 'm', 5, 'more'), put('new', 'n', 6, 1)],
		} });
		const manifest = JSON.parse(server.files.get('manifest.json'));
		server.files.set('manifest.json', JSON.stringify(
			{ ...manifest, cursor: `${EPOCH}.4` }));
		server.files.set('others/snapshot.json', JSON.stringify({
			cursor: `${EPOCH}.4`, collection: 'others', items: [] }));
		await client.connect();
		assert.deepEqual(stateOf(client), {
			jobs: { a: 'new', b: 'same' }, logs: { l: 'log', m: 'more' },
			new: { n: 1 },
		});
		assert.equal(client.cursor, `${EPOCH}.6`);
		assert.equal(steps.length, 1);
	});

withClient('files that do not fit together are read again', {},
	async ({ server, client }) => {
		server.publish(ONE);
		const good = server.files.get('head.json');
		server.publish({ epoch: '0123456789abcdef', places: [5] });
		const connected = client.connect();
		await until('tries', () => server.requests.filter((path) =>
			path === 'manifest.json').length >= 3);
		await until('a reason', () => client.reason !== '');
		assert.equal(client.cursor, null);
		server.files.set('head.json', good);
		await connected;
		assert.deepEqual(stateOf(client), { jobs: { a: { n: 1 } } });
	});

withClient('a watcher that has ended is noticed by its files', {},
	async ({ server, client }) => {
		server.publish(ONE);
		await client.connect();
		assert.equal(client.reason, '');
		server.date = new Date(Date.now() + 600_000).toUTCString();
		await until('a notice', () => client.reason !== '');
		assert.equal(client.reason, 'Nothing was published for 10 minutes');
		assert.equal(client.status, 'polling');
		// who promises nothing is not missed
		server.publish({ places: [1], head: { heartbeat_ms: null } });
		await until('no notice', () => client.reason === '');
	});

withClient('an API that fails is helped out by files, until it is back', {},
	async ({ server, client }) => {
		server.publish({ places: [1, 2],
			segments: { '1-2': [put('jobs', 'a', 2, 'file', 1)] } });
		const head = { to: `${EPOCH}.1`, server_time: new Date().toISOString(),
			poll: { interval_ms: 500, hint: 'poll', after_ms: 300 } };
		server.api = ({ since }) => (since ?
			{ ...head, kind: 'none', from: since, to: since, changes: [] } :
			{ ...head, kind: 'snapshot',
				changes: [put('jobs', 'a', 1, 'api')] });
		await client.connect();
		assert.equal(client.transport, 'poll');
		const { api } = server;
		server.api = undefined;
		await until('the file', () => client.transport === 'static');
		assert.deepEqual(stateOf(client), { jobs: { a: 'file' } });
		server.api = api;
		await until('the API', () => client.transport === 'poll');
		assert.equal(client.cursor, `${EPOCH}.2`);
	});

withClient('where there are neither, the API is what is missed', {},
	async ({ server, client }) => {
		void client.connect();
		await until('two failures', () => client.attempt >= 2);
		assert.equal(client.reason, 'HTTP 404 Not Found');
		assert.deepEqual(server.takeRequests().slice(0, 3),
			['changes', 'manifest.json', 'changes']);
	});

// side by side: most of a test is waiting
describe('published files', { concurrency: 8 }, () => {
	for (const [name, body] of tests) test(name, body);
});
