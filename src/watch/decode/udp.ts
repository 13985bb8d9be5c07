// UDP (RFC 768). Who uses it is told by the port: a line in `ports`.
import {UDP} from 'cap/lib/Decoders.js';
import {hex, u16} from './bytes.ts';
import {isEngineDns, key, type Key, type Protocol} from './walk.ts';

/** By either port: DNS, mDNS (RFC 6762), LLMNR (RFC 4795), DHCP. */
const ports: ReadonlyMap<number, Key> = new Map<number, Key>([
	[53, key.dns],
	[5353, key.dns],
	[5355, key.dns],
	[67, key.dhcp],
	[68, key.dhcp],
]);
/** By where they go, as the sender's port tells the flow: VXLAN (RFC 7348 5), and what Linux took before there was a number. */
const destinationPorts: ReadonlyMap<number, Key> = new Map<number, Key>([
	[4789, key.vxlan],
	[8472, key.vxlan],
]);
const headerBytes = 8;

export const udp: Protocol = {
	name: 'UDP',
	headerBytes,

	step(walk) {
		const {bytes, at} = walk;
		const source = u16(bytes, at);
		const destination = u16(bytes, at + 2);
		const length = u16(bytes, at + 4);
		walk.protocol = 'UDP';
		walk.sourcePort = source;
		walk.destinationPort = destination;
		walk.at = at + headerBytes;
		// 0: longer than 64 KiB (RFC 2675 4)
		if (length > 0 && length < headerBytes) {
			return walk.spoil(`UDP length ${length}`);
		}

		if (length > 0 && walk.fragment === undefined) {
			if (at + length > walk.wireLimit) {
				walk.spoil(`UDP length ${length}, but ${walk.wireLimit - at} bytes are there`);
			}

			walk.narrow(at, length);
		}

		walk.info = `Len=${length === 0 ? walk.wireLimit - walk.at : length - headerBytes}`;
		return walk.wireLimit === walk.at || walk.fragment !== undefined || walk.isQuoting
			? undefined
			: (destinationPorts.get(destination) ?? ports.get(destination) ?? ports.get(source) ?? (isEngineDns(walk) ? key.dns : undefined));
	},

	details(bytes, {start}) {
		const {info} = UDP(bytes, start);
		return {
			text: `${info.srcport} > ${info.dstport}, ${Math.max(0, info.length)} bytes`,
			fields: [
				{name: 'udp.srcport', value: info.srcport, start, end: start + 2},
				{name: 'udp.dstport', value: info.dstport, start: start + 2, end: start + 4},
				{name: 'udp.length', value: u16(bytes, start + 4), start: start + 4, end: start + 6},
				{
					name: 'udp.checksum',
					value: info.checksum,
					text: info.checksum === 0 ? `${hex(0)} (none)` : hex(info.checksum),
					start: start + 6,
					end: start + 8,
				},
			],
		};
	},
};
