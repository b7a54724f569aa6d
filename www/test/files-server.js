/*
 * files-server: a web server that has nothing but published files, in memory,
 * and an API beside them if it is given one.
 *
 *	const server = await startFilesServer();
 *	server.publish({ places: [1, 2], snapshots: [...], segments: {...} });
 *	server.api = (params) => answer;    // of `changes`; or undefined
 */

import { createServer } from 'node:http';

export const EPOCH = '9f2c61b0a4d3e871';

export async function startFilesServer() {
	const server = new FilesServer();
	await new Promise((resolve) =>
		server.http.listen(0, '127.0.0.1', resolve));
	server.url = `http://127.0.0.1:${server.http.address().port}/live/api/v1/`;
	return server;
}

class FilesServer {
	files = new Map();
	api = undefined;
	/** Paths below the project, of all requests. */
	requests = [];
	/** What the Date header says; absent: now. */
	date = undefined;
	http = createServer((request, response) =>
		this.#serve(request, response));

	async stop() {
		this.http.closeAllConnections();
		await new Promise((resolve) => this.http.close(resolve));
	}

	/**
	 * @param {object} what
	 * places: of head.json; epoch; head: more members of it
	 * snapshots: [{name, seq, place, items: {id: [version, data]}}]
	 * segments: {'1-2': changes}; they stay
	 */
	publish({ epoch = EPOCH, places, head = {}, snapshots, segments = {} }) {
		const cursor = (seq) => `${epoch}.${seq}`;
		const put = (path, body) =>
			this.files.set(path, JSON.stringify(body));
		for (const [name, changes] of Object.entries(segments)) {
			const [from, to] = name.split('-').map(cursor);
			put(`${epoch}.${name}.json`,
				{ kind: 'delta', from, to, changes });
		}
		for (const { name, seq, items } of snapshots ?? []) {
			put(`${name}/snapshot.json`, { cursor: cursor(seq),
				collection: name, items: Object.entries(items).map(
					([id, [version, data]]) =>
						({ id, version, updated: null, data })) });
		}
		if (snapshots) {
			put('manifest.json', { project: 'main', epoch,
				cursor: cursor(places.at(-1)), watcher: { problems: [] },
				snapshots: snapshots.map(({ name, seq, place = seq }) =>
					({ name, seq, place })) });
		}
		put('head.json', { project: 'main', epoch,
			cursor: cursor(places.at(-1)),
			published: new Date().toISOString(), heartbeat_ms: 60_000,
			poll: { interval_ms: 500 }, places, ...head });
	}

	/** Those since the last call. */
	takeRequests() {
		return this.requests.splice(0);
	}

	#serve(request, response) {
		const url = new URL(request.url, 'http://loopback');
		const path = url.pathname.replace('/live/api/v1/main/', '');
		this.requests.push(path);
		if (this.date) response.setHeader('Date', this.date);
		let body = this.files.get(path);
		if (path === 'changes' && this.api) {
			body = JSON.stringify(this.api(Object.fromEntries(
				url.searchParams)));
		}
		response.writeHead(body === undefined ? 404 : 200, { 'Content-Type':
			body === undefined ? 'text/html' : 'application/json' });
		response.end(body ?? '<h1>Not found</h1>');
	}
}
