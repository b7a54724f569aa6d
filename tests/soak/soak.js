/*
 * soak: files change and programs die at random for a long time, and whenever it
 * is quiet for a moment, everyone knows exactly what is in the files.
 *
 *	node soak.js '{"seconds":60,"seed":7,"dir":"/x","journal":"build/soak",
 *	    "bin":"build/bin","binTest":"build/bin-test","port":8080}'
 *
 *   stir.js       what happens to files; contents.js what is in them
 *   chaos.js      what happens to programs (programs.js) and databases
 *   clients.js    who follows; population.js how many of which
 *   truth.js      what there is, read by the tests themselves
 *   judge.js      compares, at each quiet point
 *   journal.js    what is kept of it, below build/soak/
 *
 * Every choice comes from the seed, by steps and not by the clock: the same seed
 * does the same to files and programs.  How far each has come by then is the
 * machine's choice.  Output is TAP.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Chaos } from './chaos.js';
import { Journal } from './journal.js';
import { Judge } from './judge.js';
import { configurationOf, placesIn, PROJECTS } from './layout.js';
import { population } from './population.js';
import {
	Daemon, descendantsOf, Program, WebServer, which,
} from './programs.js';
import { Stir } from './stir.js';
import { World } from './world.js';

const CHAOS_EVERY = 20; // steps
const QUIET_EVERY = 300; // … at most; half of that at least
const PACE_MS = 12;
const TELL_MS = 5000;

const options = JSON.parse(process.argv[2]);
const journal = new Journal(resolve(options.journal), options.seed);
const paths = Object.fromEntries(['state', 'store', 'fcgi.sock', 'spawned.sock',
	'tidemark.json', 'lighttpd.conf', 'fcgi.pid'].map((name) =>
	[name, join(options.dir, name)]));
const doors = { port: options.port, socket: paths['fcgi.sock'],
	program: join(options.bin, 'tidemark-fcgi'), config: paths['tidemark.json'] };
const world = new World(journal, options.seed, doors);
const places = placesIn(paths.state);

let tests = 0;
function ok(condition, text) {
	console.log(`${condition ? 'ok' : 'not ok'} ${++tests} - ${text}`);
}

function webConfiguration() {
	return `
		server.bind = "127.0.0.1"
		server.port = ${options.port}
		server.document-root = "${resolve('www')}"
		server.errorlog = "${journal.file('lighttpd-error.log')}"
		var.tidemark_mount = "/"
		var.tidemark_www = "${resolve('www')}/"
		var.tidemark_socket = "${doors.socket}"
		include "${resolve('conf/lighttpd/tidemark.conf')}"
		fastcgi.server += ("/spawned/api/" => ((
			"bin-path" => "${which('setpriv')} --pdeathsig KILL ${doors.program}",
			"bin-environment" => ("TIDEMARK_CONFIG" => "${doors.config}"),
			"socket" => "${paths['spawned.sock']}",
			"max-procs" => 4, "check-local" => "disable",
			"disable-time" => 0)))
		$HTTP["url"] =~ "^/spawned/" { server.stream-response-body = 2 }
	`;
}

function programs() {
	const setpriv = [which('setpriv'), '--pdeathsig', 'KILL'];
	return {
		watcher: new Program(journal, 'watcher', [...setpriv,
			join(options.bin, 'tidemark-watcher'), '-c', doors.config]),
		daemon: new Daemon(journal, 'daemon', {
			reap: join(options.binTest, 'reap'),
			pidFile: paths['fcgi.pid'],
			command: [doors.program, '-c', doors.config, '--listen',
				`unix:${doors.socket}`, '--workers', '2'],
		}),
		web: new WebServer(journal, 'web', [...setpriv, which('lighttpd'), '-D',
			'-f', paths['lighttpd.conf']]),
	};
}

class Soak {
	#chance = world.chanceOf('soak');
	#chaos;
	#clients = population(world);
	#judge = new Judge(world, places, () => this.#chaos.calm());
	#nextQuiet;
	#points = 0; // that were quiet
	#programs = programs();
	#stir = new Stir(places, world.chanceOf('stir'));
	#told = 0;

	constructor() {
		this.#chaos = new Chaos(journal, world.chanceOf('chaos'),
			{ store: paths.store, programs: this.#programs, world });
	}

	async run() {
		await this.#chaos.calm();
		for (const client of this.#clients) client.start();
		await this.#quiet();
		this.#planQuiet();
		while (journal.seconds() < options.seconds && journal.faults === 0) {
			await this.#step();
		}
		await this.#quiet();
		await this.#end();
	}

	async #step() {
		journal.step++;
		for (let i = this.#chance.upTo(6); i >= 0; i--) {
			journal.note(this.#stir.step());
		}
		await this.#chaos.step(CHAOS_EVERY);
		await world.rest(this.#chance.upTo(PACE_MS));
		if (journal.seconds() * 1000 > this.#told + TELL_MS) this.#tell();
		if (journal.step < this.#nextQuiet) return;
		await this.#quiet();
		this.#planQuiet();
	}

	#planQuiet() {
		this.#nextQuiet = journal.step + QUIET_EVERY / 2 +
			this.#chance.upTo(QUIET_EVERY / 2);
	}

	async #quiet() {
		journal.note('quiet');
		journal.flush();
		await this.#chaos.calm();
		this.#stir.mend();
		world.setQuiet(true);
		await this.#judge.serving();
		await Promise.all(PROJECTS.map(async (project) => {
			const found = await this.#judge.settled(project);
			if (!found) return;
			this.#judge.checkEpoch(project, found.head,
				this.#chaos.surgeriesOf(project));
			await this.#judge.checkEntities(project, found.truth);
			await this.#judge.checkClients(project, this.#clients, found);
		}));
		this.#points++;
		world.setQuiet(false);
	}

	#summary() {
		const answers = this.#clients.reduce((sum, one) => sum + one.answers, 0);
		return `${Math.round(journal.seconds())} s, ${journal.step} steps, ${
			this.#stir.changes} ops, ${this.#chaos.kills} kills, ${
			this.#chaos.surgeries} databases replaced, ${answers} answers and events, ${
			this.#clients.filter(({ isGone }) => !isGone).length} clients, ${
			this.#points} quiet points`;
	}

	#tell() {
		this.#told = journal.seconds() * 1000;
		journal.say(this.#summary());
	}

	async #end() {
		const { watcher, daemon, web } = this.#programs;
		const n = this.#clients.length;
		const summary = this.#summary();
		ok(journal.faults === 0,
			`each of ${n} clients knows exactly what is in the files, whenever ` +
			'it is quiet');
		for (const client of this.#clients) client.leave();
		await web.stop();
		await daemon.stop();
		await watcher.stop();
		const crash = ['watcher', 'daemon', 'web'].map((name) =>
			readFileSync(journal.file(`${name}.log`), 'utf8'))
			.find((text) => /Sanitizer|runtime error:/.test(text));
		if (crash) journal.fault('sanitizer', crash.slice(0, 4000));
		ok(journal.faults === 0, 'and all programs end as they are asked to');
		journal.say(`SEED=${options.seed}: ${summary}, ${journal.faults} faults`);
		journal.flush();
		console.log(`1..${tests}`);
		process.exit(journal.faults === 0 ? 0 : 1);
	}
}

/* However it ends, nobody is left behind. */
process.on('exit', () => {
	for (const pid of descendantsOf(process.pid)) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch { /* it has just ended */ }
	}
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
	process.once(signal, () => {
		journal.flush();
		process.exit(1);
	});
}

mkdirSync(paths.store, { recursive: true });
writeFileSync(doors.config, JSON.stringify(configurationOf(places, paths.store)));
writeFileSync(paths['lighttpd.conf'], webConfiguration());
await new Soak().run();
