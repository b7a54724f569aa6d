import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	GRACE_MS, HIDE_MS, SETTLE_MS, initialState, reduce,
} from '../lib/machine.js';
import { seeded } from './random.js';

/** A machine with a clock that the test turns, and timers that obey it. */
function machine(random = () => 0.5) {
	let state = initialState();
	let now = 1000;
	const timers = new Map();
	const runs = [];
	let running = null;
	let startedAt = 0;

	function send(event) {
		const next = reduce(Object.freeze(state), event, { now, random });
		state = next.state;
		for (const effect of next.effects) {
			if (effect.type === 'run') {
				running = effect.transport;
				startedAt = now;
				runs.push(running);
			} else if (effect.type === 'abort') {
				running = null;
			} else if (effect.type === 'timer') {
				assert.ok(effect.ms >= 0);
				timers.set(effect.name, now + effect.ms);
			} else {
				timers.delete(effect.name);
			}
		}
	}

	return {
		send,
		get state() { return state; },
		get status() { return state.status; },
		get running() { return running; },
		get now() { return now; },
		runs, timers,
		/** Let the time pass; timers fire in their order. */
		pass(ms) {
			const end = now + ms;
			for (;;) {
				const due = [...timers].filter(([, at]) => at <= end)
					.sort((a, b) => a[1] - b[1])[0];
				if (!due) break;
				now = due[1];
				timers.delete(due[0]);
				send({ type: 'timer', name: due[0] });
			}
			now = end;
		},
		answer(more = {}) {
			const transport = running;
			running = null;
			send({ type: 'answer', transport, barren: false, refused: false,
				elapsedMs: now - startedAt, ...more });
		},
		fail(reason = 'broken', more = {}) {
			const transport = running;
			running = null;
			send({ type: 'failure', transport, reason,
				elapsedMs: now - startedAt, ...more });
		},
	};
}

function liveMachine(random) {
	const m = machine(random);
	m.send({ type: 'connect' });
	m.answer();
	m.pass(10_000);
	return m;
}

test('connecting asks once and an answer parks a long-poll: live', () => {
	const m = machine();
	assert.equal(m.status, 'idle');
	m.send({ type: 'connect' });
	assert.equal(m.status, 'connecting');
	assert.equal(m.running, 'poll');
	m.answer();
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
});

test('a second connect changes nothing', () => {
	const m = liveMachine();
	const before = m.state;
	m.send({ type: 'connect' });
	assert.deepEqual(m.state, before);
});

test('three failures while connecting mean offline, and it goes on', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail();
	assert.equal(m.status, 'connecting');
	m.pass(1000);
	m.fail();
	m.pass(3600);
	m.fail('HTTP 503');
	assert.equal(m.status, 'offline');
	assert.equal(m.state.reason, 'HTTP 503');
	m.pass(3600);
	assert.equal(m.running, 'poll');
	m.answer();
	assert.equal(m.status, 'live');
	assert.equal(m.state.reason, '');
});

test('a long-poll that answers is followed by the next', () => {
	const m = liveMachine();
	m.answer();
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
});

test('answers in quick succession keep a distance', () => {
	const m = liveMachine();
	m.answer();
	m.answer();
	assert.equal(m.running, null);
	m.pass(50);
	assert.equal(m.running, 'longpoll');
	assert.equal(m.status, 'live');
});

test('a blip turns gray and live again without yellow', () => {
	const m = liveMachine();
	m.fail();
	assert.equal(m.status, 'reconnecting');
	m.pass(300);
	assert.equal(m.running, 'poll');
	m.answer();
	assert.equal(m.status, 'live');
	m.pass(2 * GRACE_MS);
	assert.equal(m.status, 'live');
});

test('a loss is gray, after a second yellow, then offline', () => {
	const m = liveMachine();
	m.fail();
	m.pass(300);
	m.fail();
	assert.equal(m.status, 'reconnecting');
	m.pass(GRACE_MS - 300);
	assert.equal(m.status, 'polling');
	m.pass(300);
	m.fail();
	assert.equal(m.status, 'polling');
	m.pass(3600);
	m.fail();
	assert.equal(m.status, 'offline');
	m.pass(3600);
	assert.equal(m.running, 'poll');
});

test('a poll that hangs does not keep it gray', () => {
	const m = liveMachine();
	m.fail();
	m.pass(300);
	assert.equal(m.running, 'poll');
	m.pass(GRACE_MS);
	assert.equal(m.status, 'polling');
});

test('after an outage of any length it is live within 5 s', () => {
	for (let seed = 1; seed <= 200; seed++) {
		const random = seeded(seed);
		const m = liveMachine(random);
		const end = m.now + 200 + random() * 400_000;
		m.fail();
		while (m.now < end) {
			m.pass(Math.min(10, end - m.now));
			if (m.running) m.fail();
		}
		const back = m.now;
		while (m.status !== 'live') {
			if (m.running === 'poll') m.answer();
			else m.pass(10);
			assert.ok(m.now - back <= 4000, `seed ${seed}`);
		}
	}
});

test('the server that asks for polling gets polls at its own pace', () => {
	const m = liveMachine();
	m.answer({ refused: true, afterMs: 830 });
	assert.equal(m.status, 'polling');
	const wait = m.state.nextAt - m.now;
	assert.ok(wait >= 830 && wait <= 830 * 1.2, `${wait}`);
	m.pass(wait);
	assert.equal(m.running, 'longpoll');
	assert.equal(m.status, 'polling');
	m.answer({ refused: true });
	assert.equal(m.status, 'polling');
	const next = m.state.nextAt - m.now;
	assert.ok(next >= 2400 && next <= 3600, `${next}`);
});

test('refused for a while, it turns live once it is held', () => {
	const m = liveMachine();
	m.answer({ refused: true });
	m.pass(3600);
	assert.equal(m.running, 'longpoll');
	m.pass(SETTLE_MS);
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
});

test('once it was held, the refusal of before is forgotten', () => {
	const m = liveMachine();
	m.answer({ refused: true });
	m.pass(3600 + SETTLE_MS + 10_000);
	assert.equal(m.status, 'live');
	m.fail();
	m.pass(300);
	m.answer();
	assert.equal(m.status, 'live');
});

test('refused again and again, it never flickers to live', () => {
	const m = liveMachine();
	m.answer({ refused: true });
	for (let i = 0; i < 20; i++) {
		m.pass(m.state.nextAt - m.now);
		assert.equal(m.running, 'longpoll');
		assert.equal(m.status, 'polling');
		m.pass(SETTLE_MS / 2);
		m.answer({ refused: true });
		assert.equal(m.status, 'polling');
	}
});

test('news at once does not prove that the server holds requests', () => {
	const m = liveMachine();
	m.answer({ refused: true });
	m.pass(3600);
	m.answer();
	assert.equal(m.status, 'polling');
	m.pass(50);
	assert.equal(m.running, 'longpoll');
	m.answer({ refused: true });
	assert.equal(m.status, 'polling');
	m.pass(3600 + SETTLE_MS);
	assert.equal(m.status, 'live');
});

test('a long-poll that fails at once leaves the poller in charge', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.answer();
	const seen = new Set();
	for (let i = 0; i < 60; i++) {
		if (m.running === 'poll') m.answer();
		if (m.running === 'longpoll') m.fail('HTTP 502');
		m.pass(500);
		if (i > 5) seen.add(m.status);
	}
	assert.deepEqual([...seen], ['polling']);
	assert.ok(m.state.coolUntil > 0);
});

test('a cooled long-poll is tried again and wins', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.answer();
	for (let i = 0; i < 60; i++) {
		if (m.running === 'poll') m.answer();
		if (m.running === 'longpoll') m.fail('HTTP 502');
		m.pass(500);
	}
	let ms = 0;
	for (; m.status !== 'live'; ms += 500) {
		if (m.running === 'poll') m.answer();
		m.pass(500);
		assert.ok(ms < 70_000);
	}
	assert.equal(m.running, 'longpoll');
});

test('a server that never holds a request is polled', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.answer();
	for (let i = 0; i < 5; i++) {
		assert.equal(m.status, 'live');
		m.pass(100);
		m.answer({ barren: true });
	}
	assert.equal(m.status, 'polling');
	assert.ok(m.state.nextAt - m.now >= 2400);
});

test('a long-poll that goes silent is not trusted while it cools', () => {
	const m = liveMachine();
	m.fail('No answer', { timeout: true });
	assert.equal(m.status, 'reconnecting');
	m.pass(300);
	m.answer();
	assert.equal(m.status, 'polling');
});

test('a poll answered after a failed one forgives the long-poll', () => {
	const m = liveMachine();
	m.fail('No answer', { timeout: true });
	m.pass(300);
	m.fail();
	m.pass(1000);
	m.answer();
	assert.equal(m.status, 'live');
});

test('Retry-After sets the pace', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 429', { retryAfterMs: 42_000 });
	assert.equal(m.state.nextAt - m.now, 42_000);
});

test('a page hidden for a minute stops, and catches up when shown', () => {
	const m = liveMachine();
	m.send({ type: 'hidden' });
	m.pass(HIDE_MS - 1);
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
	m.pass(1);
	assert.equal(m.running, null);
	assert.notEqual(m.status, 'live');
	const { length } = m.runs;
	m.send({ type: 'online' });
	m.send({ type: 'wake' });
	m.pass(600_000);
	assert.equal(m.runs.length, length);
	m.send({ type: 'visible' });
	assert.equal(m.running, 'poll');
	m.answer();
	assert.equal(m.status, 'live');
});

test('half a minute in hiding voids what was learned about push', () => {
	const m = liveMachine();
	for (let i = 0; i < 2; i++) { // the second time it cools for longer
		while (m.running !== 'longpoll') {
			if (m.running === 'poll') m.answer();
			else m.pass(1000);
		}
		m.fail('No answer', { timeout: true });
		m.pass(3600);
		m.answer();
		assert.equal(m.status, 'polling');
	}
	m.send({ type: 'hidden' });
	for (let i = 0; i < 11; i++) {
		m.pass(3000);
		if (m.running === 'poll') m.answer();
	}
	assert.equal(m.status, 'polling');
	m.send({ type: 'visible' });
	m.answer();
	assert.equal(m.status, 'live');
});

test('a page hidden for a moment goes on', () => {
	const m = liveMachine();
	m.send({ type: 'hidden' });
	m.pass(5000);
	m.send({ type: 'visible' });
	m.pass(HIDE_MS);
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
});

test('the browser says offline: at once, and still it tries', () => {
	const m = liveMachine();
	m.send({ type: 'offline' });
	assert.equal(m.status, 'offline');
	assert.equal(m.running, null);
	m.pass(3600);
	assert.equal(m.running, 'poll');
	m.send({ type: 'online' });
	m.answer();
	assert.equal(m.status, 'live');
});

test('after a sleep the old connection is not trusted', () => {
	const m = liveMachine();
	m.send({ type: 'wake' });
	assert.equal(m.status, 'reconnecting');
	assert.equal(m.running, 'poll');
});

test('the wish to try now is followed in any state but closed', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 503', { retryAfterMs: 60_000 });
	m.send({ type: 'retry' });
	assert.equal(m.running, 'poll');
	m.send({ type: 'close' });
	assert.equal(m.status, 'closed');
	m.send({ type: 'retry' });
	m.pass(600_000);
	assert.equal(m.running, null);
	m.send({ type: 'connect' });
	assert.equal(m.running, 'poll');
});

test('a sync while live does not change the state', () => {
	const m = liveMachine();
	m.send({ type: 'sync' });
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'poll');
	m.answer();
	assert.equal(m.status, 'live');
	assert.equal(m.running, 'longpoll');
});

test('in every state every event leaves something to wait for', () => {
	const random = seeded(99);
	const pick = (items) => items[Math.floor(random() * items.length)];
	for (let walk = 0; walk < 300; walk++) {
		const m = machine(random);
		m.send({ type: 'connect' });
		for (let step = 0; step < 60; step++) {
			const roll = random();
			if (m.running && roll < 0.6) {
				if (random() < 0.5) {
					m.answer({ barren: random() < 0.5,
						refused: random() < 0.3 });
				} else {
					m.fail('x', { timeout: random() < 0.3 });
				}
			} else if (roll < 0.8) {
				m.pass(random() * 5000);
			} else {
				m.send({ type: pick(['retry', 'sync', 'hidden', 'visible',
					'online', 'offline', 'wake', 'connect']) });
			}
			assert.ok(m.running || m.timers.has('next') || m.state.asleep,
				`walk ${walk}, ${m.status}: stuck`);
			assert.ok(m.status !== 'live' || m.running ||
				m.timers.has('next'));
		}
	}
});

/** Nobody but a web server answers the poll. */
const refused = { status: 404 };

test('an API that is not there: files are looked for, and asked then', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 404', refused);
	assert.equal(m.running, 'static');
	assert.equal(m.status, 'connecting');
	m.answer({ intervalMs: 1000 });
	assert.equal(m.status, 'polling');
	assert.equal(m.state.reason, '');
	m.pass(1000);
	assert.deepEqual(m.runs, ['poll', 'static', 'static']);
	m.answer({ notice: 'old' });
	assert.equal(m.state.reason, 'old');
});

test('nobody answers at all: no files are looked for', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('unreachable');
	assert.equal(m.running, null);
	assert.equal(m.state.pollFails, 1);
});

test('no files either: one failure, of the API, and they are let be', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 404', refused);
	m.fail('no files', { status: 404 });
	assert.equal(m.state.pollFails, 1);
	assert.equal(m.state.reason, 'HTTP 404');
	for (let i = 0; i < 3; i++) {
		m.pass(10_000);
		if (m.running) m.fail('HTTP 404', refused);
	}
	assert.equal(m.status, 'offline');
	assert.ok(!m.runs.slice(2).includes('static'));
	m.send({ type: 'retry' });
	m.fail('HTTP 404', refused);
	assert.equal(m.running, 'static');
});

test('files that cannot be reached for a while stay what is asked', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 404', refused);
	m.answer();
	for (let i = 0; i < 3; i++) {
		m.pass(10_000);
		m.fail('unreachable');
	}
	assert.equal(m.status, 'offline');
	m.pass(10_000);
	m.answer();
	assert.equal(m.status, 'polling');
	assert.ok(!m.runs.slice(1).includes('poll'));
});

test('files that are gone: the API is asked again', () => {
	const m = machine();
	m.send({ type: 'connect' });
	m.fail('HTTP 404', refused);
	m.answer();
	m.pass(10_000);
	m.fail('gone', { status: 404 });
	m.pass(10_000);
	assert.equal(m.running, 'poll');
});

test('an API that was heard of is asked before the files each time', () => {
	const m = liveMachine();
	m.fail('HTTP 502', { status: 502 });
	m.pass(5000);
	assert.equal(m.running, 'poll');
	m.fail('HTTP 502', { status: 502 });
	m.answer();
	assert.equal(m.status, 'polling');
	m.pass(5000);
	assert.equal(m.running, 'poll');
	m.answer();
	m.pass(SETTLE_MS);
	assert.equal(m.status, 'live');
});

test('without files a server that fails costs one look for them', () => {
	const m = liveMachine();
	m.fail('HTTP 502', { status: 502 });
	for (let i = 0; i < 6; i++) {
		m.pass(5000);
		if (m.running) m.fail('HTTP 502', { status: 502 });
		if (m.running === 'static') m.fail('HTTP 502', { status: 502 });
	}
	assert.equal(m.runs.filter((run) => run === 'static').length, 1);
	assert.equal(m.state.reason, 'HTTP 502');
});
