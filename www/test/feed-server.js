/*
 * feed-server: a small server that plays the protocol on a loopback port, and
 * misbehaves on request: what the client must survive and a real server will
 * not do when asked.
 *
 *   const server = await startFeedServer();
 *   server.put('tasks', 'a', { n: 1 });
 *   server.fault = (request) => ({ status: 503 });   // or undefined
 *   server.longPoll = 'refused';     // 'held' | 'refused' | 'ignored'
 *   await server.stop();
 */

import { createServer } from 'node:http';

import { applyPatch } from '../lib/patch.js';

export async function startFeedServer({ port = 0, files } = {}) {
	const server = new FeedServer(files);
	await server.listen(port);
	return server;
}

class FeedServer {
	longPoll = 'held';
	/** What the manifest says about files that cannot be read. */
	problems = [];
	/** Every request, as {path, params, at}. */
	requests = [];
	fault = undefined;
	#epoch = 1;
	#seq = 0;
	#log = [];
	#entities = new Map();
	#waiters = new Set();
	#files;
	#http = createServer((request, response) =>
		this.#serve(request, response));

	constructor(files) {
		this.#files = files;
	}

	async listen(port) {
		await new Promise((resolve) =>
			this.#http.listen(port, '127.0.0.1', resolve));
		this.port = this.#http.address().port;
		this.url = `http://127.0.0.1:${this.port}/sub/path/api/v1/`;
	}

	/** Ends it as a crash would: connections break. */
	async stop() {
		this.#waiters.clear();
		this.#http.closeAllConnections();
		await new Promise((resolve) => this.#http.close(resolve));
	}

	async restart() {
		this.#http = createServer((request, response) =>
			this.#serve(request, response));
		await this.listen(this.port);
	}

	get cursor() {
		return `${String(this.#epoch).padStart(16, '0')}.${this.#seq}`;
	}

	get waiting() {
		return this.#waiters.size;
	}

	get feedRequests() {
		return this.requests.filter(({ path }) => path.endsWith('/changes'));
	}

	put(collection, id, data) {
		this.#commit({ op: 'put', collection, id, data });
	}

	patch(collection, id, patch) {
		this.#commit({ op: 'patch', collection, id, patch });
	}

	remove(collection, id) {
		this.#commit({ op: 'delete', collection, id });
	}

	/** @returns documents by id, as a client should hold them */
	snapshot(collection) {
		return Object.fromEntries(this.#items(collection).map((item) =>
			[item.id, item.data]));
	}

	/** Another database in the place of this one. */
	replaceAll(entities) {
		this.#epoch++;
		this.#seq = 0;
		this.#log = [];
		this.#entities.clear();
		for (const [collection, id, data] of entities) {
			this.put(collection, id, data);
		}
		this.#ring();
	}

	/** The same in the log, but with a patch that fits nothing. */
	putAsBadPatch(collection, id, data) {
		this.put(collection, id, data);
		const change = this.#log.at(-1);
		change.op = 'patch';
		change.patch = [{ op: 'remove', path: '/not/there' }];
		delete change.data;
		this.#ring();
	}

	#commit({ op, collection, id, data, patch }) {
		const key = `${collection}/${id}`;
		const before = this.#entities.get(key);
		const version = ++this.#seq;
		const at = new Date().toISOString();
		if (op === 'delete') this.#entities.delete(key);
		else this.#entities.set(key, {
			collection, id, version, at,
			data: op === 'patch' ? applyPatch(before.data, patch) : data,
		});
		this.#log.push({
			seq: version, at, collection, id, op,
			base: before?.version ?? 0, version, data, patch,
		});
		setImmediate(() => this.#ring());
	}

	#ring() {
		for (const waiter of [...this.#waiters]) waiter();
	}

	#serve(request, response) {
		const url = new URL(request.url, 'http://loopback');
		const params = Object.fromEntries(url.searchParams);
		this.requests.push({ path: url.pathname, params, at: Date.now() });
		const [, path] = url.pathname.split('/api/v1/');
		if (path === undefined) return this.#file(url.pathname, response);
		const fault = this.fault?.({ path, params });
		if (fault) return send(response, fault);
		const [, collection] = path.split('/');
		if (collection === undefined) {
			return json(response, { project: path, cursor: this.cursor,
				watcher: { state: 'ok', problems: this.problems } });
		}
		if (collection === 'changes') return this.#changes(params, response);
		return json(response, {
			cursor: this.cursor, collection,
			items: this.#items(collection, params.match),
		});
	}

	async #file(path, response) {
		const found = await this.#files?.(path);
		if (!found) return send(response, { status: 404, body: 'no file' });
		response.writeHead(200, { 'Content-Type': found.type });
		return response.end(found.body);
	}

	#items(collection, match) {
		return [...this.#entities.values()]
			.filter((one) => one.collection === collection &&
				(match === undefined || one.id === match))
			.map(({ id, version, at, data }) =>
				({ id, version, updated: at, data }));
	}

	#changes({ since, wait = '0' }, response) {
		const answer = this.answer(since);
		const isNews = answer.kind !== 'none';
		if (wait === '0' || isNews || this.longPoll === 'ignored') {
			return json(response, answer);
		}
		if (this.longPoll === 'refused') {
			return json(response,
				{ ...answer, poll: { hint: 'poll', after_ms: 300 } });
		}
		const waiter = () => {
			const news = this.answer(since);
			if (news.kind === 'none') return;
			this.#waiters.delete(waiter);
			json(response, news);
		};
		this.#waiters.add(waiter);
		response.on('close', () => this.#waiters.delete(waiter));
		return undefined;
	}

	/** What `changes` answers. */
	answer(since) {
		const head = {
			to: this.cursor, server_time: new Date().toISOString(),
			poll: { interval_ms: 3000, hint: null },
		};
		const [epoch, seq] = (since ?? '').split('.');
		const known = Number(epoch) === this.#epoch &&
			Number(seq) <= this.#seq;
		if (!known) {
			return {
				kind: 'snapshot', reset: since !== undefined || undefined,
				...head, changes: [...this.#entities.values()].map((one) =>
					({ ...one, seq: one.version, op: 'put', base: 0 })),
			};
		}
		const changes = this.#log.filter((one) => one.seq > Number(seq));
		const kind = changes.length ? 'delta' : 'none';
		return { kind, from: since, ...head, changes };
	}
}

function json(response, body) {
	send(response, { status: 200, type: 'application/json',
		body: JSON.stringify(body) });
}

function send(response, { status, type = 'text/plain', body = '',
	headers = {}, hang = false, cut = false, dripMs = 0 }) {
	if (hang) return;
	response.writeHead(status, { 'Content-Type': type, ...headers,
		...(cut ? { 'Content-Length': body.length + 10 } : {}) });
	if (dripMs) drip(response, body, dripMs);
	else if (cut) response.write(body, () => response.destroy());
	else response.end(body);
}

/** The body in eight pieces, spread over the time. */
function drip(response, body, ms) {
	const size = Math.ceil(body.length / 8);
	let sent = 0;
	const timer = setInterval(() => {
		response.write(body.slice(sent, sent + size));
		sent += size;
		if (sent < body.length) return;
		clearInterval(timer);
		response.end();
	}, ms / 8);
}
