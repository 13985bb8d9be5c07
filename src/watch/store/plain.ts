// Plain frames: one Ethernet header without tags, and at most one IP packet in it. Most are, and where something is in them is soon told.
import {u16, u8} from '../decode/bytes.ts';
import {shift, twoBits, wholeBit} from './columns.ts';
import {header, network} from './outline.ts';

/** What a plain frame's `Columns.state` has of the bits of the mask. */
export const plain = header.eth | wholeBit;
export const plainMask = plain | header.vlan | header.ieee8021ad | header.sll | header.vxlan | (twoBits << shift.network[1]);
/** Of the Ethernet header. */
export const linkBytes = 14;
const header6Bytes = 40;

/** Of `network`; `bits`: its `Columns.state`. */
export function versionOf(bits: number): number {
	return (bits >> shift.network[0]) & twoBits;
}

/** What the IP header of the frame at `frame` names as next. */
export function protocolOf(bytes: Uint8Array, frame: number, bits: number): number {
	return u8(bytes, frame + linkBytes + (versionOf(bits) === network.ip ? 9 : 6));
}

/** Of the IP header; of IPv6 without extension headers. */
export function headerBytesOf(bytes: Uint8Array, frame: number, bits: number): number {
	return versionOf(bits) === network.ip ? (u8(bytes, frame + linkBytes) & 15) * 4 : header6Bytes;
}

/** Where the IP packet ended on the wire. `wireBytes`: of the frame. */
export function endOf(bytes: Uint8Array, {frame, bits, wireBytes}: {readonly frame: number; readonly bits: number; readonly wireBytes: number}): number {
	const isVersion4 = versionOf(bits) === network.ip;
	const said = u16(bytes, frame + linkBytes + (isVersion4 ? 2 : 4));
	// 0: longer than can be said
	return frame + (said === 0 ? wireBytes : Math.min(wireBytes, linkBytes + (isVersion4 ? 0 : header6Bytes) + said));
}
