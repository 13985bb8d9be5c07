// What the kernel was seen to hold: plain data, read again whenever it is asked for and never trusted from memory.

export interface ObservedLink {
	readonly index: number;
	readonly name: string;
	/** "bridge", "veth", "macvlan", "vxlan"; undefined for lo and real NICs. */
	readonly kind: string | undefined;
	readonly mac: string;
	/** Bytes. */
	readonly mtu: number;
	/** Administratively up (IFF_UP). */
	readonly isUp: boolean;
	/** Operational state as `ip link` prints it: "UP", "DOWN", "UNKNOWN", "LOWERLAYERDOWN". */
	readonly state: string;
	/** Name of the bridge it is a port of. */
	readonly master: string | undefined;
	/** Index of the other end of a veth pair, in the peer's namespace. */
	readonly peerIndex: number | undefined;
	/** What only a macvlan has: its mode, and the index of its parent in the parent's namespace. */
	readonly macvlan?: {readonly mode: 'bridge' | 'private' | 'vepa' | 'passthru'; readonly parentIndex: number} | undefined;
	/** What only a VXLAN has. */
	readonly vxlan?: {readonly vni: number; readonly port: number; readonly learning: boolean; readonly proxy: boolean} | undefined;
	readonly hairpin: boolean | undefined;
	/** Of a port of a bridge: whether the bridge remembers MACs that come in by it. */
	readonly learning?: boolean | undefined;
	readonly counters: LinkCounters;
}

export interface LinkCounters {
	readonly rxBytes: number;
	readonly txBytes: number;
	readonly rxPackets: number;
	readonly txPackets: number;
	readonly rxDropped: number;
	readonly txDropped: number;
}

export interface ObservedAddress {
	readonly dev: string;
	readonly family: 4 | 6;
	/** "172.17.0.1/16" */
	readonly address: string;
	readonly broadcast: string | undefined;
	readonly scope: 'global' | 'link' | 'host' | 'site';
}

export interface ObservedRoute {
	readonly family: 4 | 6;
	/** "default" or "172.17.0.0/16" */
	readonly to: string;
	readonly via: string | undefined;
	readonly dev: string | undefined;
	readonly source: string | undefined;
	readonly scope: 'global' | 'link' | 'host' | 'site' | 'nowhere';
	/** 2 kernel, 3 boot, 4 static (linux/rtnetlink.h RTPROT_*). */
	readonly protocol: number;
}

export interface ObservedNeighbour {
	readonly dev: string;
	readonly address: string;
	readonly mac: string | undefined;
	/** "REACHABLE", "STALE", "PERMANENT", … */
	readonly state: string;
}

/** Where frames for a MAC go: an entry of a bridge's or a VXLAN's forwarding database. */
export interface ObservedFdbEntry {
	/** A port of a bridge, or a VXLAN. */
	readonly dev: string;
	readonly mac: string;
	/** Of a VXLAN's own entries: the host that frames are sent to. undefined: an entry of the bridge. */
	readonly dst: string | undefined;
	/** Of a bridge's entries: the bridge. */
	readonly master: string | undefined;
	/** It does not age. */
	readonly isPermanent: boolean;
}

/** One network namespace's links, addresses, main-table routes, neighbours and forwarding databases. */
export interface ObservedNet {
	readonly links: readonly ObservedLink[];
	readonly addresses: readonly ObservedAddress[];
	readonly routes: readonly ObservedRoute[];
	readonly neighbours: readonly ObservedNeighbour[];
	readonly fdb: readonly ObservedFdbEntry[];
}

export interface ObservedRule {
	readonly family: 4 | 6;
	readonly table: string;
	readonly chain: string;
	/** Place in its chain, from 1. */
	readonly number: number;
	/** As `iptables -S` prints it, without `-A CHAIN`: "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80". */
	readonly text: string;
	readonly packets: number;
	readonly bytes: number;
}

export interface ObservedChain {
	readonly family: 4 | 6;
	readonly table: string;
	readonly chain: string;
	/** "ACCEPT" or "DROP" for built-in chains. */
	readonly policy: string | undefined;
	/** What its policy decided on; 0 as well where nobody counts: the nft front end does from the time when a policy is set. */
	readonly packets: number;
	readonly bytes: number;
}

export interface ObservedRules {
	readonly chains: readonly ObservedChain[];
	readonly rules: readonly ObservedRule[];
}

export interface FlowTuple {
	readonly src: string;
	readonly dst: string;
	readonly sport: number | undefined;
	readonly dport: number | undefined;
	/** Only of ICMP: which request and which answer belong together is told by `id`. */
	readonly icmp?: {readonly type: number; readonly code: number; readonly id: number};
}

export interface FlowCounters {
	readonly packets: number;
	readonly bytes: number;
}

/** One entry of the connection-tracking table. */
export interface ObservedFlow {
	readonly id: number;
	readonly protocol: 'tcp' | 'udp' | 'icmp' | number;
	readonly orig: FlowTuple;
	readonly reply: FlowTuple;
	/** "ESTABLISHED", "TIME_WAIT", … for TCP. */
	readonly state: string | undefined;
	/** Something has come back. */
	readonly hasReply: boolean;
	/** It is not the first to go when the table is full: for TCP the handshake was seen whole, for UDP it was more than one question and answer. */
	readonly isAssured: boolean;
	/** Seconds until it goes when no packet comes. */
	readonly timeoutSeconds: number;
	/** Which address the entry rewrites, by comparing both directions. */
	readonly nat: 'none' | 'source' | 'destination' | 'both';
	readonly mark: number;
	readonly zone: number;
	/** Milliseconds since 1970; left out where the kernel keeps no times (net.netfilter.nf_conntrack_timestamp). */
	readonly startedMs?: number;
	/** Left out where the kernel does not count (net.netfilter.nf_conntrack_acct). */
	readonly counters?: {readonly orig: FlowCounters; readonly reply: FlowCounters};
}

/** What the kernel tells of an entry when something happens to it. */
export interface FlowEvent {
	readonly is: 'new' | 'update' | 'destroy';
	/** Of an update only what changed is sure: a TCP state that is undefined is the last one, counters come with the end. */
	readonly flow: ObservedFlow;
}

export interface ObservedListener {
	readonly protocol: 'tcp' | 'udp';
	readonly address: string;
	readonly port: number;
	/** Name of the process that holds the socket, as the host's `ps` shows it; undefined: nobody found. */
	readonly process: string | undefined;
	/** PID in the host's own PID namespace. */
	readonly pid: number | undefined;
}

export interface ObservedProcess {
	readonly pid: number;
	readonly name: string;
	readonly args: readonly string[];
	readonly state: string;
}
