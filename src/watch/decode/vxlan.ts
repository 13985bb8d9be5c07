// VXLAN (RFC 7348): an Ethernet frame in a datagram. Overlay networks are made of it.
import {hex, u16, u32} from './bytes.ts';
import {key, type Protocol} from './walk.ts';

/** The I flag: the VNI is valid. */
const hasVni = 0x08_00;

export const vxlan: Protocol = {
	name: 'VXLAN',
	headerBytes: 8,

	step(walk) {
		const {bytes, at} = walk;
		walk.protocol = 'VXLAN';
		if ((u16(bytes, at) & hasVni) === 0) {
			return walk.spoil(`VXLAN flags ${hex(u16(bytes, at))} without a VNI`);
		}

		walk.wrap(`VXLAN ${u32(bytes, at + 4) >>> 8}`);
		walk.at = at + 8;
		return key.ethernet;
	},

	details(bytes, {start}) {
		const vni = u32(bytes, start + 4) >>> 8;
		return {
			text: `VNI ${vni}`,
			fields: [
				{name: 'vxlan.flags', value: u16(bytes, start), text: hex(u16(bytes, start)), start, end: start + 2},
				{name: 'vxlan.gbp', value: u16(bytes, start + 2), start: start + 2, end: start + 4},
				{name: 'vxlan.vni', value: vni, start: start + 4, end: start + 7},
			],
		};
	},
};
