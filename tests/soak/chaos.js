/*
 * chaos: programs are killed, stopped, told to reload or to change, and started
 * again; databases are removed, or replaced by older copies.  What is undone later
 * (a start, SIGCONT) is planned by steps.
 */

import { execFileSync } from 'node:child_process';
import {
	copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync,
} from 'node:fs';
import { join } from 'node:path';

import { PROJECTS } from './layout.js';

const UNDO_STEPS = 60;
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

export class Chaos {
	kills = 0;
	surgeries = 0; // of databases
	#changed = new Map(PROJECTS.map((name) => [name, 0])); // since the last look
	#chance;
	#copies;
	#journal;
	#plans = [];
	#programs;
	#step = 0;
	#store;
	#ways;
	#world;

	/** store: where the databases are; programs: {watcher, daemon, web} */
	constructor(journal, chance, { store, programs, world }) {
		this.#journal = journal;
		this.#chance = chance;
		this.#store = store;
		this.#programs = programs;
		this.#world = world;
		this.#copies = journal.file('copies');
		mkdirSync(this.#copies);
		this.#ways = [
			[10, () => this.#end('watcher', ['SIGKILL', 'SIGTERM', 'SIGINT'])],
			[4, () => this.#halt('watcher')],
			[3, () => this.#tell('watcher', 'SIGHUP')],
			[4, () => this.#endDaemon()],
			[6, () => this.#tellDaemon('SIGUSR2')],
			[3, () => this.#tellDaemon('SIGHUP')],
			[2, () => this.#haltDaemon()],
			[8, () => this.#endWorker()],
			[5, () => this.#haltWorker()],
			[4, () => this.#end('web', ['SIGKILL', 'SIGTERM'])],
			[2, () => this.#halt('web')],
			[4, () => this.#copy()],
			[1, () => this.#removeStore()],
			[2, () => this.#putBack()],
		];
	}

	/** One step; something happens in one of every so many. */
	async step(every) {
		this.#step++;
		const due = this.#plans.filter(({ step }) => step <= this.#step);
		this.#plans = this.#plans.filter(({ step }) => step > this.#step);
		for (const { undo } of due) undo();
		this.#startWhoIsDown();
		if (!this.#chance.is(1 / every)) return;
		const all = this.#ways.reduce((sum, [weight]) => sum + weight, 0);
		let at = this.#chance.upTo(all);
		const [, way] = this.#ways.find(([weight]) => (at -= weight) < 0);
		const done = await way();
		if (done) this.#journal.note(done);
	}

	/** Everything runs again. */
	async calm() {
		for (const { undo } of this.#plans.splice(0)) undo();
		await Promise.all(Object.values(this.#programs).map((one) => one.start()));
	}

	/** How often a project's database was replaced since this was last asked. */
	surgeriesOf(project) {
		const n = this.#changed.get(project);
		this.#changed.set(project, 0);
		return n;
	}

	#replaced(...projects) {
		this.surgeries += projects.length;
		for (const project of projects) {
			this.#changed.set(project, this.#changed.get(project) + 1);
		}
	}

	#later(undo, of) {
		this.#plans.push({ undo, of,
			step: this.#step + 1 + this.#chance.upTo(UNDO_STEPS) });
	}

	/* By our signal, before it had a handler, or as it was asked to. */
	#startWhoIsDown() {
		for (const program of Object.values(this.#programs)) {
			if (program.isUp || this.#plans.some(({ of }) => of === program)) continue;
			this.#later(() => program.start(), program);
		}
	}

	/* --- programs -------------------------------------------------------- */

	#end(name, signals) {
		const program = this.#programs[name];
		const signal = this.#chance.pick(signals);
		if (!program.isUp) return null;
		this.kills++;
		program.signal(signal);
		return `${name}: ${signal}`;
	}

	#halt(name) {
		const program = this.#programs[name];
		if (!program.isUp) return null;
		program.signal('SIGSTOP');
		this.#later(() => program.signal('SIGCONT'));
		return `${name}: SIGSTOP`;
	}

	#tell(name, signal) {
		this.#programs[name].signal(signal);
		return `${name}: ${signal}`;
	}

	#endDaemon() {
		const signal = this.#chance.pick(['SIGKILL', 'SIGTERM', 'SIGINT']);
		this.kills++;
		return this.#tellDaemon(signal);
	}

	#tellDaemon(signal) {
		return this.#programs.daemon.signalMaster(signal) ?
			`daemon: ${signal}` : null;
	}

	#haltDaemon() {
		const { daemon } = this.#programs;
		const pid = daemon.master();
		if (!daemon.signalMaster('SIGSTOP')) return null;
		this.#later(() => daemon.signalProcess(pid, 'SIGCONT'));
		return 'daemon: SIGSTOP';
	}

	#worker(signal) {
		return this.#programs.daemon.signalWorker(signal,
			(pids) => this.#chance.pick(pids));
	}

	#endWorker() {
		const signal = this.#chance.pick(['SIGKILL', 'SIGKILL', 'SIGTERM']);
		this.kills++;
		return this.#worker(signal) ? `worker: ${signal}` : null;
	}

	#haltWorker() {
		const pid = this.#worker('SIGSTOP');
		if (pid === 0) return null;
		this.#later(() => this.#programs.daemon.signalProcess(pid, 'SIGCONT'));
		return 'worker: SIGSTOP';
	}

	/* --- databases ------------------------------------------------------- */

	#file(project, suffix = '') {
		return join(this.#store, `${project}.db${suffix}`);
	}

	/* As a backup is made of a database in use. */
	#copy() {
		const project = this.#chance.pick(PROJECTS);
		const n = this.#chance.upTo(3);
		const copy = join(this.#copies, `${project}.${n}`);
		if (!existsSync(this.#file(project))) return null;
		try {
			rmSync(copy, { force: true });
			execFileSync('sqlite3', ['-readonly', '-cmd', '.timeout 2000',
				this.#file(project), `.backup ${copy}`], { stdio: 'ignore' });
		} catch {
			return null; // locked, or just being made
		}
		return `copied ${project} as ${n}`;
	}

	/* Again as often as the watcher begins anew in it meanwhile. */
	#removeFolder() {
		for (;;) {
			try {
				rmSync(this.#store, { recursive: true, force: true });
				return;
			} catch (error) {
				if (error.code !== 'ENOTEMPTY') throw error;
			}
		}
	}

	/* Under programs that have it open, with or without its bell. */
	#removeStore() {
		const roll = this.#chance.upTo(3);
		const project = this.#chance.pick(PROJECTS);
		if (roll === 0) {
			this.#removeFolder();
			this.#replaced(...PROJECTS);
			return 'removed all databases';
		}
		for (const suffix of SUFFIXES.concat(roll === 1 ? ['-bell'] : [])) {
			rmSync(this.#file(project, suffix), { force: true });
		}
		this.#replaced(project);
		return `removed ${project}${roll === 1 ? ' and its bell' : ''}`;
	}

	/* The writer is stopped for that; who reads is not. */
	async #putBack() {
		const copies = readdirSync(this.#copies);
		const name = this.#chance.pick(copies);
		const signal = this.#chance.pick(['SIGKILL', 'SIGTERM']);
		const takesBell = this.#chance.is(0.3);
		if (!name) return null;
		const project = name.split('.')[0];
		const { watcher } = this.#programs;
		watcher.signal('SIGCONT');
		await watcher.stop(signal);
		mkdirSync(this.#store, { recursive: true });
		const fresh = this.#file(project, '.new');
		copyFileSync(join(this.#copies, name), fresh);
		for (const suffix of SUFFIXES.slice(1).concat(takesBell ? ['-bell'] : [])) {
			rmSync(this.#file(project, suffix), { force: true });
		}
		renameSync(fresh, this.#file(project));
		this.#replaced(project);
		this.#world.restored();
		return `put back ${name}${takesBell ? ', without a bell' : ''}`;
	}
}
