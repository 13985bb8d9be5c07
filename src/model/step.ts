// What a scenario does and what must then be true: plain data, one member for each action and each check. `scenario/` carries it out.
import type {Mac, Port} from '../base/units.ts';
import type {Position} from './position.ts';
import type {Protocol, Publish} from './publish.ts';

/** One step of a scenario: do something, then look. */
export interface Step {
	readonly name: string;
	readonly do: readonly Action[];
	/** How long positive checks are tried again, in milliseconds. */
	readonly withinMs: number;
	readonly expect: readonly Check[];
	readonly at: Position;
}

export type ProbeFailure = 'refused' | 'timeout' | 'unreachable';

/** What a step does. `from`, `in` and `at` are nodes: a host or a service. */
export type Action = {readonly at: Position} & (
	| {
			readonly do: 'ping';
			readonly from: string;
			readonly to: string;
			readonly count: number;
			readonly size: number | undefined;
			readonly df: boolean;
			readonly fails: boolean;
	  }
	| {readonly do: 'http'; readonly from: string; readonly url: string; readonly fails: boolean | ProbeFailure}
	| {
			readonly do: 'tcp' | 'udp';
			readonly from: string;
			readonly to: string;
			readonly port: Port;
			readonly send: string | undefined;
			readonly sourcePort: Port | undefined;
			readonly fails: boolean;
	  }
	| {readonly do: 'exec'; readonly in: string; readonly command: readonly string[]; readonly fails: boolean}
	/** `refusal`: the lab is to refuse it, with these words among its own; empty: whatever it says. */
	| {readonly do: 'start' | 'restart'; readonly service: string; readonly refusal?: string}
	| {readonly do: 'stop' | 'remove'; readonly service: string}
	| {readonly do: 'publish'; readonly service: string; readonly publish: readonly Publish[]}
	| {readonly do: 'connect' | 'disconnect'; readonly service: string; readonly network: string}
	/** `refusal`: the lab is to refuse it, in words that hold these. */
	| {readonly do: 'remove_network'; readonly network: string; readonly refusal?: string}
	| {readonly do: 'dns'; readonly from: string; readonly name: string; readonly server: string | undefined}
	| {readonly do: 'daemon'; readonly host: string; readonly action: 'start' | 'stop' | 'restart'}
	| {readonly do: 'signal'; readonly host: string; readonly process: string; readonly signal: 'STOP' | 'CONT' | 'TERM' | 'KILL'}
	| {readonly do: 'fault'; readonly verb: 'apply' | 'clear'; readonly fault: string}
	| {readonly do: 'wait'; readonly ms: number}
);

/** A count as files write it: 3, ">= 1", "== 0". */
export interface Count {
	readonly is: '==' | '!=' | '>=' | '<=' | '>' | '<';
	readonly value: number;
}

/** What two nodes may have in common, or each for itself. */
export type SharedThing = 'netns' | 'mntns' | 'pidns' | 'ipcns' | 'utsns' | 'ip' | 'mac' | 'hosts-file';

export type ReachResult = 'ok' | 'fail' | ProbeFailure | 'too-big';

/** Something that must be true. One member per check; `scenario/checks/` has one file for each. */
export type Check = {readonly at: Position} & (
	| {
			readonly check: 'reach';
			readonly from: string;
			readonly to: string;
			readonly protocol: 'icmp' | Protocol;
			readonly port: Port | undefined;
			readonly size: number | undefined;
			readonly df: boolean;
			readonly result: ReachResult;
	  }
	| {
			readonly check: 'http';
			readonly from: string;
			readonly url: string;
			readonly status: number | undefined;
			readonly body: string | undefined;
			readonly contains: string | undefined;
			readonly peerSeen: string | undefined;
			readonly result: Exclude<ReachResult, 'too-big'>;
	  }
	| {
			readonly check: 'dns';
			readonly from: string;
			readonly name: string;
			readonly type: 'A' | 'AAAA' | 'PTR';
			/** undefined: the one of the node's resolv.conf. */
			readonly server: string | undefined;
			/** All of them, in any order; undefined: not looked at. */
			readonly answers: readonly string[] | undefined;
			readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'TIMEOUT' | undefined;
	  }
	| {
			readonly check: 'rule';
			readonly host: string;
			readonly table: 'raw' | 'mangle' | 'nat' | 'filter';
			readonly chain: string;
			readonly target: string | undefined;
			readonly match: string | undefined;
			readonly to: string | undefined;
			readonly hits: Count | undefined;
			readonly exists: boolean;
	  }
	| {
			readonly check: 'conntrack';
			readonly host: string;
			readonly protocol: 'tcp' | 'udp' | 'icmp' | undefined;
			readonly orig: FlowEnds;
			readonly reply: FlowEnds;
			readonly nat: 'none' | 'source' | 'destination' | 'both' | undefined;
			readonly count: Count | undefined;
	  }
	| {
			readonly check: 'route';
			readonly in: string;
			readonly to: string;
			readonly via: string | undefined;
			readonly dev: string | undefined;
			readonly exists: boolean;
	  }
	| {
			readonly check: 'addr';
			readonly in: string;
			readonly dev: string;
			readonly ip: string | undefined;
			readonly mac: Mac | undefined;
			readonly mtu: number | undefined;
			readonly state: 'up' | 'down' | undefined;
			readonly exists: boolean;
	  }
	| {readonly check: 'devs'; readonly in: string; readonly are: readonly string[]}
	| {readonly check: 'unique'; readonly what: 'mac' | 'ip'; readonly of: readonly string[]}
	| {readonly check: 'same' | 'differ'; readonly what: SharedThing; readonly of: readonly string[]}
	| {
			readonly check: 'listen';
			readonly in: string;
			readonly protocol: Protocol;
			readonly port: Port;
			readonly by: 'docker-proxy' | 'app' | 'kernel' | undefined;
			readonly exists: boolean;
	  }
	| {readonly check: 'process'; readonly host: string; readonly name: string; readonly count: Count}
	| {readonly check: 'bridge'; readonly host: string; readonly dev: string; readonly ports: readonly string[] | undefined; readonly count: Count | undefined}
	/** How many neighbours have this address: at least one unless `count` says otherwise. */
	| {
			readonly check: 'neigh';
			readonly in: string;
			readonly ip: string;
			readonly mac: Mac | undefined;
			readonly state: string | undefined;
			readonly count: Count;
	  }
	/** An entry of the forwarding database of a bridge, or of a VXLAN; what is undefined matches anything. */
	| {
			readonly check: 'fdb';
			readonly host: string;
			readonly dev: string;
			readonly mac: Mac | undefined;
			readonly dst: string | undefined;
			readonly port: string | undefined;
			readonly exists: boolean;
	  }
	| {readonly check: 'file'; readonly in: string; readonly path: string; readonly contains: string | undefined; readonly lacks: string | undefined}
	/** Packets that the step's actions caused there: at least one unless `count` says otherwise. */
	| {
			readonly check: 'packet';
			/** A host, a service or a LAN, and one of its interfaces; undefined: all of them. */
			readonly node: string;
			readonly dev: string | undefined;
			/** In pcap-filter(7)'s words. */
			readonly filter: string;
			readonly count: Count;
			/** A filter that the first of them passes, too. */
			readonly first: string | undefined;
	  }
	/** How much longer one way takes than another: never how long, which is the machine's. */
	| {readonly check: 'latency'; readonly of: Way; readonly against: Way; readonly ratio: Count}
	| {readonly check: 'no_packet'; readonly node: string; readonly dev: string | undefined; readonly filter: string}
	| {
			readonly check: 'exec';
			readonly in: string;
			readonly command: readonly string[];
			readonly exit: number;
			readonly contains: string | undefined;
			readonly matches: string | undefined;
	  }
);

/** A way through the lab, and back. */
export interface Way {
	readonly from: string;
	/** An address or a node, which is pinged; or a URL, which is got. */
	readonly to: string;
}

/** The ends of a connection-tracking tuple; what is undefined matches anything. */
export interface FlowEnds {
	readonly src: string | undefined;
	readonly dst: string | undefined;
	readonly sport: number | undefined;
	readonly dport: number | undefined;
}
