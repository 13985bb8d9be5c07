// What a lab is: plain data, readonly, complete. `model/parse` makes it from a file; nothing here knows files, Linux or Docker's rules.
// Every name is resolved, every default filled in, every reference checked, so that whoever gets a Lab need not ask again.
import type {Mac, Mtu, Port} from '../base/units.ts';
import type {Endpoint, Network} from './network.ts';
import type {Position} from './position.ts';
import type {Protocol, Publish} from './publish.ts';
import type {Step} from './step.ts';

export type {Endpoint, GatewayMode, Ipam, Network} from './network.ts';
export type {Position} from './position.ts';
export type {Protocol, Publish} from './publish.ts';
export type {Action, Check, Count, FlowEnds, Step, Way} from './step.ts';

export interface Lab {
	readonly name: string;
	readonly title: string;
	readonly about: string;
	/** MACs are hashed from it. */
	readonly seed: number;
	readonly lans: readonly Lan[];
	readonly hosts: readonly Host[];
	/** User-defined networks in file order, the default network of a Compose file first. Without docker0, host and none. */
	readonly networks: readonly Network[];
	/** In file order, which is the order of addresses and of starting. */
	readonly services: readonly Service[];
	readonly faults: readonly Fault[];
	/** Left out: none. */
	readonly captures?: readonly CaptureFile[];
	readonly steps: readonly Step[];
	/** Kernel features that the file names or implies: `bridge`, `veth`, `macvlan`, … */
	readonly requires: readonly string[];
}

/** A network segment outside the hosts: a switch. */
export interface Lan {
	readonly name: string;
	/** "192.168.50.0/24" */
	readonly subnet: string;
	/** "fd00:50::/64"; left out: its machines speak IPv4 alone. */
	readonly subnet6?: string;
	/** The host that is the way out of it. */
	readonly gateway: string | undefined;
	readonly mtu: Mtu;
}

/** A machine of the lab: its own network, PID, mount and UTS namespace. */
export interface Host {
	readonly name: string;
	readonly nics: readonly Nic[];
	/** IPv4 address of its default gateway. */
	readonly gateway: string | undefined;
	/** IPv6 address of its default gateway; left out: none. */
	readonly gateway6?: string;
	readonly routes: readonly StaticRoute[];
	/** Bridges made by hand, beside those of the Docker engine. */
	readonly bridges: readonly HostBridge[];
	readonly sysctls: Readonly<Record<string, string>>;
	/** undefined: a plain machine without a Docker engine. */
	readonly docker: DockerEngine | undefined;
	readonly serve: readonly Serve[];
}

/** A host's cable to a LAN: a veth pair whose outer end is a port of the LAN's bridge. */
export interface Nic {
	readonly dev: string;
	readonly lan: string;
	/** "192.168.50.10/24"; undefined: up, without an address. */
	readonly address: string | undefined;
	/** "fd00:50::10/64"; left out: none. */
	readonly address6?: string;
	readonly mac: Mac;
	readonly mtu: Mtu;
}

/** Cables that a step can unplug and plug in again. */
export interface Fault {
	readonly name: string;
	readonly host: string;
	/** NICs of the host: one, or all that it has. */
	readonly devs: readonly string[];
	readonly at: Position;
}

/** Packets that a run of `vethlab test` leaves behind in a file. */
export interface CaptureFile {
	readonly name: string;
	/** A host, a service or a LAN, and one of its interfaces; undefined: all of them. */
	readonly node: string;
	readonly dev: string | undefined;
	/** In pcap-filter(7)'s words; undefined: everything. */
	readonly filter: string | undefined;
	/** No more of a packet than so many bytes; undefined: all of it. */
	readonly snaplen: number | undefined;
	/** Its name in the folder of the run. */
	readonly file: string;
	readonly at: Position;
}

export interface StaticRoute {
	/** "10.8.0.0/16" or "default" */
	readonly to: string;
	readonly via: string | undefined;
	readonly dev: string | undefined;
}

export interface HostBridge {
	readonly dev: string;
	readonly address: string | undefined;
	/** NICs of the host that are its ports. */
	readonly ports: readonly string[];
}

/** How a host's Docker engine behaves: its version and its daemon.json. */
export interface DockerEngine {
	readonly engine: '28' | '20.10';
	/** docker0's address with prefix, as `--bip`. */
	readonly bip: string | undefined;
	/** The part of docker0's subnet that containers get addresses from, as `--fixed-cidr`. */
	readonly fixedCidr: string | undefined;
	readonly userlandProxy: boolean;
	readonly iptables: boolean;
	/** Left out: as its version does by itself. 28 makes IPv6 rules; 20.10 does not, and calls it experimental. */
	readonly ip6tables?: boolean;
	/** docker0 has IPv6, as `--ipv6`; `fixedCidr`: its subnet, as `--fixed-cidr-v6`. Left out: it has none. */
	readonly ipv6?: {readonly fixedCidr: string | undefined};
	readonly ipForward: boolean;
	readonly icc: boolean;
	readonly mtu: Mtu;
	/** Use this bridge instead of docker0, as `--bridge`. */
	readonly bridge: string | undefined;
	/** Where subnets come from, as `--default-address-pool`: subnets of prefix length `size` out of `base`. Left out: Docker's own. */
	readonly pools?: readonly {readonly base: string; readonly size: number}[];
}

/** How a container gets its network. One member per mode; a driver each in `drivers/`. */
export type Attachment =
	| {readonly mode: 'bridge'; readonly mac: Mac | undefined}
	| {readonly mode: 'host'}
	| {readonly mode: 'none'}
	/** Shares the network stack of another service. */
	| {readonly mode: 'container'; readonly of: string}
	/** One or more user-defined networks, in file order. */
	| {readonly mode: 'networks'; readonly endpoints: readonly Endpoint[]};

export type Mode = Attachment['mode'];

/** One container. */
export interface Service {
	/** The service's key in the file: the name by which everything in vethlab calls it. */
	readonly name: string;
	readonly host: string;
	/** As `container_name`; the service's name unless the file says otherwise. */
	readonly containerName: string;
	/** undefined: the first 12 digits of the container's id, as Docker does. */
	readonly hostname: string | undefined;
	readonly domainname: string | undefined;
	/** `tools`: a shell and the machine's own tools, runs until stopped. `web`: the same, and serves what `serve` says. */
	readonly image: 'tools' | 'web';
	/** The image's own command when undefined. */
	readonly command: readonly string[] | undefined;
	readonly environment: Readonly<Record<string, string>>;
	readonly workingDir: string | undefined;
	readonly user: string | undefined;
	readonly attach: Attachment;
	readonly publish: readonly Publish[];
	/** Ports that it says others of its network may use (`expose`). */
	readonly expose: readonly ContainerPort[];
	/** Containers that it knows by names of its own. */
	readonly links: readonly ServiceLink[];
	readonly serve: readonly Serve[];
	/** Interfaces put in by hand, for mode none. */
	readonly nics: readonly HandNic[];
	readonly dns: readonly string[];
	readonly dnsSearch: readonly string[];
	readonly dnsOptions: readonly string[];
	/** Extra lines of /etc/hosts: name -> address. */
	readonly extraHosts: readonly {readonly name: string; readonly address: string}[];
	readonly sysctls: Readonly<Record<string, string>>;
	readonly capAdd: readonly string[];
	readonly capDrop: readonly string[];
	readonly readOnly: boolean;
	/** Services that start before this one. */
	readonly dependsOn: readonly string[];
}

export interface ContainerPort {
	readonly protocol: Protocol;
	readonly port: Port;
}

/** As `--link db:database`; the alias is the service's name unless the file says otherwise. */
export interface ServiceLink {
	readonly service: string;
	readonly alias: string;
}

/** A server of ours inside a container or on a plain machine. */
export type Serve =
	| {readonly kind: 'http'; readonly port: Port; readonly status: number; readonly body: string | undefined; readonly echo: 'peer' | 'headers' | undefined}
	/** `echo`: sends back what it gets; otherwise it answers with the peer's address. */
	| {readonly kind: 'tcp' | 'udp'; readonly port: Port; readonly echo: boolean};

/** An interface that a person would have put into a container by hand. */
export interface HandNic {
	readonly dev: string;
	readonly to: {readonly bridge: string} | {readonly lan: string};
	readonly address: string | undefined;
	/** "fd00:50::10/64"; left out: none, and pipework gives none. */
	readonly address6?: string;
	readonly gateway: string | undefined;
	readonly gateway6?: string;
	readonly mac: Mac | undefined;
	readonly via: 'pipework' | undefined;
}
