/*
 * The client against a real HTTP server on loopback.  Waits are for events,
 * with an outer deadline that only a broken client reaches.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createClient } from '../lib/client.js';
import { startFeedServer } from './feed-server.js';

const DEADLINE_MS = 20_000;

/** Until the condition holds; looked at whenever the client says something. */
function until(client, what, condition) {
	return new Promise((resolve, reject) => {
		const offs = [];
		const end = () => {
			clearTimeout(timer);
			clearInterval(ticker);
			offs.forEach((off) => off());
		};
		const look = () => {
			if (!condition()) return;
			end();
			resolve();
		};
		const timer = setTimeout(() => {
			end();
			reject(new Error(`waited in vain: ${what}; ${client.status}, ` +
				client.reason));
		}, DEADLINE_MS);
		const ticker = setInterval(look, 20);
		for (const name of ['status', 'change', 'contact']) {
			offs.push(client.on(name, look));
		}
		look();
	});
}

const tests = [];

/** A test with a server and a client that end with it. */
function withClient(name, body) {
	tests.push([name, async () => {
		const server = await startFeedServer();
		const client = createClient({ url: server.url });
		const statuses = [];
		client.on('status', ({ status, reason }) =>
			statuses.push({ status, reason, at: Date.now() }));
		try {
			await body({ server, client, statuses });
		} finally {
			client.close();
			await server.stop();
		}
	}]);
}

const dataOf = (client, collection, id) =>
	client.store.get({ collection, id })?.data;

withClient('the first request is one snapshot of the whole project',
	async ({ server, client }) => {
		server.put('tasks', 'a', { n: 1 });
		server.put('logs', 'deep/b', { text: 'x' });
		await client.connect();
		assert.deepEqual(dataOf(client, 'tasks', 'a'), { n: 1 });
		assert.deepEqual(dataOf(client, 'logs', 'deep/b'), { text: 'x' });
		assert.equal(client.status, 'live');
		const [first] = server.requests;
		assert.equal(first.path, '/sub/path/api/v1/main/changes');
		assert.equal(first.params.since, undefined);
	});

withClient('a change arrives through the parked long-poll',
	async ({ server, client }) => {
		server.put('tasks', 'a', { n: 1 });
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		server.patch('tasks', 'a',
			[{ op: 'replace', path: '/n', value: 2 }]);
		await until(client, 'the patch', () =>
			dataOf(client, 'tasks', 'a').n === 2);
		await until(client, 'parked again', () => server.waiting === 1);
		server.remove('tasks', 'a');
		await until(client, 'the delete', () => client.store.size() === 0);
		assert.equal(client.transport, 'longpoll');
		assert.equal(server.feedRequests[1].params.wait, '25');
	});

withClient('it resumes at its cursor after the server was killed',
	async ({ server, client, statuses }) => {
		server.put('tasks', 'a', { n: 1 });
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		await server.stop();
		await until(client, 'loss', () => client.status === 'polling');
		assert.deepEqual(statuses.map(({ status }) => status).slice(0, 4),
			['connecting', 'live', 'reconnecting', 'polling']);
		assert.deepEqual(dataOf(client, 'tasks', 'a'), { n: 1 });
		server.put('tasks', 'b', { n: 2 });
		const asked = server.feedRequests.length;
		await server.restart();
		const back = Date.now();
		await until(client, 'live again', () => client.status === 'live');
		assert.ok(Date.now() - back < 5000, `${Date.now() - back} ms`);
		assert.deepEqual(dataOf(client, 'tasks', 'b'), { n: 2 });
		assert.ok(server.feedRequests[asked].params.since);
	});

withClient('offline after three failures, with the reason, then live',
	async ({ server, client }) => {
		server.fault = () => ({ status: 503, type: 'text/html' });
		const connected = client.connect();
		await until(client, 'offline', () => client.status === 'offline');
		assert.equal(client.reason, 'HTTP 503 Service Unavailable');
		assert.ok(client.silentMs > 0);
		server.fault = undefined;
		await connected;
		assert.equal(client.status, 'live');
		assert.equal(client.reason, '');
		assert.equal(client.silentMs, 0);
	});

withClient('refused long-polls turn into polling, and back when let in',
	async ({ server, client }) => {
		server.longPoll = 'refused';
		await client.connect();
		await until(client, 'polling', () => client.status === 'polling');
		assert.equal(client.transport, 'poll');
		server.put('tasks', 'a', { n: 1 });
		await until(client, 'data by polling', () =>
			dataOf(client, 'tasks', 'a')?.n === 1);
		server.longPoll = 'held';
		await until(client, 'live', () => client.status === 'live');
		assert.equal(server.waiting, 1);
	});

withClient('a server that ignores wait is polled, not hammered',
	async ({ server, client }) => {
		server.longPoll = 'ignored';
		await client.connect();
		await until(client, 'polling', () => client.status === 'polling');
		assert.ok(server.requests.length < 10, `${server.requests.length}`);
		server.put('tasks', 'a', {});
		await until(client, 'data', () => client.store.size() === 1);
	});

withClient('long-polls that break leave polling, and data flows',
	async ({ server, client }) => {
		server.fault = ({ params }) => (params.wait === '25' ?
			{ status: 502, body: 'bad gateway' } : undefined);
		await client.connect();
		await until(client, 'polling', () => client.status === 'polling');
		server.put('tasks', 'a', {});
		await until(client, 'data', () => client.store.size() === 1);
		assert.match(client.reason, /502/);
		server.fault = undefined;
		await until(client, 'live', () => client.status === 'live');
	});

withClient('an unknown cursor is cured by the snapshot in its answer',
	async ({ server, client, statuses }) => {
		server.put('tasks', 'same', { n: 1, deep: [1] });
		server.put('tasks', 'old', {});
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		const same = dataOf(client, 'tasks', 'same');
		const seen = [];
		client.on('change', (steps) => seen.push(...steps));
		server.replaceAll([['tasks', 'same', { n: 1, deep: [1] }],
			['tasks', 'new', {}]]);
		await until(client, 'the reset', () =>
			dataOf(client, 'tasks', 'new'));
		assert.equal(dataOf(client, 'tasks', 'same'), same);
		assert.equal(dataOf(client, 'tasks', 'old'), undefined);
		assert.deepEqual(seen.map(({ id }) => id).sort(), ['new', 'old']);
		assert.deepEqual(statuses.map(({ status }) => status),
			['connecting', 'live']);
	});

withClient('an entity whose patch does not fit is fetched',
	async ({ server, client }) => {
		server.put('tasks', 'dir/a b', { n: 1 });
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		server.putAsBadPatch('tasks', 'dir/a b', { n: 2 });
		await until(client, 'mended', () =>
			dataOf(client, 'tasks', 'dir/a b').n === 2);
		const fetched = server.requests.filter(({ path }) =>
			path.endsWith('/main/tasks'));
		assert.deepEqual(fetched.map(({ params }) => params.match),
			['dir/a b']);
		assert.equal(client.status, 'live');
	});

withClient('where even that fails a snapshot cures it',
	async ({ server, client }) => {
		server.put('tasks', 'a', { n: 1 });
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		server.fault = ({ path }) => (path === 'main/tasks' ?
			{ status: 500 } : undefined);
		server.putAsBadPatch('tasks', 'a', { n: 2 });
		await until(client, 'mended', () =>
			dataOf(client, 'tasks', 'a').n === 2);
		assert.equal(client.status, 'live');
	});

withClient('what was fetched too late to be new is not trusted',
	async ({ server, client }) => {
		server.put('tasks', 'a', { n: 1 });
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		const body = JSON.stringify({ cursor: server.cursor, items: [
			{ id: 'a', version: 1, updated: '', data: { n: 1 } }] });
		server.fault = ({ path }) => (path === 'main/tasks' ?
			{ status: 200, type: 'application/json', body } : undefined);
		server.putAsBadPatch('tasks', 'a', { n: 2 });
		await until(client, 'mended', () =>
			dataOf(client, 'tasks', 'a').n === 2);
	});

withClient('an entity is fetched once at a time', async (
	{ server, client }) => {
	server.put('tasks', 'a', { n: 1 });
	await client.connect();
	await until(client, 'parked', () => server.waiting === 1);
	server.fault = ({ path }) => (path === 'main/tasks' ? { hang: true } :
		undefined);
	for (let i = 0; i < 3; i++) {
		server.putAsBadPatch('tasks', 'a', { n: i });
		await until(client, 'told', () => client.cursor === server.cursor);
	}
	assert.equal(server.requests.filter(({ path }) =>
		path.endsWith('/main/tasks')).length, 1);
});

withClient('a slow body is no failure while its bytes keep coming',
	async ({ server, client, statuses }) => {
		server.put('tasks', 'a', { n: 1 });
		server.fault = ({ params }) => (params.since ? undefined :
			{ status: 200, type: 'application/json', dripMs: 6500,
				body: JSON.stringify(server.answer()) });
		await client.connect();
		assert.equal(client.store.size(), 1);
		assert.deepEqual(statuses.map(({ status }) => status),
			['connecting', 'live']);
	});

for (const [what, fault, reason] of [
	['a login page', { status: 200, type: 'text/html; charset=utf-8',
		body: '<form>' }, /text\/html, not JSON \(a login page\?\)/],
	['a problem', { status: 404, type: 'application/problem+json',
		body: '{"title":"No such project","detail":"main"}' },
	/HTTP 404 No such project: main/],
	['cut short', { status: 200, type: 'application/json', body: '{"kind"',
		cut: true }, /cannot be reached/],
	['half a document', { status: 200, type: 'application/json',
		body: '{"kind":' }, /cut short or not JSON/],
	['another document', { status: 200, type: 'application/json',
		body: '{"kind":"delta"}' }, /not a change feed/],
	['a senseless change', { status: 200, type: 'application/json',
		body: '{"kind":"snapshot","to":"x","changes":[{"op":"put"}]}' },
	/not a change feed/],
	['a delta we did not ask for', { status: 200, type: 'application/json',
		body: '{"kind":"delta","from":"x","to":"y","changes":[]}' },
	/does not continue/],
	['null', { status: 200, type: 'application/json', body: 'null' },
		/not a change feed/],
]) {
	withClient(`${what} is a failure with a reason`,
		async ({ server, client, statuses }) => {
			server.put('tasks', 'a', {});
			server.fault = () => fault;
			const connected = client.connect();
			await until(client, 'attempt', () => client.attempt > 0);
			assert.match(client.reason, reason);
			assert.equal(client.status, 'connecting');
			server.fault = undefined;
			client.reconnect();
			await connected;
			assert.equal(client.store.size(), 1);
			assert.equal(statuses.at(-1).status, 'live');
		});
}

withClient('a cursor that is refused with 400 is dropped',
	async ({ server, client }) => {
		server.put('tasks', 'a', {});
		await client.connect();
		await until(client, 'parked', () => server.waiting === 1);
		const { cursor } = client;
		server.fault = ({ params }) => (params.since === cursor ?
			{ status: 400 } : undefined);
		client.reconnect();
		await until(client, 'loss', () => client.status !== 'live');
		server.put('tasks', 'b', {});
		await until(client, 'live', () => client.status === 'live');
		assert.equal(client.store.size(), 2);
	});

withClient('a server that says nothing is a failure', async (
	{ server, client }) => {
	server.fault = () => ({ hang: true });
	client.connect();
	await until(client, 'attempt', () => client.attempt > 0);
	assert.equal(client.reason, 'No answer within 5 s');
});

withClient('closing ends everything', async ({ server, client }) => {
	await client.connect();
	await until(client, 'parked', () => server.waiting === 1);
	client.close();
	assert.equal(client.status, 'closed');
	await new Promise((resolve) => setTimeout(resolve, 300));
	assert.equal(server.waiting, 0);
	const { length } = server.requests;
	server.put('tasks', 'a', {});
	await new Promise((resolve) => setTimeout(resolve, 300));
	assert.equal(server.requests.length, length);
});

withClient("a listener's fault does not stop the feed", async (
	{ server, client }) => {
	await client.connect();
	const thrown = new Promise((resolve) => {
		globalThis.reportError = resolve;
	});
	client.on('change', () => {
		throw new Error('the view is broken');
	});
	server.put('tasks', 'a', {});
	assert.equal((await thrown).message, 'the view is broken');
	delete globalThis.reportError;
	await until(client, 'data', () => client.store.size() === 1);
	assert.equal(client.status, 'live');
});

withClient('the store converges while the line breaks again and again',
	async ({ server, client }) => {
		client.connect();
		for (let round = 0; round < 6; round++) {
			for (let i = 0; i < 20; i++) {
				server.put('tasks', `t${(i * 7) % 10}`, { round, i });
			}
			if (round % 2) server.remove('tasks', 't3');
			await server.stop();
			server.put('tasks', 'away', { round });
			await server.restart();
			client.reconnect();
			await until(client, 'caught up', () =>
				dataOf(client, 'tasks', 'away')?.round === round);
		}
		await until(client, 'the head', () => client.cursor === server.cursor);
		const expected = server.snapshot('tasks');
		const held = [...client.store.entities('tasks').values()];
		assert.deepEqual(
			Object.fromEntries(held.map(({ id, data }) => [id, data])),
			expected);
	});

// side by side: most of a test is waiting
describe('a client', { concurrency: 8 }, () => {
	for (const [name, body] of tests) test(name, body);
});
