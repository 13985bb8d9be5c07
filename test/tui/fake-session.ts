// A lab without an engine: a view, counters that move when told to, logs, a command log, and a shell that only echoes.
import {LabError} from '../../src/base/errors.ts';
import type {Counters, Event, LogLine, Method, Methods, OpLogEntry, View} from '../../src/api/messages.ts';
import type {ObservedNet, ObservedRules} from '../../src/model/observed.ts';
import {meterOf, segmentFor, segmentsOf} from '../../src/tui/layout/segments.ts';
import type {Session, Shell} from '../../src/tui/session.ts';
import {FakeCapture} from './fake-capture.ts';

interface Link {
	readonly node: string;
	readonly dev: string;
	rxBytes: number;
	txBytes: number;
	rxPackets: number;
	txPackets: number;
	rxDropped: number;
	txDropped: number;
}

/** Someone who sends: a container by name, or a host. */
type End = string;

export class FakeSession implements Session {
	view: View;
	readonly closed: Promise<void>;
	readonly calls: {readonly method: string; readonly params: unknown}[] = [];
	readonly shells: FakeShell[] = [];
	readonly captures: FakeCapture[] = [];
	oplog: OpLogEntry[];
	history: LogLine[] = [];
	/** By node. */
	nets: ReadonlyMap<string, ObservedNet> = new Map();
	/** Of every node. */
	rules: ObservedRules = {chains: [], rules: []};
	readonly #listeners = new Set<(event: Event) => void>();
	readonly #links = new Map<string, Link>();
	#close: () => void = () => {};
	#atMs = 0;

	constructor(view: View) {
		this.view = view;
		this.oplog = sampleOplog(view);
		this.closed = new Promise((resolve) => {
			this.#close = resolve;
		});
		for (const host of view.hosts) {
			const links = [
				...[...host.nics, ...host.bridges].map(({dev}) => ({node: host.name, dev})),
				...host.containers.flatMap((container) => container.interfaces.map((wire) => meterOf(view, host, container.name, wire))),
			];
			for (const {node, dev} of links) {
				this.#links.set(`${node} ${dev}`, {node, dev, rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0});
			}
		}
	}

	async call<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
		this.calls.push({method, params});
		// The one place that answers every method: which of them it is, the compiler cannot follow.
		const answers: Partial<Record<Method, () => unknown>> = {
			subscribe: () => ({}),
			oplog: () => this.oplog,
			logs: () => this.history.filter((line) => line.node === (params as Methods['logs']['params']).node),
			act: () => ({}),
			rules: () => this.rules,
			follow_flows: () => ({}),
			view: () => this.view,
			net: () => this.#net((params as Methods['net']['params']).node),
		};
		const answer = answers[method];
		if (answer === undefined) {
			throw new Error(`the fake session does not answer ${method}`);
		}

		return answer() as Methods[M]['result'];
	}

	#net(node: string): ObservedNet {
		const net = this.nets.get(node);
		if (net === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `read the network of ${node}`});
		}

		return net;
	}

	onEvent(listener: (event: Event) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	attach(): Shell {
		const shell = new FakeShell();
		this.shells.push(shell);
		return shell;
	}

	async capture(): Promise<FakeCapture> {
		const capture = new FakeCapture();
		this.captures.push(capture);
		return capture;
	}

	emit(event: Event): void {
		for (const listener of this.#listeners) {
			listener(event);
		}
	}

	/** Containers print: known to `logs`, and told to who listens. */
	print(lines: readonly LogLine[]): void {
		this.history.push(...lines);
		this.emit({event: 'logs', lines});
	}

	/** The engine goes. */
	close(): void {
		this.#close();
	}

	/** So many packets of so many bytes from one end to another, counted on every link of the way. */
	send(from: End, to: End, packets: number, bytes = 120): void {
		const out = this.#way(from);
		const back = this.#way(to);
		const last = out.findIndex((link) => back.some((other) => other.at === link.at));
		const meet = back.findIndex((link) => link.at === out[last]?.at);
		for (const {key, isTurned} of out.slice(0, last + 1)) {
			this.#count(key, isTurned ? 'rx' : 'tx', packets, bytes);
		}

		for (const {key, isTurned} of back.slice(0, meet + 1)) {
			this.#count(key, isTurned ? 'tx' : 'rx', packets, bytes);
		}
	}

	drop(node: string, dev: string, packets: number): void {
		const link = this.#links.get(`${node} ${dev}`);
		if (link !== undefined) {
			link.rxDropped += packets;
		}
	}

	/** Publishes the counters, `ms` after the last time. */
	tick(ms = 1000): void {
		this.#atMs += ms;
		const counters: Counters = {atMs: this.#atMs, links: [...this.#links.values()].map((link) => ({...link}))};
		this.emit({event: 'counters', counters});
	}

	#count(key: string, way: 'rx' | 'tx', packets: number, bytes: number): void {
		const link = this.#links.get(key);
		if (link !== undefined) {
			link[`${way}Packets`] += packets;
			link[`${way}Bytes`] += packets * bytes;
		}
	}

	/** The links from an end outwards, each with where it leads to. */
	#way(end: End): {readonly key: string; readonly isTurned: boolean; readonly at: string}[] {
		for (const host of this.view.hosts) {
			const nics = host.nics.slice(0, 1).map(({dev, lan}) => ({key: `${host.name} ${dev}`, isTurned: false, at: `lan ${lan}`}));
			if (host.name === end) {
				return nics;
			}

			const wires = host.containers.find(({name}) => name === end)?.interfaces ?? [];
			const segments = segmentsOf(this.view, host);
			const wire = wires.find((one) => segmentFor(segments, one)?.kind === 'overlay') ?? wires[0];
			if (wire !== undefined) {
				const {node, dev, isTurned} = meterOf(this.view, host, end, wire);
				const own = {key: `${node} ${dev}`, isTurned};
				const segment = segmentFor(segments, wire);
				switch (segment?.kind) {
					case 'overlay': {
						return [{...own, at: `overlay ${segment.network?.name ?? ''}`}];
					}

					case 'macvlan': {
						return [{...own, at: `macvlan ${segment.id}`}, ...nics];
					}

					case 'bridge': {
						const routed = segment.isRouted ? [{key: `${host.name} ${segment.dev}`, isTurned: true, at: `host ${host.name}`}] : [];
						return [{...own, at: `bridge ${segment.id}`}, ...routed, ...nics];
					}

					default: {
						return [{...own, at: `lan ${wire.bridge}`}];
					}
				}
			}
		}

		return [];
	}
}

export class FakeShell implements Shell {
	readonly written: Uint8Array[] = [];
	readonly sizes: (readonly [number, number])[] = [];
	readonly ended: Promise<number>;
	isDetached = false;
	#listener: (bytes: Uint8Array) => void = () => {};
	#end: (exit: number) => void = () => {};

	constructor() {
		this.ended = new Promise((resolve) => {
			this.#end = resolve;
		});
		setImmediate(() => this.print('/ # '));
	}

	/** Echoes; Enter gives a new prompt, Ctrl-D ends it. */
	write(bytes: Uint8Array): void {
		this.written.push(Uint8Array.from(bytes));
		for (const character of Buffer.from(bytes).toString()) {
			if (character === '\u0004') {
				this.exit(0);
			} else {
				this.print(character === '\r' ? '\r\n/ # ' : character);
			}
		}
	}

	resize(columns: number, rows: number): void {
		this.sizes.push([columns, rows]);
	}

	onData(listener: (bytes: Uint8Array) => void): void {
		this.#listener = listener;
	}

	detach(): void {
		this.isDetached = true;
	}

	print(text: string): void {
		this.#listener(Buffer.from(text));
	}

	exit(code: number): void {
		this.#end(code);
	}
}

/** The steps that made a lab, near to what the drivers plan. */
export function sampleOplog(view: View): OpLogEntry[] {
	const entries: OpLogEntry[] = [];
	const add = (unit: string, where: string, command: string, why: string): void => {
		entries.push({number: entries.length, atMs: 12 + entries.length * 3, unit, direction: 'do', command, where, why});
	};

	for (const lan of view.lans) {
		add(`lan:${lan.name}`, `lan:${lan.name}`, `ip link add ${lan.name} type bridge`, `LAN ${lan.name} is a switch: a bridge in a namespace of its own`);
		add(`lan:${lan.name}`, `lan:${lan.name}`, `ip link set ${lan.name} up`, 'a switch that is off forwards nothing');
	}

	for (const host of view.hosts) {
		for (const nic of host.nics) {
			add(
				`host:${host.name}`,
				`lan:${nic.lan}`,
				`ip link add ${nic.peer} type veth peer name ${nic.dev} netns ${host.name}`,
				`the cable from ${host.name} to LAN ${nic.lan}: a veth pair`,
			);
			add(`host:${host.name}`, host.name, `ip addr add ${nic.address ?? ''} dev ${nic.dev}`, `the address of ${host.name} in its LAN`);
		}

		for (const bridge of host.bridges) {
			add(`docker:${host.name}`, host.name, `ip link add ${bridge.dev} type bridge`, 'the engine makes its default bridge when it starts');
			add(`docker:${host.name}`, host.name, `ip addr add ${bridge.address ?? ''} dev ${bridge.dev}`, "the bridge's address is the containers' gateway");
			add(
				`docker:${host.name}`,
				host.name,
				`iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o ${bridge.dev} -j MASQUERADE`,
				'containers leave with the address of the host',
			);
		}

		for (const container of host.containers) {
			for (const wire of container.interfaces) {
				add(
					`container:${container.name}`,
					host.name,
					`ip link add ${wire.veth} type veth peer name ${wire.dev} netns ${container.name}`,
					`the cable of ${container.name}: one end in it, one on the host`,
				);
				add(`container:${container.name}`, host.name, `ip link set ${wire.veth} master ${wire.bridge} up`, `its outer end is a port of ${wire.bridge}`);
				add(
					`container:${container.name}`,
					container.name,
					`ip addr add ${wire.address ?? ''} dev ${wire.dev}`,
					`the next free address of ${wire.bridge}'s subnet`,
				);
			}

			for (const one of container.published.filter(({hostAddress}) => hostAddress !== '::')) {
				add(
					`container:${container.name}`,
					host.name,
					`iptables -t nat -A DOCKER ! -i docker0 -p ${one.protocol} -m ${one.protocol} --dport ${one.hostPort} -j DNAT --to-destination 172.17.0.2:${one.port}`,
					`port ${one.hostPort} of ${host.name} leads to ${container.name}`,
				);
			}
		}
	}

	return entries;
}
