// The engine: the one process of a box that knows the lab. Started by lab-init with its surroundings in the environment; when it ends, so does the box.
import {closeSync, existsSync, writeSync} from 'node:fs';
import process from 'node:process';
import {loadNative, type Native} from '../../native/index.ts';
import {protocolVersion, type View} from '../api/messages.ts';
import {LabError, toLabError} from '../base/errors.ts';
import {expectShortLife} from '../base/v8.ts';
import {version} from '../base/version.ts';
import {LinuxKernel} from '../kernel/linux.ts';
import type {Machine} from '../kernel/machine.ts';
import {Namespaces} from '../kernel/namespaces.ts';
import {Runtime} from '../runtime/runtime.ts';
import {Applier} from './apply.ts';
import type {CaptureHost} from './capture/captures.ts';
import {startCounters} from './counters.ts';
import {NameServers} from './dns/servers.ts';
import {runErrand} from './errands.ts';
import {flowFeeds} from './flows/sources.ts';
import {faulty} from './faulty.ts';
import {handlers} from './handlers.ts';
import {LiveLab} from './live.ts';
import {Logs} from './logs.ts';
import {BoxMachine} from './machine.ts';
import {keepNetns} from './nodes.ts';
import {OpLog} from './oplog.ts';
import type {Processes} from './processes.ts';
import {Dispatcher} from './requests.ts';
import {LabServer} from './server.ts';
import {EmbeddedStore} from './store/embedded.ts';
import {endUnclaimed} from './unclaimed.ts';
import {viewOf} from './view.ts';

/** The launcher reads one line from it: ready, or why not. */
const readyDescriptor = 3;

interface Surroundings {
	readonly lab: string;
	readonly socket: string;
	readonly scratch: string;
	readonly file: string;
	/** Our PID as the machine sees it. */
	readonly pid: number;
}

function surroundings(): Surroundings {
	const value = (name: string): string => {
		const found = process.env[name];
		if (found === undefined) {
			throw new LabError('E_ENGINE_START', {
				doing: 'start the engine',
				said: `${name} is not set`,
				hint: 'engines are started by `vethlab up`, not by hand',
			});
		}

		return found;
	};
	return {
		lab: value('VETHLAB_LAB'),
		socket: value('VETHLAB_SOCKET'),
		scratch: value('VETHLAB_SCRATCH'),
		file: value('VETHLAB_FILE'),
		pid: Number(value('VETHLAB_PID')),
	};
}

/** Ends the engine, and with it the box. */
function end(): void {
	process.exit(0);
}

/** The parts of an engine, joined. */
interface Engine {
	readonly machine: Machine;
	readonly live: LiveLab;
	readonly runtime: Runtime;
	readonly opLog: OpLog;
	readonly logs: Logs;
	readonly capture: CaptureHost;
}

async function start(here: Surroundings): Promise<void> {
	const createdMs = Date.now();
	const server = new LabServer();
	const engine: Engine = build(here, server, () => {
		if (server.hears('view')) {
			server.tell('view', {event: 'view', view: view()});
		}
	});
	const {live, runtime, machine} = engine;
	const view = (): View => viewOf({...here, createdMs, name: here.lab, live, runtime});
	const dispatcher: Dispatcher = new Dispatcher(
		handlers({
			...engine,
			feeds: flowFeeds(engine),
			view,
			hello: () => ({protocol: protocolVersion, version: version(), lab: here.lab, file: here.file, pid: here.pid, createdMs, isUp: live.isUp}),
			end,
			dispatcher: () => dispatcher,
		}),
	);
	await server.listen(here.socket, dispatcher);
	endUnclaimed(() => live.isUp || server.isVisited, end);
	startCounters(machine, {
		lab: () => live.lab,
		allocations: () => live.allocations,
		isHeard: () => server.hears('counters'),
		tell: (counters) => {
			server.tell('counters', {event: 'counters', counters});
		},
	});
}

function build(here: Surroundings, server: LabServer, changed: () => void): Engine {
	const native = loadNative();
	const namespaces = new Namespaces(native, `${here.scratch}/proc`);
	const logs = new Logs((lines) => {
		server.tell('logs', {event: 'logs', lines});
	});
	const opLog = new OpLog(Date.now, (read) => {
		if (server.hears('oplog')) {
			server.tell('oplog', {event: 'oplog', entries: read()});
		}
	});
	const runtime = new Runtime(native, {
		scratch: here.scratch,
		netnsFd: (name) => namespaces.fd(name),
		netnsPath: (name) => namespaces.path(name),
		crun: program('crun'),
		log: (line) => {
			logs.add(line);
		},
		ask: async (host, words) => runErrand({live, applier, machine, pidOf: (container) => runtime.pidOf(container)}, host, words),
		onExit: (container, exitCode) => {
			// what could not be taken down, the end of the box will; the lab lives on
			live.ended(container, exitCode).catch((error: unknown) => {
				logs.add({atMs: Date.now(), node: container, stream: 'stderr', text: toLabError(error, `take down ${container}`).message});
			});
		},
	});
	const names = new NameServers(native, namespaces);
	const machine: Machine = faulty(new BoxMachine(new LinuxKernel(native, namespaces, rulePrograms()), runtime, names), process.env['VETHLAB_FAULT']);
	const applier: Applier = new Applier(machine, (direction, ops) => {
		opLog.add(direction, ops);
	});
	const live: LiveLab = new LiveLab({machine, applier, processes: processes({runtime, native, namespaces, names}), store: new EmbeddedStore(), changed});
	return {machine, live, runtime, opLog, logs, capture: {native, namespaces, machine, lab: () => live.lab}};
}

interface ProcessParts {
	readonly runtime: Runtime;
	readonly native: Native;
	readonly namespaces: Namespaces;
	readonly names: NameServers;
}

function processes({runtime, native, namespaces, names}: ProcessParts): Processes {
	return {
		stop: async (container, graceMs) => runtime.stop(container, graceMs),
		isRunning: (container) => runtime.pidOf(container) !== undefined,
		signal: async (host, name, signal) => runtime.signal(host, name, signal),
		keepNetns: (guest, owner) => {
			keepNetns(native, namespaces, guest, owner);
		},
		dropNetns: (container) => {
			namespaces.remove(container);
		},
		namesChanged: (table) => {
			names.know(table);
		},
		forget: async (container) => runtime.forget(container),
	};
}

function rulePrograms(): ConstructorParameters<typeof LinuxKernel>[2] {
	return {
		iptablesRestore: program('iptables-nft-restore', 'iptables-restore'),
		ip6tablesRestore: program('ip6tables-nft-restore', 'ip6tables-restore'),
		iptablesSave: program('iptables-nft-save', 'iptables-save'),
		ip6tablesSave: program('ip6tables-nft-save', 'ip6tables-save'),
	};
}

/** Path of the first of these programs that is there. Throws E_PROGRAM_MISSING. */
function program(...names: readonly string[]): string {
	const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];
	const found = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find((path) => existsSync(path));
	if (found === undefined) {
		throw new LabError('E_PROGRAM_MISSING', {doing: 'start the engine', said: `${names.join(' or ')} is not installed`});
	}

	return found;
}

function tellLauncher(message: object): void {
	writeSync(readyDescriptor, `${JSON.stringify(message)}\n`);
	closeSync(readyDescriptor);
}

async function main(): Promise<void> {
	try {
		await start(surroundings());
		tellLauncher({ready: true});
	} catch (error) {
		tellLauncher({error: toLabError(error, 'start the engine').toJSON()});
		process.exitCode = 4;
		throw error;
	}
}

expectShortLife();
process.on('SIGTERM', end);
void main();
