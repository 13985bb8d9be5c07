// How a lab's interfaces hang together, all nodes at once: what tells where a packet can go next.

/** An interface of a node. */
export interface LinkWiring {
	readonly dev: string;
	/** "bridge", "veth", "macvlan", "vxlan"; undefined: lo, or not known. */
	readonly kind: string | undefined;
	/** Undefined: not known. */
	readonly mac: string | undefined;
	/** The bridge that it is a port of. */
	readonly master: string | undefined;
	/** Of a veth: its other end, "office/h1-eth0". */
	readonly peer: string | undefined;
	/** Of a macvlan: its parent, "h1/eth0". */
	readonly parent: string | undefined;
	/** Of a VXLAN: the node that sends its packets. */
	readonly carrier: string | undefined;
}

/** A userland proxy that listens: it ends connections that come to its port, and makes others. */
export interface ProxyWiring {
	readonly protocol: 'tcp' | 'udp';
	/** "0.0.0.0", "::" or one address. */
	readonly hostAddress: string;
	readonly hostPort: number;
	/** Addresses of the container that it goes on to. */
	readonly to: readonly string[];
	readonly port: number;
}

/** A port that is published: what comes to it is not for the host. */
export type PublishedWiring = Pick<ProxyWiring, 'protocol' | 'hostAddress' | 'hostPort'>;

/** Where packets for a network leave, or are delivered. */
export interface RouteWiring {
	/** "172.17.0.0/16"; "0.0.0.0/0", "::/0": everything else. */
	readonly to: string;
	readonly dev: string;
	/** It is on the link: its last address is for all. */
	readonly isDirect: boolean;
}

/** A node: one network namespace. */
export interface NodeWiring {
	/** As captures name it: "h1", "web", "h1:vxlan4097". */
	readonly name: string;
	readonly links: readonly LinkWiring[];
	/** Without prefixes: "172.17.0.1". */
	readonly addresses: readonly string[];
	/** Of the main table. */
	readonly routes: readonly RouteWiring[];
	readonly proxies: readonly ProxyWiring[];
	readonly published: readonly PublishedWiring[];
}
