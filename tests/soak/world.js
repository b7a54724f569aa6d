/*
 * world: what clients live in: connections, time, chance.  While it is quiet
 * nobody rests or hangs up.
 */

import { Chance } from '../e2e/crowd/documents.js';
import { epochOf } from '../e2e/crowd/model.js';
import { FcgiPeer } from '../e2e/peer/fcgi.js';
import { HttpPeer } from '../e2e/peer/http.js';
import { CgiPeer } from './cgi_peer.js';

const QUIET_REST_MS = 50;

/** FNV-1a: a seed of its own for each name. */
function mixed(seed, name) {
	let hash = 0x811c9dc5 ^ seed;
	for (const byte of Buffer.from(name)) {
		hash = Math.imul(hash ^ byte, 0x01000193);
	}
	return hash >>> 0;
}

export class World {
	quietSince = Infinity; // performance.now(); Infinity: it is not
	journal;
	#doors;
	#names = new Map();
	#resting = new Set();
	#restored = 0;
	#seed;

	/** doors: {port, socket, program, config} */
	constructor(journal, seed, doors) {
		this.journal = journal;
		this.#seed = seed;
		this.#doors = doors;
	}

	/** Choices that depend on the seed and on nobody else. */
	chanceOf(name) {
		return new Chance(mixed(this.#seed, name));
	}

	/** The name, with a number where there are several such. */
	named(name) {
		const n = (this.#names.get(name) ?? 0) + 1;
		this.#names.set(name, n);
		return n === 1 ? name : `${name} #${n}`;
	}

	/* An older copy, before its writer has opened it, ends earlier. */
	restored() {
		this.#restored++;
	}

	mayReset = (from, to) => epochOf(from) !== epochOf(to) || this.#restored > 0;

	peer(transport) {
		const { port, socket, program, config } = this.#doors;
		switch (transport) {
		case 'direct': return new FcgiPeer(socket);
		case 'kept': return new FcgiPeer(socket, { id: 258, keeps: true });
		case 'cgi': return new CgiPeer({ program, config,
			complain: (text) => this.journal.fault('CGI', text) });
		default: return new HttpPeer(port);
		}
	}

	get isQuiet() {
		return this.quietSince !== Infinity;
	}

	setQuiet(isQuiet) {
		this.quietSince = isQuiet ? performance.now() : Infinity;
		if (isQuiet) for (const wake of this.#resting) wake();
	}

	rest(ms) {
		return new Promise((resolve) => {
			const wake = () => {
				clearTimeout(timer);
				this.#resting.delete(wake);
				resolve();
			};
			const timer = setTimeout(wake,
				this.isQuiet ? Math.min(ms, QUIET_REST_MS) : ms);
			this.#resting.add(wake);
		});
	}

	/** Unless it is quiet then. */
	later(ms, action) {
		setTimeout(() => this.isQuiet || action(), ms).unref();
	}
}
