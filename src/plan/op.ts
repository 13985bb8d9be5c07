// The verbs: everything that vethlab can do to Linux, as values. One op is one change with one reason and one way back.
// To add one: a member here, its inverse in `inverse.ts`, its words in `words.ts`, who does it in `kernel/` or `runtime/` (and in the fake).
import type {Mac, Mtu, Port} from '../base/units.ts';
import type {Protocol, Serve} from '../model/lab.ts';

/** Why a step is there, in one sentence for the person who watches. */
interface Why {
	readonly why: string;
	/** What of its unit it belongs to, where that can go alone while the rest stays: `endpoint:front`, `gateway`, `ports`. */
	readonly part?: string;
}

/**
 * A network namespace by name: `lan:office` for a LAN, the host's name for a host, the service's name for a container, `h1:vxlan4097` for the
 * place of an overlay network on a host.
 * Names of hosts, services and LANs never clash (model/parse sees to it).
 */
export type NetnsName = string;

export type LinkSpec =
	| {readonly kind: 'bridge'; readonly name: string; readonly mac?: Mac; readonly mtu?: Mtu}
	/** `peer` is born inside its own namespace with its final name, down. */
	| {
			readonly kind: 'veth';
			readonly name: string;
			readonly master?: string;
			readonly up?: boolean;
			readonly mac?: Mac;
			readonly mtu?: Mtu;
			readonly hairpin?: boolean;
			readonly peer: {readonly netns: NetnsName; readonly name: string; readonly mac?: Mac; readonly mtu?: Mtu};
	  }
	/** Born down inside `into`, on top of `parent`, which is a link of the op's netns. */
	| {
			readonly kind: 'macvlan';
			readonly name: string;
			readonly parent: string;
			readonly macvlanMode: 'bridge' | 'private' | 'vepa' | 'passthru';
			readonly mac?: Mac;
			readonly mtu?: Mtu;
			readonly into: NetnsName;
	  }
	/** Born down inside `into`. Its UDP packets leave from, and come to, the op's netns, wherever the link itself is. */
	| {
			readonly kind: 'vxlan';
			readonly name: string;
			/** 24 bits (RFC 7348, 5). */
			readonly vni: number;
			readonly port: Port;
			/** Whether it remembers which address a MAC came from. */
			readonly learning: boolean;
			/** Whether it answers ARP requests from its neighbour entries instead of passing them on. */
			readonly proxy: boolean;
			readonly mac?: Mac;
			readonly mtu?: Mtu;
			readonly into: NetnsName;
	  };

export type Table = 'raw' | 'mangle' | 'nat' | 'filter';
export type Family = 4 | 6;

/** A file that a container sees as its own, kept by the engine: Docker's hosts, resolv.conf and hostname. */
export type NodeFile = 'hosts' | 'resolv.conf' | 'hostname';

export type Op = Why &
	(
		| {readonly do: 'netns.add'; readonly netns: NetnsName}
		| ({readonly do: 'link.add'; readonly netns: NetnsName} & {readonly link: LinkSpec})
		| {
				readonly do: 'link.set';
				readonly netns: NetnsName;
				readonly dev: string;
				readonly up?: boolean;
				readonly mtu?: Mtu;
				readonly mac?: Mac;
				/** null: out of its bridge */ readonly master?: string | null;
				readonly hairpin?: boolean;
				/** Whether the bridge remembers the MACs that come in by this port. */ readonly learning?: boolean;
		  }
		| {
				readonly do: 'addr.add';
				readonly netns: NetnsName;
				readonly dev: string;
				/** "172.17.0.2/16" or "fd00:77::2/64" */ readonly address: string;
				readonly broadcast?: string;
				/** IPv6: used at once, without asking first whether a neighbour has it (IFA_F_NODAD; RFC 4862 5.4). */
				readonly nodad?: boolean;
		  }
		| {
				readonly do: 'addr.del';
				readonly netns: NetnsName;
				readonly dev: string;
				readonly address: string;
				readonly broadcast?: string;
				readonly nodad?: boolean;
		  }
		| {readonly do: 'route.add'; readonly netns: NetnsName; /** "default" or a subnet */ readonly to: string; readonly via?: string; readonly dev?: string}
		/** Frames for this MAC leave by the VXLAN `dev` to the host at this address; takes the place of what was there for the MAC. */
		| {readonly do: 'fdb.set'; readonly netns: NetnsName; readonly dev: string; readonly mac: Mac; readonly dst: string}
		/** This address has this MAC, for ever; takes the place of what was there for the address. */
		| {readonly do: 'neigh.set'; readonly netns: NetnsName; readonly dev: string; readonly address: string; readonly mac: Mac}
		/** A file below /proc/sys/net of that namespace: key "net.ipv4.ip_forward". `was`: what undo writes back; left out: nothing (the interface or namespace goes). */
		| {readonly do: 'sysctl.set'; readonly netns: NetnsName; readonly key: string; readonly value: string; readonly was?: string}
		| {readonly do: 'chain.add'; readonly netns: NetnsName; readonly family: Family; readonly table: Table; readonly chain: string}
		/** The policy of a built-in chain; was ACCEPT. */
		| {
				readonly do: 'policy.set';
				readonly netns: NetnsName;
				readonly family: Family;
				readonly table: Table;
				readonly chain: string;
				readonly policy: 'ACCEPT' | 'DROP';
		  }
		/** `rule` as after `-A CHAIN` on iptables' command line. `insert`: at the top instead of the end, or at place `number`, from 1. */
		| {
				readonly do: 'rule.add';
				readonly netns: NetnsName;
				readonly family: Family;
				readonly table: Table;
				readonly chain: string;
				readonly rule: string;
				readonly insert?: boolean;
				readonly number?: number;
		  }
		/** The engine's own socket on a host port, as dockerd holds it: this is what finds a taken port. */
		| {readonly do: 'port.bind'; readonly host: string; readonly protocol: Protocol; readonly address: string; readonly port: Port}
		/** A docker-proxy process that serves the socket of the `port.bind` of the same host, protocol, address and port. */
		| {
				readonly do: 'proxy.start';
				readonly host: string;
				readonly protocol: Protocol;
				readonly address: string;
				readonly port: Port;
				readonly toAddress: string;
				readonly toPort: Port;
		  }
		/** A machine: its namespaces' first process, its own /proc, /sys and root. Its netns is of the same name and must be there. */
		| {readonly do: 'host.start'; readonly host: string}
		| {readonly do: 'file.write'; readonly node: string; readonly file: NodeFile; readonly content: string}
		| {readonly do: 'container.start'; readonly container: ContainerSpec}
		/** The engine's name server inside a container's namespace, at 127.0.0.11 on these ports; the rules that lead port 53 there are ops of their own. */
		| {readonly do: 'dns.start'; readonly container: string; readonly netns: NetnsName; readonly udpPort: Port; readonly tcpPort: Port}
		/** A server of ours on a plain machine. */
		| {readonly do: 'serve.start'; readonly host: string; readonly serve: Serve}
	);

/** All that the runtime needs to start one container. */
export interface ContainerSpec {
	readonly name: string;
	/** 64 hex digits. */
	readonly id: string;
	readonly host: string;
	/** The namespace it runs in: its own, another container's, or its host's. */
	readonly netns: NetnsName;
	readonly hostname: string;
	readonly domainname: string | undefined;
	/** Whose UTS namespace it uses: `host` in mode host, else its own or, in mode container, the owner's name is the hostname. */
	readonly uts: 'own' | 'host';
	/** Whose `file.write`s it sees as /etc/hosts, /etc/resolv.conf and /etc/hostname: itself, its host, or the owner of the shared stack. */
	readonly filesOf: string;
	readonly args: readonly string[];
	readonly serve: readonly Serve[];
	readonly environment: Readonly<Record<string, string>>;
	readonly workingDir: string;
	readonly user: string | undefined;
	/** Set by the runtime inside the container's netns before its process starts; never in mode host. */
	readonly sysctls: Readonly<Record<string, string>>;
	readonly capAdd: readonly string[];
	readonly capDrop: readonly string[];
	readonly readOnly: boolean;
}

export type Verb = Op['do'];
export type OpOf<V extends Verb> = Extract<Op, {readonly do: V}>;

/** A thing of the lab that is made and removed as one: a LAN, a host, a host's Docker engine, a container. */
export interface Unit {
	/** `lan:office`, `host:h1`, `docker:h1`, `swarm:h1`, `network:app`, `peers:app`, `container:web` */
	readonly id: string;
	/** Ids of units that must be up before this one. */
	readonly after: readonly string[];
	readonly ops: readonly Op[];
	/** What a person would type to Docker for all of it, one command each; left out where Docker has no word for it. */
	readonly docker?: readonly string[];
}
