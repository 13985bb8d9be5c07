// Ethernet II and IEEE 802.3 frames, 802.1Q and 802.1ad tags.
import {hex, macAt, named, u16} from './bytes.ts';
import {type Field, key, type Key, type Protocol, type Walk} from './walk.ts';

/** EtherTypes by number (IANA, ieee-802-numbers): those that are read here, and the names of some that are not. */
const types: ReadonlyMap<number, readonly [name: string, key?: Key]> = new Map<number, readonly [string, Key?]>([
	[0x08_00, ['IPv4', key.ipv4]],
	[0x08_06, ['ARP', key.arp]],
	[0x81_00, ['802.1Q', key.vlan]],
	[0x88_a8, ['802.1ad', key.providerVlan]],
	[0x86_dd, ['IPv6', key.ipv6]],
	[0x88_47, ['MPLS']],
	[0x88_63, ['PPPoE discovery']],
	[0x88_64, ['PPPoE']],
	[0x88_8e, ['802.1X']],
	[0x88_cc, ['LLDP']],
	[0x88_e5, ['MACsec']],
	[0x90_00, ['Loopback']],
]);
/** Below this number it is the length of an IEEE 802.3 frame. */
const leastType = 0x06_00;

export function etherTypeName(type: number): string {
	return named(hex(type), types.get(type)?.[0]);
}

/** Goes on behind a link header whose payload has this EtherType. */
export function stepIntoType(walk: Walk, type: number): Key | undefined {
	const known = types.get(type);
	if (known?.[1] !== undefined) {
		return known[1];
	}

	if (type < leastType) {
		walk.narrow(walk.at, type);
		const isSpanningTree = u16(walk.bytes, walk.at) === 0x42_42;
		walk.protocol = isSpanningTree ? 'STP' : 'LLC';
		walk.info = `IEEE 802.3 frame, ${walk.wireLimit - walk.at} bytes`;
		return undefined;
	}

	walk.protocol = known?.[0] ?? hex(type);
	walk.info = `EtherType ${etherTypeName(type)}, ${walk.wireLimit - walk.at} bytes`;
	return undefined;
}

/** The field of a type or length. */
export function typeField(name: string, bytes: Uint8Array, at: number): Field {
	const value = u16(bytes, at);
	return value < leastType
		? {name: `${name.slice(0, name.lastIndexOf('.'))}.len`, value, start: at, end: at + 2}
		: {name, value, text: etherTypeName(value), start: at, end: at + 2};
}

export const ethernet: Protocol = {
	name: 'Ethernet',
	headerBytes: 14,

	step(walk) {
		const {bytes, at} = walk;
		walk.ethernetAt = at;
		walk.source = '';
		walk.destination = '';
		walk.at = at + 14;
		return stepIntoType(walk, u16(bytes, at + 12));
	},

	details(bytes, {start}) {
		const [destination, source] = [macAt(bytes, start), macAt(bytes, start + 6)];
		return {
			text: `${source} > ${destination}`,
			fields: [
				{name: 'eth.dst', value: destination, start, end: start + 6},
				{name: 'eth.src', value: source, start: start + 6, end: start + 12},
				typeField('eth.type', bytes, start + 12),
			],
		};
	},
};

/** A tag of four bytes, of which the first two, its own type, were read with the header before. `prefix`: of its fields' names. */
function tag(name: string, prefix: string): Protocol {
	return {
		name,
		headerBytes: 4,

		step(walk) {
			const {bytes, at} = walk;
			walk.at = at + 4;
			walk.protocol = 'VLAN';
			return stepIntoType(walk, u16(bytes, at + 2));
		},

		details(bytes, {start}) {
			const word = u16(bytes, start);
			const range = {start, end: start + 2};
			return {
				text: `id ${word & 0x0f_ff}, priority ${word >> 13}`,
				fields: [
					{name: `${prefix}.priority`, value: word >> 13, ...range},
					{name: `${prefix}.dei`, value: (word >> 12) & 1, ...range},
					{name: `${prefix}.id`, value: word & 0x0f_ff, ...range},
					typeField(`${prefix}.etype`, bytes, start + 2),
				],
			};
		},
	};
}

export const vlan = tag('802.1Q', 'vlan');
/** The outer of two. */
export const providerVlan = tag('802.1ad', 'ieee8021ad');
