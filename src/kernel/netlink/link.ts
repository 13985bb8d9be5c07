// Links: RTM_NEWLINK and its relatives, with bridge, veth, macvlan, vxlan and bridge ports. Sources: rtnetlink(7), linux/if_link.h, linux/rtnetlink.h.
// To add a kind: a table for its IFLA_INFO_DATA, a row in `linkInfo` whose name is the kind, and a fixture.
import {array, Attributes, flagged, nested, Struct, type FieldValues, type Table, type Values} from './codec.ts';
import {cString, i32, ip, list, mac, u16, u16be, u32, u64, u8, type Type} from './values.ts';
import {format, readHeader, type Message} from './message.ts';

/** RTM_*LINK. */
export const linkMessage = {add: 16, remove: 17, get: 18, set: 19} as const;
/** IFF_UP (linux/if.h). */
export const upFlag = 1;
/** lo is the first interface of every namespace (LOOPBACK_IFINDEX, net/flow.h). */
export const loopbackIndex = 1;
/** RTEXT_FILTER_SKIP_STATS: an answer without counters. */
export const withoutStatistics = 1 << 3;

/**
 * IFLA_GSO_MAX_SEGS: what goes out by the link is cut into frames before that, not somewhere behind it as if hardware did it (gso_features_check,
 * net/core/dev.c). So no packet in a capture is longer than the MTU, and what is too long for a narrow link is lost there, as on a real line.
 */
export const oneSegment = {gsoMaxSegments: 1} as const;

const header = {family: [0, u8], type: [2, u16], index: [4, i32], flags: [8, u32], change: [12, u32]} as const;
const headerSizeBytes = 16;

/** All that a veth's peer may be born with as well. */
const plain = {
	mac: [1, mac],
	broadcast: [2, mac],
	name: [3, cString],
	mtu: [4, u32],
	link: [5, u32],
	master: [10, u32],
	queueLength: [13, u32],
	state: [16, u8],
	mode: [17, u8],
	/** struct rtnl_link_stats64: see `statistic`. */
	statistics: [23, list(u64)],
	group: [27, u32],
	netnsFd: [28, u32],
	filter: [29, u32],
	promiscuity: [30, u32],
	txQueues: [31, u32],
	rxQueues: [32, u32],
	hasCarrier: [33, u8],
	gsoMaxSegments: [40, u32],
	linkNetnsId: [37, i32],
	properties: [flagged(52), array(53, cString)],
} as const satisfies Table;

/** Places in `statistics`. */
export const statistic = {rxPackets: 0, txPackets: 1, rxBytes: 2, txBytes: 3, rxErrors: 4, txErrors: 5, rxDropped: 6, txDropped: 7} as const;

interface Peer {
	readonly header: Partial<FieldValues<typeof header>>;
	readonly attributes: Values<typeof plain>;
}

const peerHeader = new Struct(headerSizeBytes, header);
const peerAttributes = new Attributes(plain);

/** VETH_INFO_PEER: a link message without its netlink header. */
const peer: Type<Peer> = {
	read(from, start, end) {
		const values = peerHeader.read(from, start, end);
		return values === undefined ? undefined : {header: values, attributes: peerAttributes.read(from, start + headerSizeBytes, end)};
	},
	write(out, value) {
		peerHeader.write(out, value.header);
		peerAttributes.write(out, value.attributes);
	},
};

const veth = {peer: [1, peer]} as const;
/** IFLA_MACVLAN_*: `mode` is one of `macvlanModes`. */
const macvlan = {mode: [1, u32], flags: [2, u16], macCount: [6, u32], queueLengthWanted: [7, u32], queueLengthUsed: [8, u32]} as const;
/** IFLA_VXLAN_*. `ageing` in seconds; `remote` and `local` are IPv4 addresses, and left out when there are none. */
const vxlan = {
	vni: [1, u32],
	remote: [2, ip],
	local: [4, ip],
	ttl: [5, u8],
	tos: [6, u8],
	learning: [7, u8],
	ageing: [8, u32],
	limit: [9, u32],
	proxy: [11, u8],
	routeShortCircuit: [12, u8],
	l2miss: [13, u8],
	l3miss: [14, u8],
	port: [15, u16be],
	udpChecksum: [18, u8],
} as const;
const bridge = {
	forwardDelay: [1, u32],
	helloTime: [2, u32],
	maxAge: [3, u32],
	ageingTime: [4, u32],
	stpState: [5, u32],
	priority: [6, u16],
	vlanFiltering: [7, u8],
} as const;
/** IFLA_BRPORT_*: `state` 0 disabled … 3 forwarding, 4 blocking (linux/if_bridge.h). */
const port = {
	state: [1, u8],
	priority: [2, u16],
	cost: [3, u32],
	hairpin: [4, u8],
	guard: [5, u8],
	rootBlock: [6, u8],
	fastLeave: [7, u8],
	learning: [8, u8],
	flood: [9, u8],
} as const;

/** IFLA_LINKINFO. Its data is what its kind says; `port` is for a port of a bridge. */
const linkInfo = {
	kind: [1, cString],
	bridge: [2, nested(bridge)],
	veth: [2, nested(veth)],
	macvlan: [2, nested(macvlan)],
	vxlan: [2, nested(vxlan)],
	slaveKind: [4, cString],
	port: [5, nested(port)],
} as const satisfies Table;
const dataKinds = ['bridge', 'veth', 'macvlan', 'vxlan'] as const;

/** The rows that hold for a link of this kind under a master of that kind. */
function infoRows(kind: string | undefined, slaveKind: string | undefined): Attributes<Table> {
	return new Attributes(
		Object.fromEntries(
			Object.entries<Table[string]>(linkInfo).filter(([name]) =>
				name === 'port' ? slaveKind === 'bridge' : !dataKinds.some((other) => other === name) || name === kind,
			),
		),
	);
}

const infoByKind = new Map(
	[undefined, ...dataKinds].flatMap((kind) => [undefined, 'bridge'].map((slaveKind) => [`${kind}/${slaveKind}`, infoRows(kind, slaveKind)] as const)),
);
const infoKinds = new Attributes({kind: [1, cString], slaveKind: [4, cString]});
const infoWriter = new Attributes(linkInfo);

const info: Type<Values<typeof linkInfo>> = {
	read(from, start, end) {
		const {kind, slaveKind} = infoKinds.read(from, start, end);
		const known = dataKinds.find((other) => other === kind);
		return infoByKind.get(`${known}/${slaveKind === 'bridge' ? slaveKind : undefined}`)?.read(from, start, end);
	},
	write(out, value) {
		infoWriter.write(out, value);
	},
};

export const link = format(headerSizeBytes, header, {...plain, info: [18, info]} as const);

/** The number of the link that an answer or an echo (NLM_F_ECHO) tells of; undefined: it tells of none. Kernels before 6.2 send no echo of a link. */
export function linkNumber(bytes: Buffer, message: Message): number | undefined {
	return message.type === linkMessage.add ? readHeader(bytes, message, link)?.index : undefined;
}

/** That of a veth's other end (IFLA_LINK), which is one of the other end's namespace; undefined: it is not told, which some kernels leave out. */
export function otherEnd(bytes: Buffer, message: Message): number | undefined {
	return message.type === linkMessage.add ? link.attributes.readOne('link', bytes, message.start + headerSizeBytes, message.end) : undefined;
}

/** MACVLAN_MODE_* (linux/if_link.h): one bit each. */
export const macvlanModes = {private: 1, vepa: 2, bridge: 4, passthru: 8} as const;

/** undefined: a mode that nobody here makes (source, 16). */
export function macvlanModeName(mode: number): keyof typeof macvlanModes | undefined {
	const names: readonly (keyof typeof macvlanModes)[] = ['private', 'vepa', 'bridge', 'passthru'];
	return names.find((name) => macvlanModes[name] === mode);
}

/** `state` of a link (IF_OPER_*, linux/if.h) as `ip link` prints it. */
export const linkStates = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const;
