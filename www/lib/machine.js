// @ts-check
/*
 * machine: the states of the connection, as one pure function.
 *
 *   reduce(state, event, {now, random}) -> {state, effects}
 *
 * It knows no clock, no network and no page: the client (client.js) turns the
 * effects into requests and timers and what comes of them into events.
 *
 *   idle ──connect──► connecting ──answer──► live ◄──────┐ push parked
 *                        │                    │ push lost │
 *                        │ 3 failures         ▼           │
 *                        │        ┌──── reconnecting ─────┤ answered
 *                        ▼        │           │ 1 s       │
 *                     offline ◄───┴─────── polling ───────┘
 *                      3 failed polls, or the browser says offline
 *
 * Invariants:
 *  - I1  Without a push transport that works the poller runs.  A poll that is
 *        answered parks a long-poll at once: green after one round trip.
 *  - I3  Nothing but close() ends it: failures only change the pace, and the
 *        pace never falls below one try in 3.6 s, unless the server named a
 *        time itself (Retry-After).  So after an outage of any length the
 *        page is live again within 5 s.
 *  - At most one exchange is under way; `run` replaces the one before.
 *
 * A push transport that was refused or failed lately is on *trial*: it turns
 * the state live only after it has been parked for SETTLE_MS, so that the dot
 * does not flicker.  A refusal carries the same answer a poll would have, so
 * a trial costs nothing.
 *
 * Below the poller there is one rung more: where an API does not answer, but
 * something else does, published files (STATIC) are looked for.  Where an API
 * was heard of it is asked again each time; where there are files alone, they
 * are what is asked from then on.
 *
 *      poll ──refused by something──► static ──answered──► polling, of
 *        ▲                              │                  files
 *        └── no files: as if only poll had failed
 *
 * To add a transport: it takes the place of PUSH where a run is chosen.
 */

import {
	coolDown, firstRetryDelay, hintDelay, pollDelay,
	secondRetryDelay,
} from './backoff.js';

const PUSH = 'longpoll';
const POLL = 'poll';
const STATIC = 'static';

/** A blip shorter than this shows no yellow. */
export const GRACE_MS = 1000;
export const SETTLE_MS = 1000;
/** A hidden page goes on this long. */
export const HIDE_MS = 60_000;
/** Hidden for longer: whatever was learned about the network is old. */
const FORGIVE_HIDDEN_MS = 30_000;
/** A push that lasted this long was a good one. */
const UPTIME_MS = 5000;
const FAILURES_MAX = 3;
const PUSH_FAILURES_MAX = 5;
/** Empty answers sooner than this mean that nobody held the request. */
const BARREN_MS = 1000;
const BARREN_MAX = 5;
const LOOP_MIN_MS = 50;

/**
 * @typedef {'idle'|'connecting'|'live'|'polling'|'reconnecting'|'offline'|
 *     'closed'} Status
 */

/**
 * @typedef {object} State
 * @property {Status} status
 * @property {string} reason  why it is not live, in words; '' when it is
 * @property {number} pollFails  in a row
 * @property {number} pushFails  in a row
 * @property {number} failingSince  0: the last exchange was answered
 * @property {number} coolUntil  no push before this time
 * @property {number} cools  how often push was cooled without success between
 * @property {number} barren  early empty push answers in a row
 * @property {boolean} refused  the server asks for polling
 * @property {boolean} trial  the push under way is on trial
 * @property {string} pull  the transport that asks: poll or static
 * @property {boolean} onlyFiles  there is no API, we were told
 * @property {boolean} hasApi  one was heard of
 * @property {boolean} hasFiles  some were found
 * @property {boolean} noFiles  none were, lately
 * @property {Failed|null} refusal  of the API, while files are looked for
 * @property {string} carrier  the transport that answered last
 * @property {string} next  the transport that runs when the timer fires
 * @property {number} nextAt  when that is; 0: an exchange is under way
 * @property {number} hiddenAt  0: visible
 * @property {boolean} asleep  hidden for so long that nothing runs
 */

/**
 * @typedef {object} Answer
 * @property {'answer'} type
 * @property {string} transport
 * @property {number} elapsedMs
 * @property {boolean} barren  it brought nothing
 * @property {boolean} refused  it says poll.hint "poll"
 * @property {number} [afterMs]  poll.after_ms
 * @property {number} [intervalMs]  poll.interval_ms
 * @property {string} [notice]  what is wrong all the same, in words
 */

/**
 * @typedef {object} Failed
 * @property {'failure'} type
 * @property {string} transport
 * @property {number} elapsedMs
 * @property {string} reason
 * @property {boolean} [timeout]
 * @property {number} [retryAfterMs]
 * @property {number} [status]  HTTP; 0 or nothing: nobody answered at all
 */

/**
 * `sync` asks for a fresh answer without a change of state; `retry` is the
 * user's wish for one.
 * @typedef {{type: 'connect'|'close'|'retry'|'sync'|'hidden'|'visible'|
 *     'online'|'offline'|'wake'}} Plain
 * @typedef {{type: 'timer', name: TimerName}} Fired
 * @typedef {Plain|Fired|Answer|Failed} Event
 * @typedef {'next'|'grace'|'settle'|'hide'} TimerName
 */

/**
 * @typedef {{type: 'run', transport: string} | {type: 'abort'} |
 *     {type: 'timer', name: TimerName, ms: number} |
 *     {type: 'cancel', name: TimerName}} Effect
 */

/** @typedef {{now: number, random: () => number}} Env */

/** A state in the making. @typedef {{s: State, fx: Effect[], env: Env}} Draft */

/**
 * @param {boolean} [onlyFiles]
 * @returns {State}
 */
export function initialState(onlyFiles = false) {
	const pull = onlyFiles ? STATIC : POLL;
	return {
		status: 'idle', reason: '', pollFails: 0, pushFails: 0,
		failingSince: 0, coolUntil: 0, cools: 0, barren: 0, refused: false,
		trial: false, pull, onlyFiles, hasApi: false, hasFiles: false,
		noFiles: false, refusal: null, carrier: '', next: pull, nextAt: 0,
		hiddenAt: 0, asleep: false,
	};
}

/**
 * @param {Draft} d
 * @param {Status} status
 * @param {string} [reason]
 */
function enter(d, status, reason = '') {
	d.s.status = status;
	d.s.reason = reason;
	if (status !== 'reconnecting') cancel(d, 'grace');
}

/**
 * @param {Draft} d
 * @param {TimerName} name
 */
function cancel(d, name) {
	d.fx.push({ type: 'cancel', name });
}

/**
 * @param {Draft} d
 * @param {string} transport
 */
function run(d, transport) {
	d.s.nextAt = 0;
	d.s.trial = false;
	cancel(d, 'next');
	cancel(d, 'settle');
	d.fx.push({ type: 'run', transport });
}

/**
 * @param {Draft} d
 * @param {string} transport
 * @param {number} ms
 */
function runIn(d, transport, ms) {
	d.s.next = transport;
	d.s.nextAt = d.env.now + ms;
	d.s.trial = false;
	cancel(d, 'settle');
	d.fx.push({ type: 'timer', name: 'next', ms });
}

/** @param {Draft} d */
function stop(d) {
	d.s.nextAt = 0;
	d.s.trial = false;
	d.fx.push({ type: 'abort' });
	cancel(d, 'next');
	cancel(d, 'grace');
	cancel(d, 'settle');
}

/** @param {Draft} d */
function runPush(d) {
	const trial = d.s.refused || d.s.pushFails > 0 || d.s.cools > 0;
	run(d, PUSH);
	d.s.trial = trial && d.s.status !== 'live';
	if (d.s.trial) d.fx.push({ type: 'timer', name: 'settle', ms: SETTLE_MS });
	else enter(d, 'live');
}

/**
 * The network has changed: what was learned about push is void.
 * @param {Draft} d
 */
function forgive(d) {
	d.s.coolUntil = 0;
	d.s.cools = 0;
	d.s.pushFails = 0;
	d.s.barren = 0;
	d.s.refused = false;
	d.s.noFiles = false;
	d.s.pull = d.s.onlyFiles ? STATIC : POLL;
}

/** @param {Draft} d */
function cool(d) {
	d.s.coolUntil = d.env.now + coolDown(d.env.random, d.s.cools);
	d.s.cools++;
	d.s.pushFails = 0;
	d.s.barren = 0;
}

/** @param {Draft} d */
function isStopped(d) {
	return d.s.asleep || d.s.status === 'idle' || d.s.status === 'closed';
}

/**
 * @param {Draft} d
 * @param {Answer} e
 */
function answered(d, e) {
	const { s, env } = d;
	if (e.transport === POLL && s.pollFails > 0) forgive(d);
	s.pollFails = 0;
	s.failingSince = 0;
	s.refusal = null;
	s.carrier = e.transport;
	if (e.transport === STATIC) {
		filesAnswered(d, e);
		return;
	}
	s.hasApi = true;
	if (e.transport === PUSH) pushAnswered(d, e);
	s.refused = e.refused || (s.trial && s.refused);
	if (e.refused) {
		enter(d, 'polling', 'The server is full and asks for polling');
		runIn(d, PUSH, e.afterMs === undefined ?
			pollDelay(env.random, interval(e)) :
			hintDelay(env.random, e.afterMs));
	} else if (env.now < s.coolUntil) {
		enter(d, 'polling', 'Long-polling does not work here for now');
		runIn(d, POLL, pollDelay(env.random, interval(e)));
	} else if (e.transport === PUSH && e.elapsedMs < LOOP_MIN_MS) {
		runIn(d, PUSH, LOOP_MIN_MS - e.elapsedMs);
	} else {
		runPush(d);
	}
}

/**
 * Nobody can wait for a file.
 * @param {Draft} d
 * @param {Answer} e
 */
function filesAnswered(d, e) {
	d.s.hasFiles = true;
	d.s.pull = d.s.hasApi ? POLL : STATIC;
	enter(d, 'polling', e.notice ?? '');
	runIn(d, d.s.pull, pollDelay(d.env.random, interval(e)));
}

/**
 * @param {Draft} d
 * @param {Answer} e
 */
function pushAnswered(d, e) {
	const early = e.barren && !e.refused && e.elapsedMs < BARREN_MS;
	d.s.barren = early ? d.s.barren + 1 : 0;
	// news comes at once also from a server that would not have held us
	if (!early && !d.s.trial) {
		d.s.pushFails = 0;
		d.s.cools = 0;
	}
	if (d.s.barren >= BARREN_MAX) cool(d);
}

/**
 * The server's own pace, within reason.
 * @param {Answer} e
 */
function interval(e) {
	return e.intervalMs === undefined ? undefined :
		Math.min(Math.max(e.intervalMs, 500), 60_000);
}

/**
 * @param {Draft} d
 * @param {Failed} e
 */
function failed(d, e) {
	if (d.s.failingSince === 0) d.s.failingSince = d.env.now;
	if (e.transport === POLL && e.status && !d.s.noFiles) {
		d.s.refusal = e;
		run(d, STATIC);
		return;
	}
	d.s.reason = e.reason;
	if (e.transport === POLL) pollFailed(d, e);
	else if (e.transport === STATIC) filesFailed(d, e);
	else pushFailed(d, e);
}

/** What says that there is no such file, or that it is something else. */
const ABSENT = new Set([200, 403, 404, 405, 410]);

/**
 * @param {Draft} d
 * @param {Failed} e
 */
function filesFailed(d, e) {
	const { s } = d;
	const { refusal } = s;
	const isAbsent = !s.hasFiles && ABSENT.has(e.status ?? 0);
	s.refusal = null;
	if (e.status && !s.onlyFiles) s.pull = POLL;
	if (isAbsent || (e.status && s.hasApi && !s.hasFiles)) s.noFiles = true;
	// whoever expects an API is told what is wrong with it
	pollFailed(d, refusal && (isAbsent || s.hasApi) ? refusal : e);
}

/**
 * @param {Draft} d
 * @param {Failed} e
 */
function pushFailed(d, e) {
	const { s, env } = d;
	const wasGood = e.elapsedMs >= UPTIME_MS && !e.timeout;
	s.pushFails = wasGood ? 0 : s.pushFails + 1;
	// a server that holds a request beyond its own limit swallows answers
	if (e.timeout || s.pushFails >= PUSH_FAILURES_MAX) cool(d);
	if (s.status === 'live') {
		lose(d, e.reason);
		runIn(d, POLL, e.retryAfterMs ?? firstRetryDelay(env.random));
	} else {
		runIn(d, POLL, e.retryAfterMs ?? pollDelay(env.random));
	}
}

/**
 * @param {Draft} d
 * @param {string} reason
 */
function lose(d, reason) {
	enter(d, 'reconnecting', reason);
	d.fx.push({ type: 'timer', name: 'grace', ms: GRACE_MS });
}

/**
 * @param {Draft} d
 * @param {Failed} e
 */
function pollFailed(d, e) {
	const { s, env } = d;
	s.pollFails++;
	if (s.status === 'live') lose(d, e.reason);
	s.reason = e.reason;
	if (s.pollFails >= FAILURES_MAX) enter(d, 'offline', e.reason);
	const isFirst = s.pollFails === 1 &&
		(s.status === 'connecting' || s.status === 'reconnecting');
	runIn(d, s.pull, e.retryAfterMs ??
		(isFirst ? secondRetryDelay(env.random) : pollDelay(env.random)));
}

/** @type {Record<TimerName, (d: Draft) => void>} */
const FIRED = {
	next(d) {
		if (d.s.next === PUSH) runPush(d);
		else run(d, d.s.next);
	},
	grace(d) {
		if (d.s.status === 'reconnecting') enter(d, 'polling', d.s.reason);
	},
	settle(d) {
		if (!d.s.trial) return;
		d.s.trial = false;
		enter(d, 'live');
	},
	hide(d) {
		if (isStopped(d)) return;
		stop(d);
		d.s.asleep = true;
		enter(d, 'reconnecting', 'Paused while the page is hidden');
	},
};

/** @type {Record<Plain['type'], (d: Draft) => void>} */
const PLAIN = {
	connect(d) {
		if (d.s.status !== 'idle' && d.s.status !== 'closed') return;
		enter(d, 'connecting');
		run(d, d.s.pull);
	},
	close(d) {
		stop(d);
		cancel(d, 'hide');
		d.s.asleep = false;
		enter(d, 'closed');
	},
	retry(d) {
		if (isStopped(d)) return;
		forgive(d);
		run(d, d.s.pull);
	},
	sync(d) {
		if (!isStopped(d)) run(d, d.s.pull);
	},
	hidden(d) {
		if (d.s.hiddenAt === 0) d.s.hiddenAt = d.env.now;
		d.fx.push({ type: 'timer', name: 'hide', ms: HIDE_MS });
	},
	visible(d) {
		const hiddenMs = d.s.hiddenAt ? d.env.now - d.s.hiddenAt : 0;
		const wasAsleep = d.s.asleep;
		d.s.hiddenAt = 0;
		d.s.asleep = false;
		cancel(d, 'hide');
		if (isStopped(d)) return;
		if (hiddenMs > FORGIVE_HIDDEN_MS) forgive(d);
		if (wasAsleep || d.s.status !== 'live') run(d, d.s.pull);
	},
	online(d) {
		if (isStopped(d)) return;
		forgive(d);
		if (d.s.status !== 'live') run(d, d.s.pull);
	},
	offline(d) {
		if (isStopped(d)) return;
		stop(d);
		if (d.s.failingSince === 0) d.s.failingSince = d.env.now;
		enter(d, 'offline', 'This device is offline');
		// the browser may be wrong: a server on this machine still answers
		runIn(d, d.s.pull, pollDelay(d.env.random));
	},
	wake(d) {
		if (isStopped(d)) return;
		forgive(d);
		if (d.s.status === 'live') lose(d, 'This device was asleep');
		run(d, d.s.pull);
	},
};

/**
 * @param {State} state
 * @param {Event} event
 * @param {Env} env
 * @returns {{state: State, effects: Effect[]}}
 */
export function reduce(state, event, env) {
	/** @type {Draft} */
	const d = { s: { ...state }, fx: [], env };
	switch (event.type) {
	case 'answer':
		if (!isStopped(d)) answered(d, event);
		break;
	case 'failure':
		if (!isStopped(d)) failed(d, event);
		break;
	case 'timer':
		FIRED[event.name](d);
		break;
	default:
		PLAIN[event.type](d);
	}
	return { state: d.s, effects: d.fx };
}
