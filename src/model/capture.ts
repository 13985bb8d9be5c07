// What is captured of a lab, and what it came to. Not how: watch/live/.

export interface CaptureWish {
	/** Hosts, containers and LANs; empty: all, also containers that are started later. */
	readonly nodes: readonly string[];
	/** Only interfaces of these names, "eth0" or "web/eth0"; empty: all. */
	readonly interfaces: readonly string[];
	/** In pcap-filter(7)'s words; undefined: everything. */
	readonly filter: string | undefined;
	/** Ends after so many packets; undefined: goes on. */
	readonly count: number | undefined;
	/** No more of a packet than so many bytes; left out: all of it. */
	readonly snaplen?: number;
}

/** Where packets are seen: an interface of a node, or all that it has. */
export interface CapturePoint {
	/** A host, a container or a LAN. */
	readonly node: string;
	/** undefined: all of its interfaces. */
	readonly dev: string | undefined;
}

export interface Captured {
	/** Which are being captured. */
	readonly nodes: readonly string[];
	/** Which will be when they are started. */
	readonly waiting: readonly string[];
}

/** A namespace whose ring is lent. */
export interface LentSite {
	/** What it is asked for by. */
	readonly number: number;
	/** "web" */
	readonly name: string;
	/** "container web on h1" */
	readonly description: string;
}

export interface Lent extends Captured {
	readonly sites: readonly LentSite[];
}

/** Of which points it is not certain that everything was captured; interfaces as "h1/eth0". */
export interface Marked {
	/** A marker that was sent through it did not come back. */
	readonly lost: readonly string[];
	/** It is not there. */
	readonly absent: readonly string[];
}

/** What a capture came to. */
export interface CaptureTotals {
	readonly packets: number;
	/** Those that the kernel had no room for, because they were not taken fast enough. */
	readonly drops: number;
}
