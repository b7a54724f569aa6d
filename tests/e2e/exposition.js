/*
 * exposition: a strict reader of Prometheus text format 0.0.4.
 *
 *	node exposition.js check < TEXT         what is wrong; nothing when good
 *	node exposition.js fallen BEFORE AFTER  counters that went back or away
 *
 * Stricter than Prometheus: every sample has a HELP and a TYPE before it, a
 * family is in one piece, counters end in _total and nothing else does, and
 * what is measured is in base units.
 */
import { readFileSync } from 'node:fs';

const NAME = /^tidemark_[a-z][a-z0-9_]*$/;
const UNITS = /_(ms|us|ns|minutes|kb|kib|mb|mib|percent)(_|$)/;

class Fault extends Error {}

function demand(holds, text) {
	if (!holds)
		throw new Fault(text);
}

/** '{a="b",c="d"} rest' → [Map, ' rest']; escapes are \\, \" and \n. */
function takeLabels(text) {
	const labels = new Map();
	if (!text.startsWith('{'))
		return [labels, text];
	let rest = text.slice(1);
	for (;;) {
		const label = /^([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/
			.exec(rest);
		demand(label, `no label: ${rest}`);
		demand(!labels.has(label[1]), `label ${label[1]} twice`);
		labels.set(label[1], label[2]);
		rest = rest.slice(label[0].length);
		if (rest.startsWith('}'))
			return [labels, rest.slice(1)];
		demand(rest.startsWith(','), `no comma: ${rest}`);
		rest = rest.slice(1);
	}
}

function takeSample(line) {
	const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line);
	demand(name, 'no name');
	const [labels, rest] = takeLabels(line.slice(name[0].length));
	const value = /^ (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)$/.exec(rest);
	demand(value, `no value: ${rest}`);
	const sorted = [...labels].sort().map(([k, v]) => `${k}="${v}"`);
	return {
		name: name[0],
		labels,
		key: name[0] + (sorted.length ? `{${sorted.join()}}` : ''),
		value: Number(value[1]),
	};
}

/** A family of a sample: without the suffixes of a histogram. */
function familyOf(families, name) {
	const base = name.replace(/_(bucket|sum|count)$/, '');
	return families.get(base)?.type === 'histogram'
		? families.get(base) : families.get(name);
}

function parse(text) {
	const families = new Map(), samples = new Map();
	let open = null;
	demand(text.endsWith('\n'), 'the last line does not end');
	for (const line of text.slice(0, -1).split('\n')) {
		try {
			open = takeLine(line, families, samples, open);
		} catch (fault) {
			if (!(fault instanceof Fault))
				throw fault;
			throw new Fault(`${fault.message} in: ${line}`);
		}
	}
	return { families, samples };
}

function takeLine(line, families, samples, open) {
	const [, word, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
	if (word === 'HELP') {
		demand(!families.has(name), 'a family in two pieces');
		demand(NAME.test(name) && !UNITS.test(name), 'no good name');
		families.set(name, { name, type: null, samples: [] });
		return families.get(name);
	}
	if (word === 'TYPE') {
		demand(open?.name === name && open.type === null, 'TYPE alone');
		demand(['counter', 'gauge', 'histogram'].includes(rest), 'no type');
		demand((rest === 'counter') === name.endsWith('_total'),
			'the name of a counter, and of nothing else, ends in _total');
		open.type = rest;
		return open;
	}
	const sample = takeSample(line);
	const family = familyOf(families, sample.name);
	demand(family && family === open && family.type, 'no HELP and TYPE');
	demand(!samples.has(sample.key), 'the same sample twice');
	demand(family.type === 'gauge' || sample.value >= 0, 'below zero');
	samples.set(sample.key, sample.value);
	family.samples.push(sample);
	return open;
}

/** Each set of buckets rises to +Inf, which is the count. */
function checkHistogram({ name, samples }) {
	const sets = new Map();
	for (const { name: part, labels, value } of samples) {
		const key = [...labels].filter(([k]) => k !== 'le').join(';');
		const set = sets.get(key) ?? { le: [], n: [] };
		sets.set(key, set);
		demand(part !== name, `${name}: a sample without suffix`);
		if (part === `${name}_bucket`) {
			demand(labels.has('le'), `${name}: a bucket without bound`);
			set.le.push(Number(labels.get('le').replace('+Inf', 'Infinity')));
			set.n.push(value);
		} else {
			set[part.slice(name.length + 1)] = value;
		}
	}
	for (const { le, n, sum, count } of sets.values()) {
		demand(le.every((b, i) => i === 0 || b > le[i - 1]), `${name}: bounds`);
		demand(n.every((b, i) => i === 0 || b >= n[i - 1]),
			`${name}: not cumulative`);
		demand(le.at(-1) === Infinity && n.at(-1) === count,
			`${name}: +Inf is not the count`);
		demand(sum !== undefined && (count > 0 || sum === 0), `${name}: sum`);
	}
}

const commands = {
	check() {
		const { families } = parse(readFileSync(0, 'utf8'));
		for (const family of families.values()) {
			demand(family.type, `${family.name}: no TYPE`);
			if (family.type === 'histogram')
				checkHistogram(family);
		}
	},
	fallen(before, after) {
		const [old, now] = [before, after].map((file) =>
			parse(readFileSync(file, 'utf8')));
		for (const { type, samples } of old.families.values())
			for (const { key, value } of samples)
				if (type !== 'gauge' && !(now.samples.get(key) >= value))
					console.log(key);
	},
};

const [command, ...args] = process.argv.slice(2);
try {
	commands[command](...args);
} catch (fault) {
	if (!(fault instanceof Fault))
		throw fault;
	console.log(fault.message);
	process.exitCode = 1;
}
