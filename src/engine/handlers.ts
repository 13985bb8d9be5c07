// One handler per method of the socket. The work is done by the live lab, the machine and the runtime; this only says who.
import type {Attach, ExecResult, Hello, Methods, Probe, View} from '../api/messages.ts';
import {linkVariablesNow} from '../drivers/index.ts';
import type {Captured, Lent} from '../model/capture.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Runtime} from '../runtime/runtime.ts';
import {startCapture, type CaptureHost} from './capture/captures.ts';
import {startLending} from './capture/lending.ts';
import type {FlowFeeds} from './flows/feeds.ts';
import type {LiveLab} from './live.ts';
import type {Logs} from './logs.ts';
import {nodeOf, type Node} from './nodes.ts';
import type {OpLog} from './oplog.ts';
import {probeArguments, probeResult, programPatience} from './probing.ts';
import {checkProtocol, type Dispatcher, type Handlers, type Running, type Start} from './requests.ts';

export interface HandlerParts {
	readonly live: LiveLab;
	readonly machine: Machine;
	readonly runtime: Runtime;
	readonly opLog: OpLog;
	readonly logs: Logs;
	readonly capture: CaptureHost;
	readonly feeds: FlowFeeds;
	readonly hello: () => Hello;
	readonly view: () => View;
	/** Ends the engine, and with it the box. */
	readonly end: () => void;
	/** The dispatcher that these handlers are given to. */
	readonly dispatcher: () => Dispatcher;
}

export function handlers(parts: HandlerParts): Handlers {
	const {live, machine, runtime, opLog, logs} = parts;
	const node = (name: string): Node => nodeOf(name, live.lab, (container) => live.stateOf(container));
	return {
		hello: async ({protocol}) => {
			checkProtocol(protocol);
			return parts.hello();
		},
		up: async ({lab}) => live.up(lab),
		hold: async ({hold}, connection) => {
			connection.whenClosed(hold ? parts.end : undefined);
			return {};
		},
		down: async () => {
			setImmediate(parts.end);
			return {};
		},
		view: async () => parts.view(),
		subscribe: async ({topics}, connection) => {
			connection.subscribe(topics);
			return {};
		},
		oplog: async ({from}) => opLog.since(from),
		logs: async (params) => {
			if (live.stateOf(params.node) === undefined) {
				node(params.node);
			}

			return logs.of(params.node);
		},
		act: async ({action}) => {
			await live.act(action);
			return {};
		},
		probe: async (probe) => {
			node(probe.from);
			return runProbe(runtime, probe);
		},
		exec: async ({where, command, timeoutMs}): Promise<ExecResult> => {
			node(where);
			return runtime.exec(where, command, timeoutMs, variables(live, where));
		},
		...channels(parts, node),
		net: async (params) => machine.net(node(params.node).netns),
		rules: async ({host}) => machine.rules(node(host).netns),
		...connections(parts),
		listeners: async (params) => {
			const {netns, host} = node(params.node);
			return machine.listeners(netns, host);
		},
		processes: async ({host}) => machine.processes(host),
		namespaces: async (params) => {
			node(params.node);
			return runtime.namespaces(params.node);
		},
		file: async (params): Promise<Methods['file']['result']> => {
			node(params.node);
			return {content: await runtime.readFile(params.node, params.path)};
		},
	};
}

function channels(
	{runtime, live, capture, dispatcher}: HandlerParts,
	node: (name: string) => Node,
): Pick<Handlers, 'attach' | 'capture' | 'mark' | 'lend' | 'take' | 'link_names' | 'resize'> {
	return {
		attach: async (what, connection) => {
			node(what.where);
			await dispatcher().attach(connection, what.channel, starter(runtime, what, variables(live, what.where)));
			return {};
		},
		capture: async ({channel, ...wish}, connection) => {
			let captured: Captured = {nodes: [], waiting: []};
			await dispatcher().attach(connection, channel, async (output, ended) => {
				const started = await startCapture(capture, wish, {
					output: (piece) => {
						output(piece, 'stdout');
					},
					ended: (totals) => {
						connection.send({event: 'captured', channel, ...totals});
						ended(0);
					},
					dropped: (totals) => {
						connection.send({event: 'captured', channel, ...totals});
					},
				});
				({captured} = started);
				return started.running;
			});
			return captured;
		},
		mark: async (params, connection) => dispatcher().mark(connection, params),
		...lendings(capture, dispatcher),
		resize: async (params, connection) => {
			dispatcher().resize(connection, params);
			return {};
		},
	};
}

function lendings(capture: CaptureHost, dispatcher: () => Dispatcher): Pick<Handlers, 'lend' | 'take' | 'link_names'> {
	return {
		lend: async (wish, connection) => {
			let lent: Lent = {nodes: [], waiting: [], sites: []};
			await dispatcher().attach(connection, wish.channel, async () => {
				const started = await startLending(capture, wish, (event) => {
					connection.send(event);
				});
				({lent} = started);
				return started.running;
			});
			return lent;
		},
		take: async ({channel, site}, connection) => dispatcher().lending(connection, channel).take(site),
		link_names: async ({channel, site}, connection) => dispatcher().lending(connection, channel).names(site),
	};
}

/** What `docker exec` finds out anew. Throws E_CONFLICT when the container is linked to one that does not run, as Docker refuses it. */
function variables({lab, allocations}: LiveLab, where: string): Readonly<Record<string, string>> {
	return lab === undefined || allocations === undefined ? {} : linkVariablesNow(lab, allocations, where);
}

function connections({feeds}: HandlerParts): Pick<Handlers, 'flows' | 'follow_flows'> {
	return {
		flows: async ({nodes}) => feeds.read(nodes),
		follow_flows: async ({nodes}, connection) => {
			feeds.follow(connection, nodes);
			return {};
		},
	};
}

async function runProbe(runtime: Runtime, probe: Probe): Promise<Methods['probe']['result']> {
	const {stdout, stderr} = await runtime.probe(probe.from, probeArguments(probe), programPatience(probe));
	return probeResult(stdout, stderr);
}

/** Starts a command and joins its streams to a channel. */
function starter(runtime: Runtime, {where, command, terminal}: Attach, env: Readonly<Record<string, string>>): Start {
	return async (output, ended): Promise<Running> => {
		const attached = await runtime.attach(where, command, terminal, env);
		attached.output.on('data', (bytes: Buffer) => {
			output(bytes, 'stdout');
		});
		attached.error?.on('data', (bytes: Buffer) => {
			output(bytes, 'stderr');
		});
		void attached.ended.then(ended);
		const streams = [attached.output, attached.error];
		return {
			write: (bytes) => {
				attached.input.write(bytes);
			},
			end: () => {
				if (terminal === undefined) {
					attached.input.end();
				} else {
					attached.hangUp();
				}
			},
			resize: attached.resize.bind(attached),
			hangUp: attached.hangUp.bind(attached),
			pause: () => {
				streams.forEach((stream) => stream?.pause());
			},
			resume: () => {
				streams.forEach((stream) => stream?.resume());
			},
		};
	};
}
