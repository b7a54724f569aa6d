// @ts-check
/*
 * clock: the server's time as far as we can know it, and ages in words.
 *
 * An answer that left the server at `server_time` and took a round trip of
 * rtt puts the server's clock at server_time + rtt/2 when it arrives.  Of the
 * last eight samples the one with the least rtt is believed.
 */

const SAMPLES_MAX = 8;

/**
 * @param {() => number} wallNow  Date.now
 */
export function createClock(wallNow) {
	/** @type {{rtt: number, offset: number}[]} */
	const samples = [];
	let offset = 0;

	return {
		/** Milliseconds to add to this machine's time. */
		get offset() {
			return offset;
		},
		/** @returns {number} ms since 1970 by the server's clock */
		now: () => wallNow() + offset,
		/**
		 * @param {unknown} serverTime  RFC 3339
		 * @param {number} rtt  ms, without any time the server waited
		 */
		sample(serverTime, rtt) {
			const at = typeof serverTime === 'string' ?
				Date.parse(serverTime) : NaN;
			if (Number.isNaN(at)) return;
			samples.push({ rtt, offset: at + rtt / 2 - wallNow() });
			if (samples.length > SAMPLES_MAX) samples.shift();
			offset = samples.reduce((best, sample) =>
				(sample.rtt < best.rtt ? sample : best)).offset;
		},
	};
}

/** @typedef {ReturnType<typeof createClock>} Clock */

/**
 * @param {number} ms  an age
 * @returns {string}
 */
export function ago(ms) {
	const s = Math.floor(ms / 1000);
	if (s < 5) return 'Just now';
	if (s < 60) return `${s}s ago`;
	if (s < 3600) return `${Math.floor(s / 60)}m ago`;
	if (s < 86_400) return `${Math.floor(s / 3600)}h ago`;
	return `${Math.floor(s / 86_400)}d ago`;
}
