// @ts-check
/*
 * lifecycle: tells a client what the browser knows: visibility, networks,
 * and sleep, which shows as a gap in a ticking timer.
 */

const TICK_MS = 1000;
/** A timer that comes this late was not late: the machine slept. */
const SLEPT_MS = 15_000;

/**
 * @param {import('./client.js').Client} client
 */
export function followPage(client) {
	const isHidden = () => document.visibilityState === 'hidden';
	let ticked = Date.now();

	document.addEventListener('visibilitychange', () => {
		ticked = Date.now();
		client.notice(isHidden() ? 'hidden' : 'visible');
	});
	document.addEventListener('resume', () => client.notice('wake'));
	window.addEventListener('online', () => client.notice('online'));
	window.addEventListener('offline', () => client.notice('offline'));
	window.addEventListener('pageshow', (event) => {
		if (event.persisted) client.notice('wake');
	});
	setInterval(() => {
		const gap = Date.now() - ticked;
		ticked = Date.now();
		// timers of hidden pages are slowed down; those do not count
		if (gap > SLEPT_MS && !isHidden()) client.notice('wake');
	}, TICK_MS);
	if (isHidden()) client.notice('hidden');
}
