// model: clients that only know what the protocol says, each with its own copy
// of a collection, fed by events.
//
//	node model.js PORT COLLECTION CLIENTS
//
// of project main on 127.0.0.1.  Says "following" when each has its snapshot.
// On SIGTERM each must reach the collection's cursor and hold what the
// collection then holds; if not, the exit status is 1 and says so.
import assert from 'node:assert';
import http from 'node:http';

const [port, collection, clients] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}/api/v1/main/`;
const PATIENCE_MS = 20000;

// RFC 6901: the parent of what a pointer names, and the last token.
function resolve(doc, pointer) {
	const tokens = pointer.split('/').slice(1)
		.map((t) => t.replaceAll('~1', '/').replaceAll('~0', '~'));
	const last = tokens.pop();
	return [tokens.reduce((node, token) => node[token], doc), last];
}

function insert(doc, pointer, value) {
	const [parent, key] = resolve(doc, pointer);
	if (!Array.isArray(parent))
		parent[key] = value;
	else
		parent.splice(key === '-' ? parent.length : Number(key), 0, value);
}

function take(doc, pointer) {
	const [parent, key] = resolve(doc, pointer);
	const value = parent[key];
	if (Array.isArray(parent))
		parent.splice(Number(key), 1);
	else
		delete parent[key];
	return value;
}

function change(doc, pointer, edit) {
	const [parent, key] = resolve(doc, pointer);
	parent[key] = edit(parent[key]);
}

const operations = {
	add: (doc, o) => insert(doc, o.path, o.value),
	remove: (doc, o) => take(doc, o.path),
	replace: (doc, o) => change(doc, o.path, () => o.value),
	move: (doc, o) => insert(doc, o.path, take(doc, o.from)),
	str_ins: (doc, o) => change(doc, o.path,
		(s) => s.slice(0, o.pos) + o.str + s.slice(o.pos)),
	str_del: (doc, o) => change(doc, o.path,
		(s) => s.slice(0, o.pos) + s.slice(o.pos + o.len)),
};

class Model {
	entities = new Map(); // id → {version, root}; root.doc is the document
	cursor = '';

	take(message) {
		const isWhole = message.kind === 'snapshot';
		if (isWhole)
			this.entities.clear();
		else
			assert.strictEqual(message.from, this.cursor, 'an event is missing');
		for (const c of message.changes ?? [])
			this.apply(c);
		this.cursor = message.to;
	}

	apply(c) {
		if (c.op === 'delete') {
			this.entities.delete(c.id);
			return;
		}
		if (c.op === 'put') {
			this.entities.set(c.id, { version: c.version, doc: c.data });
			return;
		}
		const entity = this.entities.get(c.id);
		assert.strictEqual(entity.version, c.base, `base of ${c.id}`);
		for (const o of c.patch) // a pointer of '' names the document itself
			operations[o.op](entity, { ...o, path: `/doc${o.path}`,
				from: `/doc${o.from}` });
		entity.version = c.version;
	}

	compare(snapshot) {
		assert.strictEqual(this.cursor, snapshot.cursor);
		assert.deepStrictEqual(
			[...this.entities].sort(([a], [b]) => (a < b ? -1 : 1))
				.map(([id, e]) => ({ id, version: e.version, data: e.doc })),
			snapshot.items.map(({ id, version, data }) => ({ id, version, data })));
	}
}

function follow(model, onSnapshot) {
	http.get(`${base}events?collections=${collection}`, (response) => {
		let text = '';
		response.setEncoding('utf8');
		response.on('data', (piece) => {
			const events = (text + piece).split('\n\n');
			text = events.pop();
			for (const event of events) {
				const kind = /^event: (.*)$/m.exec(event)?.[1];
				const data = /^data: (.*)$/m.exec(event)?.[1];
				if (['snapshot', 'changes', 'bookmark'].includes(kind))
					model.take(JSON.parse(data));
				if (kind === 'snapshot')
					onSnapshot();
			}
		});
	});
}

async function check() {
	const snapshot = await (await fetch(base + collection)).json();
	const end = Date.now() + PATIENCE_MS;
	while (models.some((m) => m.cursor !== snapshot.cursor) && Date.now() < end)
		await new Promise((resume) => { setTimeout(resume, 50); });
	for (const model of models)
		model.compare(snapshot);
	console.log(`equal: ${models.length} clients, ${snapshot.items.length} entities`);
	process.exit(0);
}

const models = Array.from({ length: Number(clients) }, () => new Model());
let waiting = models.length;
for (const model of models)
	follow(model, () => {
		if (--waiting === 0)
			console.log('following');
	});
process.on('SIGTERM', check);
