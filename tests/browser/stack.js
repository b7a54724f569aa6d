/*
 * stack: the real thing below a directory of its own: lighttpd from Debian, a
 * watcher over a state directory and the FastCGI daemon on a unix socket.
 * The page is mounted at /live/, so that no address in it may be absolute.
 *
 *   const stack = await startStack();
 *   await stack.write('tasks/a.json', { n: 1 });   // renamed into place
 *   await stack.kill('fcgi');                      // SIGKILL
 *   await stack.start('fcgi');
 *   await stack.stop();
 *
 * startFiles() is the same with nothing but files: the page and what the
 * watcher publishes, below a plain document root.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
	cp, mkdir, mkdtemp, readFile, rename, rm, writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.TIDEMARK_BIN ?? join(ROOT, 'build/bin');
const LIGHTTPD = process.env.LIGHTTPD ?? '/usr/sbin/lighttpd';
const STARTED_MS = 20_000;

/** A port that was free a moment ago. */
function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

function lighttpdConfig({ port, dir }) {
	return `
server.bind = "127.0.0.1"
server.port = ${port}
server.errorlog = "${join(dir, 'error.log')}"
index-file.names = ("index.html")
mimetype.assign = (
	".css" => "text/css",
	".html" => "text/html; charset=utf-8",
	".js" => "text/javascript",
	".json" => "application/json",
	".svg" => "image/svg+xml",
)
`;
}

function apiConfig({ dir }) {
	return `
server.modules = ("mod_alias", "mod_fastcgi")
server.document-root = "${join(ROOT, 'www')}"
alias.url = ("/live/" => "${join(ROOT, 'www')}/")
fastcgi.server = ("/live/api/v1/" => ((
	"socket" => "${join(dir, 'fcgi.sock')}",
	"check-local" => "disable",
)))
`;
}

function filesConfig({ dir }) {
	return `
server.modules = ("mod_accesslog")
server.document-root = "${join(dir, 'site')}"
accesslog.filename = "${join(dir, 'access.log')}"
accesslog.format = "%U %s"
`;
}

class Stack {
	#dir;
	#programs;
	#answers;
	#running = new Map();
	#said = new Map();

	/** @param {string} answers  what does, once it is up */
	constructor(dir, port, answers) {
		this.#dir = dir;
		this.#answers = answers;
		this.url = `http://127.0.0.1:${port}/live/`;
		const state = join(dir, 'state');
		const socket = join(dir, 'fcgi.sock');
		this.#programs = {
			watcher: [join(BIN, 'tidemark-watcher'), [state]],
			publisher: [join(BIN, 'tidemark-watcher'),
				['--publish', join(dir, 'site/live/api/v1'), state]],
			fcgi: [join(BIN, 'tidemark-fcgi'),
				[state, '--listen', `unix:${socket}`]],
			lighttpd: [LIGHTTPD, ['-D', '-f', join(dir, 'lighttpd.conf')]],
		};
		for (const [program] of Object.values(this.#programs)) {
			assert.ok(existsSync(program), `${program} is missing`);
		}
	}

	/** Starts a program; see untilUp(). */
	start(name) {
		const [program, args] = this.#programs[name];
		const child = spawn(program, args,
			{ stdio: ['ignore', 'pipe', 'pipe'] });
		const ended = new Promise((resolve) => {
			child.on('close', (code, signal) => {
				this.#running.delete(name);
				resolve({ code, signal });
			});
		});
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8');
			stream.on('data', (text) => this.#said.set(name,
				(this.#said.get(name) ?? '') + text));
		}
		this.#running.set(name, { child, ended });
	}

	/** Until it answers through the web server. */
	async untilUp() {
		const deadline = Date.now() + STARTED_MS;
		for (;;) {
			const response = await fetch(this.url + this.#answers)
				.catch(() => null);
			if (response?.ok) return;
			assert.ok(Date.now() < deadline,
				`it does not answer (${response?.status}): ${this.words()}`);
			await pause(20);
		}
	}

	/** SIGKILL, and gone when this returns. */
	async kill(name) {
		const { child, ended } = this.#running.get(name);
		child.kill('SIGKILL');
		await ended;
	}

	/** SIGTERM. @returns {Promise<{code: number|null, signal: string|null}>} */
	async end(name) {
		const { child, ended } = this.#running.get(name);
		child.kill('SIGTERM');
		return ended;
	}

	path(file) {
		return join(this.#dir, 'state', file);
	}

	/** A file as a careful program writes it: renamed into place. */
	async write(file, document) {
		const path = this.path(file);
		await mkdir(dirname(path), { recursive: true });
		const fresh = join(this.#dir, 'fresh');
		await writeFile(fresh, JSON.stringify(document));
		await rename(fresh, path);
	}

	remove(file) {
		return rm(this.path(file), { recursive: true });
	}

	/** What the programs said, for a failing test. */
	words() {
		return [...this.#said].map(([name, text]) =>
			`\n--- ${name}\n${text}`).join('');
	}

	async stop() {
		await Promise.all([...this.#running.values()].map(
			({ child, ended }) => {
				child.kill('SIGTERM');
				const late = setTimeout(() => child.kill('SIGKILL'), 8000);
				return ended.then(() => clearTimeout(late));
			}));
		await rm(this.#dir, { recursive: true, force: true });
	}

	/** lighttpd's own log. */
	log() {
		return readFile(join(this.#dir, 'error.log'), 'utf8');
	}

	/** startFiles(): the requests and how they were answered. */
	async requests() {
		const log = await readFile(join(this.#dir, 'access.log'), 'utf8');
		return log.trim().split('\n').map((line) => line
			.replace('/live/api/v1/main/', ''));
	}

	/** The database is gone, as if it had never been. */
	forget() {
		return rm(this.path('.tidemark'), { recursive: true });
	}
}

async function startPrograms({ config, prepare, names, answers }) {
	const dir = await mkdtemp(join(tmpdir(), 'tidemark-browser-'));
	const port = await freePort();
	await mkdir(join(dir, 'state'));
	await prepare?.(dir);
	await writeFile(join(dir, 'lighttpd.conf'),
		lighttpdConfig({ port, dir }) + config({ dir }));
	const stack = new Stack(dir, port, answers);
	try {
		for (const name of names) stack.start(name);
		await stack.untilUp();
		return stack;
	} catch (error) {
		await stack.stop();
		throw error;
	}
}

/** @returns {Promise<Stack>} all three running, and answering */
export function startStack() {
	return startPrograms({
		config: apiConfig,
		names: ['watcher', 'fcgi', 'lighttpd'],
		answers: 'api/v1/main/changes',
	});
}

/** @returns {Promise<Stack>} a watcher that publishes, and files served */
export function startFiles() {
	return startPrograms({
		config: filesConfig,
		prepare: (dir) => cp(join(ROOT, 'www'), join(dir, 'site/live'),
			{ recursive: true }).then(() => mkdir(join(dir, 'site/live/api'))),
		names: ['publisher', 'lighttpd'],
		answers: 'api/v1/main/head.json',
	});
}
