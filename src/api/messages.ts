// What goes over a lab's socket: requests, answers, events, and the bytes of attached shells. All that a view may know.
// Frames: 4 bytes length (big endian, of what follows), 1 byte kind, payload. Kind 0 is one JSON message; kind 1 is 4 bytes channel and raw bytes.
import type {ErrorData} from '../base/errors.ts';
import type {Captured, CapturePoint, CaptureTotals, CaptureWish, Marked} from '../model/capture.ts';
import type {Action, Lab, Mode, Network, Serve} from '../model/lab.ts';
import type {LendingEvent, LendingMethods} from './lending.ts';
import type {FlowNews, NodeFlows} from '../model/connections/news.ts';
import type {LinkCounters, ObservedListener, ObservedNet, ObservedProcess, ObservedRules} from '../model/observed.ts';

export const protocolVersion = 1;
/** A client that sends more than this in one frame is cut off. */
export const largestRequestBytes = 16 * 1024 * 1024;

/** One connection attempt from a node, made by a small program of ours inside that node's namespaces. */
export type Probe = {readonly from: string; readonly timeoutMs: number} & (
	| {readonly kind: 'ping'; readonly to: string; readonly count: number; readonly size: number | undefined; readonly df: boolean}
	/** `count`: so many times one after the other. */
	| {readonly kind: 'http'; readonly url: string; readonly count?: number}
	| {readonly kind: 'tcp' | 'udp'; readonly to: string; readonly port: number; readonly send: string | undefined; readonly sourcePort: number | undefined}
	/** The name as it is, without search domains. PTR: an address. `server` undefined: the nameservers of the node's resolv.conf. */
	| {readonly kind: 'dns'; readonly name: string; readonly type: 'A' | 'AAAA' | 'PTR'; readonly server: string | undefined}
);

export interface ProbeResult {
	readonly result: 'ok' | 'refused' | 'timeout' | 'unreachable' | 'too-big' | 'unresolved' | 'closed' | 'error';
	/** The kernel's or our own words when it is not ok. */
	readonly said: string | undefined;
	readonly status: number | undefined;
	/** First 64 KiB. */
	readonly body: string | undefined;
	/** The address it went to, after name resolution. */
	readonly address: string | undefined;
	/** Microseconds from the first packet to the answer; of several attempts those of the fastest. */
	readonly micros: number | undefined;
	/** DNS: what the server said of the question ("NOERROR", "NXDOMAIN", …); undefined: it said nothing. */
	readonly rcode?: string | undefined;
	/** DNS: the records of the type asked for, in the server's order. */
	readonly answers?: readonly string[] | undefined;
}

export interface ExecResult {
	/** Exit code; 128 + n after signal n. */
	readonly exit: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Method name -> its parameters and its result. */
export interface Methods extends LendingMethods {
	hello: {params: {readonly protocol: number}; result: Hello};
	/** Builds the lab. Progress comes as `oplog` events to whoever subscribed. A second call is refused. */
	up: {params: {readonly lab: Lab}; result: UpResult};
	/** `true`: the lab ends with this connection, however that ends; `false`: it goes on by itself. At first nobody holds it. */
	hold: {params: {readonly hold: boolean}; result: Record<string, never>};
	/** Ends the box. The answer comes before the end. */
	down: {params: Record<string, never>; result: Record<string, never>};
	view: {params: Record<string, never>; result: View};
	/** Events of these topics follow, from now on; each call replaces the last. */
	subscribe: {params: {readonly topics: readonly Topic[]}; result: Record<string, never>};
	/** The command log from entry `from` on. */
	oplog: {params: {readonly from: number}; result: readonly OpLogEntry[]};
	/** The last output of a node's processes. */
	logs: {params: {readonly node: string}; result: readonly LogLine[]};
	act: {params: {readonly action: Exclude<Action, {readonly do: 'ping' | 'http' | 'tcp' | 'udp' | 'dns' | 'exec' | 'wait'}>}; result: Record<string, never>};
	probe: {params: Probe; result: ProbeResult};
	/** Runs a command in a node and gives back what it printed (first 1 MiB of each stream). */
	exec: {params: {readonly where: string; readonly command: readonly string[]; readonly timeoutMs: number}; result: ExecResult};
	/** Runs a command with its input and output on channel `channel` of this connection; ends with an `exit` event. */
	attach: {params: Attach; result: Record<string, never>};
	/** Captures packets: a pcapng file comes on channel `channel`, in pieces. End of input on the channel ends it: then its rest comes, a `captured` and an `exit` event. A `captured` event comes before that, too, whenever more was dropped. */
	capture: {params: CaptureWish & {readonly channel: number}; result: Captured};
	/**
	 * Sends a marker frame, which nobody is shown, through each of these points of a capture on channel `channel`. When the answer comes, all packets that the
	 * points had seen before have come on the channel. `lost`: interfaces ("h1/eth0") through which the marker did not
	 * come; `absent`: those that are not there.
	 */
	mark: {params: {readonly channel: number; readonly points: readonly CapturePoint[]}; result: Marked};
	resize: {params: {readonly channel: number; readonly columns: number; readonly rows: number}; result: Record<string, never>};
	net: {params: {readonly node: string}; result: ObservedNet};
	rules: {params: {readonly host: string}; result: ObservedRules};
	/** The connection tables of these nodes; none named: of every host, and of every running container that has a network namespace of its own. */
	flows: {params: {readonly nodes: readonly string[]}; result: readonly NodeFlows[]};
	/** From now on the topic `flows` is about these nodes (as `flows` names them); their tables come as its first events. Each call replaces the last. */
	follow_flows: {params: {readonly nodes: readonly string[]}; result: Record<string, never>};
	listeners: {params: {readonly node: string}; result: readonly ObservedListener[]};
	processes: {params: {readonly host: string}; result: readonly ObservedProcess[]};
	/** Inode numbers of a node's namespaces, and of its /etc/hosts. */
	namespaces: {
		params: {readonly node: string};
		result: {readonly net: string; readonly mnt: string; readonly pid: string; readonly ipc: string; readonly uts: string; readonly hostsFile: string};
	};
	/** A file as the node sees it, first 1 MiB; undefined when it is not there. */
	file: {params: {readonly node: string; readonly path: string}; result: {readonly content: string | undefined}};
}

export type Method = keyof Methods;

export interface Hello {
	readonly protocol: number;
	readonly version: string;
	readonly lab: string;
	/** Absolute path of the file it was made from. */
	readonly file: string;
	/** The engine's, as the machine sees it. */
	readonly pid: number;
	/** Milliseconds since the epoch. */
	readonly createdMs: number;
	readonly isUp: boolean;
}

export interface UpResult {
	readonly ops: number;
	readonly wallMs: number;
	/** Of the engine and the programs it ran. */
	readonly cpuMs: number;
	readonly notes: readonly string[];
}

/** `channel` is chosen by the client, free on this connection. With `terminal` the two outputs are one. */
export interface Attach {
	readonly channel: number;
	readonly where: string;
	/** Empty: the node's shell. */
	readonly command: readonly string[];
	readonly terminal: {readonly columns: number; readonly rows: number; readonly term: string} | undefined;
}

export type Topic = 'view' | 'counters' | 'oplog' | 'logs' | 'flows';

export type Event =
	| {readonly event: 'view'; readonly view: View}
	| {readonly event: 'counters'; readonly counters: Counters}
	| {readonly event: 'oplog'; readonly entries: readonly OpLogEntry[]}
	| {readonly event: 'logs'; readonly lines: readonly LogLine[]}
	| {readonly event: 'flows'; readonly news: FlowNews}
	/** stderr of a channel without a terminal comes as channel + 0x80000000. */
	| {readonly event: 'exit'; readonly channel: number; readonly exit: number}
	| ({readonly event: 'captured'; readonly channel: number} & CaptureTotals)
	| LendingEvent
	/** So many events of this topic were not sent, because this client did not read. */
	| {readonly event: 'missed'; readonly topic: Topic; readonly count: number};

export type Message =
	| {readonly id: number; readonly method: Method; readonly params: unknown}
	| {readonly id: number; readonly result: unknown}
	| {readonly id: number; readonly error: ErrorData}
	| Event;

/** Everything about a lab that does not change every second. */
export interface View {
	readonly lab: string;
	readonly title: string;
	readonly about: string;
	readonly file: string;
	readonly createdMs: number;
	readonly isUp: boolean;
	readonly lans: readonly LanView[];
	/** User-defined networks, in file order. */
	readonly networks: readonly NetworkView[];
	readonly hosts: readonly HostView[];
}

export interface NetworkView {
	/** Its key in the file. */
	readonly name: string;
	readonly driver: Network['driver'];
	/** The hosts whose engines know it. */
	readonly hosts: readonly string[];
	/** undefined: it has no IPv4. */
	readonly subnet: string | undefined;
	/** undefined: it has none. */
	readonly gateway: string | undefined;
	/** Left out: it has no IPv6. */
	readonly v6?: {readonly subnet: string; readonly gateway: string | undefined};
	/** The Linux bridge on its host; of a macvlan undefined. */
	readonly bridge: string | undefined;
	/** Of a macvlan: the interface of its hosts that it is on. */
	readonly parent: string | undefined;
	/** Of an overlay network: its number. Its place on each of its hosts is the node `HOST:vxlanNUMBER`. */
	readonly vni?: number;
	readonly internal: boolean;
}

export interface LanView {
	readonly name: string;
	readonly subnet: string;
	/** This and all `address6` and `gateway6`: left out where there is no IPv6. */
	readonly subnet6?: string;
	readonly mtu: number;
}

export interface HostView {
	readonly name: string;
	/** undefined: a plain machine. */
	readonly engine: string | undefined;
	readonly nics: readonly NicView[];
	readonly bridges: readonly BridgeView[];
	readonly containers: readonly ContainerView[];
	readonly serve: readonly Serve[];
	readonly gateway: string | undefined;
	readonly gateway6?: string;
}

export interface NicView {
	readonly dev: string;
	readonly lan: string;
	readonly address: string | undefined;
	readonly address6?: string;
	readonly mac: string;
	/** Its other end, in the LAN's namespace. */
	readonly peer: string;
}

export interface BridgeView {
	readonly dev: string;
	readonly address: string | undefined;
	readonly address6?: string;
	/** NICs of the host that are its ports. */
	readonly ports: readonly string[];
}

export interface ContainerView {
	readonly name: string;
	readonly id: string;
	readonly hostname: string;
	readonly mode: Mode;
	readonly state: 'created' | 'running' | 'exited';
	readonly exitCode: number | undefined;
	readonly image: string;
	readonly command: readonly string[];
	/** Of its first process, in its host's PID namespace. */
	readonly pid: number | undefined;
	/** In mode container: whose network stack it shares. */
	readonly sharesWith: string | undefined;
	readonly interfaces: readonly InterfaceView[];
	readonly published: readonly PublishedView[];
}

export interface InterfaceView {
	readonly dev: string;
	/** `veth`: a cable to a bridge. `macvlan`: a second MAC on an interface of the host. */
	readonly kind: 'veth' | 'macvlan';
	/** The network that it is an endpoint of, by its key in the file: `bridge` is docker0's. undefined: put in by hand. */
	readonly network: string | undefined;
	/** It has the default route of a family, and the published ports. */
	readonly isWayOut: boolean;
	readonly address: string | undefined;
	readonly address6?: string;
	readonly mac: string;
	readonly gateway: string | undefined;
	readonly gateway6?: string;
	readonly mtu: number;
	/** Its other end on the host, and the bridge or LAN that it is a port of; both are the parent of a macvlan. */
	readonly veth: string;
	readonly bridge: string;
}

export interface PublishedView {
	readonly protocol: 'tcp' | 'udp';
	/** "0.0.0.0", "::" or one address. */
	readonly hostAddress: string;
	readonly hostPort: number;
	readonly port: number;
	/** PID of its docker-proxy in the host's PID namespace. */
	readonly proxyPid: number | undefined;
}

export interface Counters {
	readonly atMs: number;
	/**
	 * Every link of every host and LAN; a container's own figures are those of its veth there, the other way round. Containers with a link that has
	 * no other end there (a macvlan, a cable of an overlay network) are nodes, too.
	 */
	readonly links: readonly ({readonly node: string; readonly dev: string} & LinkCounters)[];
}

/** One op that was done or undone. */
export interface OpLogEntry {
	readonly number: number;
	/** Milliseconds since the lab began. */
	readonly atMs: number;
	readonly unit: string;
	readonly direction: 'do' | 'undo';
	/** The command a person would type, without the host. */
	readonly command: string;
	/** Where they would type it: a host or LAN. */
	readonly where: string;
	readonly why: string;
}

/** A line that a container printed. */
export interface LogLine {
	/** Counts all lines of the lab in the order in which they came: who asks for those of before and hears the new ones has each once. */
	readonly number: number;
	readonly atMs: number;
	readonly node: string;
	readonly stream: 'stdout' | 'stderr';
	readonly text: string;
}
