// @ts-check
/*
 * client: follows one project of a Tidemark server and holds its state.
 *
 *   answers of `changes`  ──►  store.js    what the server last told us
 *   what came of requests ──►  machine.js  live, polling, offline …
 *   effects of the machine ──► transports/ requests; timers
 *                              (of the API, or of published files)
 *   both, as events       ──►  the view
 *
 *   const client = createClient({ url: 'api/v1/', project: 'main' });
 *   client.on('status', ({ status, previous, reason }) => {});
 *   client.on('change', (steps) => {});      // see Step in store.js
 *   await client.connect();                  // the first snapshot is there
 *
 * It never gives up until close().  After any interruption it resumes at its
 * cursor; what it shows meanwhile stays.  It touches no page: lifecycle.js
 * tells it what a browser knows about visibility and networks.
 */

import { createClock } from './clock.js';
import { readAnswer, readItem, readPace } from './feed.js';
import { initialState, reduce } from './machine.js';
import { createStore } from './store.js';
import { Failure, getJson } from './transports/exchange.js';
import { longpoll } from './transports/longpoll.js';
import { poll } from './transports/poll.js';
import { files } from './transports/static.js';

/** @typedef {import('./machine.js').Status} Status */
/** @typedef {import('./machine.js').Event} MachineEvent */
/** @typedef {import('./machine.js').TimerName} TimerName */
/** @typedef {import('./store.js').Place} Place */
/** @typedef {import('./store.js').Applied} Applied */
/** @typedef {import('./store.js').Step} Step */
/** @typedef {import('./transports/transport.js').Transport} Transport */

/** @type {Transport[]} */
const TRANSPORTS = [longpoll, poll, files];

/** More torn entities than this are cheaper to cure by a snapshot. */
const MEND_MAX = 20;
/** For a request beside the feed. */
const ASIDE_ANSWER_MS = 5000;

/**
 * @typedef {object} Options
 * @property {string} [url]  the API, relative to the page or absolute; or
 *     published files, which are found when there is no API
 * @property {string} [files]  where published files are, if not there
 * @property {boolean} [onlyFiles]  there is no API: never ask for one
 * @property {string} [project]
 * @property {typeof globalThis.fetch} [fetch]
 * @property {() => number} [now]  monotonic milliseconds
 * @property {() => number} [wallNow]
 * @property {() => number} [random]
 */

/**
 * @typedef {object} StatusEvent
 * @property {Status} status
 * @property {Status} previous
 * @property {string} reason
 */

/**
 * @typedef {object} Events
 * @property {(event: StatusEvent) => void} status
 * @property {(steps: Step[]) => void} change
 * @property {() => void} contact  the server answered, or failed to
 */

/**
 * One run of a transport.
 * @typedef {object} Run
 * @property {string} transport
 * @property {string|null} since
 * @property {number} startedAt
 * @property {AbortController} controller
 * @property {boolean} answered
 */

/**
 * @param {string|undefined} url
 * @returns {URL}
 */
function apiBase(url = 'api/v1/') {
	const page = typeof document === 'undefined' ? undefined :
		document.baseURI;
	const base = new URL(url, page);
	if (!base.pathname.endsWith('/')) base.pathname += '/';
	return base;
}

/** @param {Options} [options] */
export function createClient(options = {}) {
	const {
		project = 'main', fetch = globalThis.fetch,
		now = () => performance.now(), wallNow = Date.now,
		random = Math.random,
	} = options;
	const base = apiBase(options.url);
	const filesBase = apiBase(options.files || options.url);
	const store = createStore();
	const clock = createClock(wallNow);
	let state = initialState(options.onlyFiles);
	/** @type {Run|null} */
	let current = null;
	/** @type {Map<TimerName, ReturnType<typeof setTimeout>>} */
	const timers = new Map();
	/** @type {Map<string, Place>} */
	const mending = new Map();
	/** @type {{[K in keyof Events]: Set<Events[K]>}} */
	const listeners = {
		status: new Set(), change: new Set(), contact: new Set(),
	};
	let latency = NaN;
	let lastContact = NaN;
	let lastUpdated = NaN;
	/** @type {PromiseWithResolvers<void>} */
	const first = withResolvers();

	/** @param {MachineEvent} event */
	function dispatch(event) {
		const previous = state;
		const next = reduce(state, event, { now: now(), random });
		state = next.state;
		for (const effect of next.effects) {
			if (effect.type === 'run') start(effect.transport);
			else if (effect.type === 'abort') abort();
			else if (effect.type === 'cancel') clearTimer(effect.name);
			else setTimer(effect.name, effect.ms);
		}
		if (previous.status !== state.status ||
			previous.reason !== state.reason) {
			emit('status', {
				status: state.status,
				previous: previous.status,
				reason: state.reason,
			});
		}
	}

	/**
	 * @template {keyof Events} K
	 * @param {K} name
	 * @param {Parameters<Events[K]>} args
	 */
	function emit(name, ...args) {
		for (const listener of [...listeners[name]]) {
			try {
				/** @type {(...args: any[]) => void} */ (listener)(...args);
			} catch (error) {
				// a listener's fault is no failure of the connection
				(globalThis.reportError ?? console.error)(error);
			}
		}
	}

	/** @param {TimerName} name */
	function clearTimer(name) {
		clearTimeout(timers.get(name));
		timers.delete(name);
	}

	/**
	 * @param {TimerName} name
	 * @param {number} ms
	 */
	function setTimer(name, ms) {
		clearTimer(name);
		timers.set(name, setTimeout(() => {
			timers.delete(name);
			dispatch({ type: 'timer', name });
		}, ms));
	}

	function abort() {
		current?.controller.abort();
		current = null;
	}

	/**
	 * @param {string} path  below the project, encoded
	 * @param {Record<string, string>} params
	 */
	function address(path, params) {
		const url = new URL(`${encodeURIComponent(project)}/${path}`, base);
		url.search = new URLSearchParams(params).toString();
		return url.href;
	}

	/** @param {string} path  below the project, encoded */
	const fileAddress = (path) =>
		new URL(`${encodeURIComponent(project)}/${path}`, filesBase).href;
	const isOfFiles = () => state.carrier === files.name;

	/** @param {string} name */
	function start(name) {
		const transport = TRANSPORTS.find((one) => one.name === name);
		if (!transport) throw new Error(`no transport ${name}`);
		abort();
		/** @type {Run} */
		const run = {
			transport: name,
			since: store.cursor,
			startedAt: now(),
			controller: new AbortController(),
			answered: false,
		};
		current = run;
		transport.run({
			fetch,
			signal: run.controller.signal,
			since: run.since,
			file: fileAddress,
			url: (params) => address('changes', run.since === null ? params :
				{ since: run.since, ...params }),
			answer: (body) => received(run, body),
		}).then(() => {
			if (!run.answered) throw new Failure('The connection ended');
		}).catch((error) => failed(run, error));
	}

	/**
	 * @param {Run} run
	 * @param {unknown} body
	 */
	function received(run, body) {
		if (run !== current) return;
		run.answered = true;
		const answer = readAnswer(body);
		const elapsedMs = now() - run.startedAt;
		const before = store.cursor;
		const applied = store.apply(answer);
		if (applied.outcome === 'gap') {
			throw new Failure('The answer does not continue where we are');
		}
		lastContact = now();
		if (run.transport !== longpoll.name) {
			latency = elapsedMs;
			clock.sample(answer.server_time, elapsedMs);
		}
		tell(applied, answer.kind === 'snapshot');
		first.resolve();
		dispatch({
			type: 'answer',
			transport: run.transport,
			elapsedMs,
			barren: store.cursor === before,
			notice: answer.notice,
			...readPace(answer),
		});
		emit('contact');
	}

	/**
	 * @param {Run} run
	 * @param {unknown} error
	 */
	function failed(run, error) {
		if (run !== current) return;
		const failure = error instanceof Failure ? error :
			new Failure(`The page failed: ${error}`);
		// a cursor that is not understood, or an answer that is not: afresh
		if (failure.status === 400 || failure.status === 410 || run.answered) {
			store.forgetCursor();
		}
		dispatch({
			type: 'failure',
			transport: run.transport,
			elapsedMs: now() - run.startedAt,
			reason: failure.message,
			timeout: failure.timeout,
			status: failure.status || (run.answered ? 200 : 0),
			retryAfterMs: failure.retryAfterMs,
		});
		emit('contact');
	}

	/**
	 * @param {Applied} applied
	 * @param {boolean} isNews  even if nothing changed
	 */
	function tell({ steps, torn }, isNews) {
		if (steps.length > 0 || isNews) lastUpdated = now();
		if (steps.length > 0) emit('change', steps);
		// of files no single entity can be had
		if (torn.length > (isOfFiles() ? 0 : MEND_MAX)) resync();
		else for (const place of torn) void mend(place);
	}

	function resync() {
		store.forgetCursor();
		dispatch({ type: 'sync' });
	}

	/**
	 * Fetch an entity that a patch did not fit.  By query, since an id may
	 * hold slashes that some web servers will not let through in a path.
	 * @param {Place} place
	 */
	async function mend(place) {
		const key = `${place.collection}/${place.id}`;
		if (mending.has(key)) return;
		mending.set(key, place);
		try {
			const body = await getJson(fetch, address(
				encodeURIComponent(place.collection), { match: place.id }),
			{ answerMs: ASIDE_ANSWER_MS, signal: new AbortController().signal });
			const applied = store.mend(place, readItem(body, place));
			if (applied.torn.length > 0) resync(); // older than the feed
			else tell(applied, false);
		} catch {
			if (!isOver()) resync();
		} finally {
			mending.delete(key);
		}
	}

	/**
	 * What the server says about the project and its watcher.
	 * @returns {Promise<unknown>}
	 * @throws {Failure}
	 */
	function manifest() {
		return getJson(fetch, isOfFiles() ? fileAddress('manifest.json') :
			new URL(encodeURIComponent(project), base).href, {
			answerMs: ASIDE_ANSWER_MS,
			signal: new AbortController().signal,
			cache: isOfFiles() ? 'no-cache' : 'no-store',
		});
	}

	const isOver = () => state.status === 'closed';

	return {
		store,
		manifest,

		/** @returns {Promise<void>} when the first snapshot is in the store */
		connect() {
			dispatch({ type: 'connect' });
			return first.promise;
		},
		close: () => dispatch({ type: 'close' }),
		/** Try at once. */
		reconnect: () => dispatch({ type: 'retry' }),
		/**
		 * What the page knows about itself; see lifecycle.js.
		 * @param {'hidden'|'visible'|'online'|'offline'|'wake'} type
		 */
		notice: (type) => dispatch({ type }),

		/**
		 * @template {keyof Events} K
		 * @param {K} name
		 * @param {Events[K]} listener
		 * @returns {() => void} takes it off again
		 */
		on(name, listener) {
			listeners[name].add(listener);
			return () => void listeners[name].delete(listener);
		},

		get status() {
			return state.status;
		},
		get reason() {
			return state.reason;
		},
		/** Failed tries in a row. */
		get attempt() {
			return state.pollFails;
		},
		/** What carries the data now: 'longpoll', 'poll', 'static' or ''. */
		get transport() {
			if (state.status === 'live') return longpoll.name;
			if (state.status !== 'polling') return '';
			return isOfFiles() ? files.name : poll.name;
		},
		/** Milliseconds until the next try; 0 while one is under way. */
		get nextInMs() {
			return state.nextAt ? Math.max(0, state.nextAt - now()) : 0;
		},
		/** Round trip of the last poll, ms. */
		get latency() {
			return latency;
		},
		/** Age of the last answer, ms; NaN before the first. */
		get contactAgeMs() {
			return now() - lastContact;
		},
		/** Age of the last answer that brought something, ms. */
		get updateAgeMs() {
			return now() - lastUpdated;
		},
		/** How long the server has been silent, ms; 0 while it answers. */
		get silentMs() {
			return state.failingSince ? now() - state.failingSince : 0;
		},
		/** @returns {number} the server's clock, ms since 1970 */
		serverNow: () => clock.now(),
		get cursor() {
			return store.cursor;
		},
	};
}

/** @typedef {ReturnType<typeof createClient>} Client */

/** Promise.withResolvers, which browsers before 2024 lack. */
function withResolvers() {
	/** @type {any} */
	const made = {};
	made.promise = new Promise((resolve, reject) => {
		Object.assign(made, { resolve, reject });
	});
	return made;
}
