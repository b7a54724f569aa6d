/* random: seeded documents and edits, the same in every run. */

/** Mulberry32. */
export function seeded(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

const SCALARS = [null, true, false, 0, 1, -1.5, '', 'x', 'a/b~c', '😀'];
const KEYS = ['a', 'b', 'c', 'd/e', 'f~g', ''];

const pick = (random, items) => items[Math.floor(random() * items.length)];

export function randomJson(random, depth) {
	const kind = random();
	if (depth === 0 || kind < 0.3) return pick(random, SCALARS);
	const length = Math.floor(random() * 5);
	if (kind < 0.6) {
		return Array.from({ length }, () => randomJson(random, depth - 1));
	}
	return Object.fromEntries(Array.from({ length }, () =>
		[pick(random, KEYS), randomJson(random, depth - 1)]));
}

/** Modifies the value, somewhere. */
export function randomEdit(random, value) {
	if (typeof value !== 'object' || value === null || random() < 0.1) {
		return randomJson(random, 2);
	}
	const key = Array.isArray(value) ?
		Math.floor(random() * (value.length + 1)) : pick(random, KEYS);
	const roll = random();
	if (roll < 0.3 && Array.isArray(value)) value.splice(key, 1);
	else if (roll < 0.3) delete value[key];
	else value[key] = randomEdit(random, value[key] ?? null);
	return value;
}
