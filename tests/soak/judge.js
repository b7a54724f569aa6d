/*
 * judge: at a quiet point, is everything what it should be?  The files say what
 * there is; a fresh program, which has kept nothing, says of which versions.
 */

import { difference, epochOf } from '../e2e/crowd/model.js';
import { parseAnswer, parseExact } from './exact.js';
import { PROJECTS } from './layout.js';
import { entitiesIn } from './truth.js';

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 50;
const SAMPLES = 4;

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

export class Judge {
	#chance;
	#epochs = new Map(PROJECTS.map((name) => [name, new Set()]));
	#places;
	#revive;
	#world;

	/** revive(): start what a signal has ended meanwhile */
	constructor(world, places, revive) {
		this.#world = world;
		this.#places = places;
		this.#revive = revive;
		this.#chance = world.chanceOf('judge');
	}

	/** @returns {Promise<string>} '' when it came to be in time, else what is not */
	async #until(what) {
		const late = performance.now() + PATIENCE_MS;
		for (;;) {
			const text = await what();
			if (text === '' || performance.now() > late) return text;
			await this.#revive();
			await pause(LOOK_AGAIN_MS);
		}
	}

	fault(who, text) {
		this.#world.journal.fault(who, text);
	}

	/** {status, headers, body}, or null. */
	get(transport, uri, headers = {}) {
		const peer = this.#world.peer(transport);
		const parts = [];
		let first = null;
		return new Promise((resolve) => peer.ask(uri, headers, {
			head: (status, answered) => { first = [status, answered]; },
			body: (bytes) => parts.push(bytes),
			end: (how) => {
				peer.hangUp('fin');
				resolve(how === 'complete' && first ? { status: first[0],
					headers: first[1],
					body: Buffer.concat(parts).toString() } : null);
			},
		}));
	}

	async #getJson(transport, uri) {
		const answer = await this.get(transport, uri);
		return answer?.status === 200 ? parseAnswer(answer.body) : null;
	}

	/** Does every door answer? */
	async serving() {
		for (const project of PROJECTS) {
			for (const [transport, mount] of [['direct', ''], ['web', ''],
				['web', '/spawned']]) {
				const uri = `${mount}/api/v1/${project}`;
				const text = await this.#until(async () => {
					const answer = await this.get(transport, uri);
					return answer?.status === 200 ? '' :
						`${uri}: ${answer?.status} ${answer?.body}`;
				});
				if (text !== '') this.fault(`${transport} door`, text);
			}
		}
	}

	/* --- what is served -------------------------------------------------- */

	/** What the files say, of the versions that are served. */
	#truthOf(project, served) {
		const truth = new Map();
		for (const place of this.#places) {
			if (place.project !== project) continue;
			const own = new Map([...served]
				.filter(([key]) => key.startsWith(`${place.name}/`))
				.map(([key, entity]) =>
					[key.slice(place.name.length + 1), entity]));
			for (const [id, data] of entitiesIn(place, own)) {
				const key = `${place.name}/${id}`;
				truth.set(key, { data, version: served.get(key)?.version });
			}
		}
		return truth;
	}

	/** {head, truth} of a project; null when it does not come to be. */
	async settled(project) {
		let found = null;
		const text = await this.#until(async () => {
			const feed = await this.#getJson('cgi', `/api/v1/${project}/changes`);
			if (!feed) return 'no answer';
			const served = new Map(feed.changes.map(({ collection, id, ...rest }) =>
				[`${collection}/${id}`, rest]));
			const truth = this.#truthOf(project, served);
			const wrong = difference(served, truth);
			if (wrong !== '') return `served: ${wrong}`;
			const manifest = JSON.parse(
				(await this.get('direct', `/api/v1/${project}`))?.body ?? '{}');
			found = { head: feed.to, truth };
			return this.#manifestWrong(manifest, feed.to, truth);
		});
		if (text === '') return found;
		this.fault(`project ${project}`, text);
		return null;
	}

	#manifestWrong({ cursor, collections, watcher }, head, truth) {
		if (cursor !== head) return `the manifest is at ${cursor}, not ${head}`;
		if (watcher.problems.length > 0 || watcher.state !== 'ok') {
			return `watcher: ${JSON.stringify(watcher)}`;
		}
		for (const { name, count } of collections) {
			const n = [...truth.keys()].filter((key) =>
				key.startsWith(`${name}/`)).length;
			if (n !== count) return `manifest: ${name} has ${count}, not ${n}`;
		}
		return '';
	}

	/** Is a log another one exactly when its database was replaced? */
	checkEpoch(project, head, surgeries) {
		const known = this.#epochs.get(project);
		const epoch = epochOf(head);
		const isNew = surgeries > 0;
		if (known.size > 0 && !isNew && this.#latest(project) !== epoch) {
			this.fault(`project ${project}`, `another epoch, ${epoch}, for nothing`);
		}
		if (isNew && known.has(epoch)) {
			this.fault(`project ${project}`,
				`the epoch is still ${epoch}, with another database`);
		}
		known.delete(epoch);
		known.add(epoch);
	}

	#latest(project) {
		return [...this.#epochs.get(project)].at(-1);
	}

	/** A few entities by themselves, and some that are not there. */
	async checkEntities(project, truth) {
		const keys = [...truth.keys()];
		for (let i = 0; i < SAMPLES && keys.length > 0; i++) {
			const key = this.#chance.pick(keys);
			const transport = this.#chance.pick(['web', 'direct', 'kept']);
			const uri = `/api/v1/${project}/${
				key.split('/').map(encodeURIComponent).join('/')}`;
			const answer = await this.get(transport, uri);
			const { version, data } = truth.get(key);
			const held = answer?.status === 200 ? {
				version: Number(answer.headers.etag?.replaceAll('"', '')),
				data: parseExact(answer.body),
			} : { version, data: `status ${answer?.status}` };
			const wrong = difference(new Map([[key, held]]),
				new Map([[key, { version, data }]]));
			if (wrong !== '') this.fault(`${transport} ${uri}`, wrong);
			const none = await this.get(transport, `${uri}/none`);
			if (none?.status !== 404) {
				this.fault(`${transport} ${uri}/none`, `status ${none?.status}`);
			}
		}
	}

	/* --- what clients know ----------------------------------------------- */

	/** Everyone comes to the head, and knows exactly what there is. */
	async checkClients(project, clients, { head, truth }) {
		const own = clients.filter((one) => one.project === project && !one.isGone);
		const behind = () => own.filter((one) => !one.isGone && !one.isAt(head));
		await this.#until(() => (behind().length === 0 ? '' : 'some are behind'));
		for (const one of behind()) {
			this.#world.journal.fault(one.name,
				`it does not come to ${head}; it stands at ${one.model.cursor}`,
				one.told);
		}
		for (const one of own) {
			if (one.isGone || !one.isAt(head)) continue;
			const wanted = new Map([...truth].filter(([key, { data }]) => {
				const at = key.indexOf('/');
				return one.selection.wants(key.slice(0, at), key.slice(at + 1), data);
			}));
			const wrong = difference(one.knows, wanted);
			if (wrong === '') continue;
			this.#world.journal.fault(one.name, `at ${head}: ${wrong}`, one.told);
		}
	}
}
