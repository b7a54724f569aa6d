/*
 * sse: text/event-stream (WHATWG HTML section 9.2), read as it arrives.
 *
 *   const reader = new SseReader((event) => …);
 *   reader.take(bytes);
 *
 * An event is {event, id, data}, with null for what it has not.  A comment is
 * one whose event is ':'.  Unlike an EventSource it hands over a block without
 * data too, since its id counts.
 */

const NOTHING = Buffer.alloc(0);

/** @param {Buffer} block  what stands between two empty lines */
export function readBlock(block) {
	const event = { event: null, id: null, data: null };
	for (const line of block.toString().split('\n')) {
		const colon = line.indexOf(':');
		const value = line.slice(colon + 1).replace(/^ /, '');
		if (colon === 0) Object.assign(event, { event: ':', data: value });
		else if (line.startsWith('event:')) event.event = value;
		else if (line.startsWith('id:')) event.id = value;
		else if (line.startsWith('data:')) {
			event.data = event.data === null ? value :
				`${event.data}\n${value}`;
		}
	}
	return event;
}

export class SseReader {
	#hear;
	#read;
	#rest = NOTHING;

	/**
	 * @param {(event: object) => void} hear
	 * @param {(block: Buffer) => object} [read]  one that remembers, perhaps
	 */
	constructor(hear, read = readBlock) {
		this.#hear = hear;
		this.#read = read;
	}

	/** @param {Buffer} bytes */
	take(bytes) {
		const seen = Math.max(0, this.#rest.length - 1);
		const all = this.#rest.length === 0 ? bytes :
			Buffer.concat([this.#rest, bytes]);
		let from = 0;
		let at = all.indexOf('\n\n', seen);
		while (at >= 0) {
			const block = all.subarray(from, at);
			from = at + 2;
			at = all.indexOf('\n\n', from);
			this.#hear(this.#read(block));
		}
		this.#rest = all.subarray(from);
	}
}
