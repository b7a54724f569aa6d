/*
 * cgi_peer: plain CGI (RFC 3875): a process for each request.  As HttpPeer
 * (../e2e/peer/http.js).
 */

import { spawn } from 'node:child_process';

import { readHead } from '../e2e/peer/http.js';

export class CgiPeer {
	#program;
	#config;
	#child = null;
	#complain;

	/** complain(text): a program that ended badly by itself */
	constructor({ program, config, complain }) {
		this.#program = program;
		this.#config = config;
		this.#complain = complain;
	}

	ask(uri, headers, hear) {
		const { method = 'GET', ...named } = headers;
		const child = spawn(this.#program, [], {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {
				GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: method,
				REQUEST_URI: uri, REMOTE_ADDR: '127.0.0.1',
				TIDEMARK_CONFIG: this.#config,
				...Object.fromEntries(Object.entries(named).map(([name, value]) =>
					[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value])),
			},
		});
		let head = '';
		let said = '';
		this.#child = child;
		child.stderr.on('data', (bytes) => { said += bytes; });
		child.stdout.on('data', (bytes) => {
			if (child !== this.#child) return;
			if (head === null) {
				hear.body(bytes);
				return;
			}
			head += bytes.toString('latin1');
			const at = head.indexOf('\r\n\r\n');
			if (at < 0) return;
			const { status, headers: answered } = readHead(head.slice(0, at));
			const rest = Buffer.from(head.slice(at + 4), 'latin1');
			head = null;
			hear.head(status, answered);
			if (rest.length > 0) hear.body(rest);
		});
		child.on('close', (code, signal) => {
			if (child !== this.#child) return;
			this.#child = null;
			if (code !== 0) {
				this.#complain(`${uri}: CGI ended with ${code ?? signal}: ${said}`);
			}
			hear.end(head === null ? 'complete' : 'no head');
		});
	}

	nap() {}

	hangUp() {
		const child = this.#child;
		this.#child = null;
		child?.kill('SIGKILL');
	}
}
