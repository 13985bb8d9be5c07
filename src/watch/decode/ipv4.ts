// IPv4 (RFC 791).
import {IPV4} from 'cap/lib/Decoders.js';
import {hex, ipv4At, named, u16, u8} from './bytes.ts';
import {isBeginning, protocolText, protocolWord, stepIntoProtocol} from './ip-protocols.ts';
import type {Field, Protocol} from './walk.ts';

const leastBytes = 20;
const bits = {more: 0x20_00, offset: 0x1f_ff} as const;
const wordMost = 0xff_ff;

/** What the header's checksum should be (RFC 1071). */
function checksumOf(bytes: Uint8Array, start: number, end: number): number {
	let sum = 0;
	for (let at = start; at < end; at += 2) {
		sum += at === start + 10 ? 0 : u16(bytes, at);
	}

	while (sum > wordMost) {
		sum = (sum & wordMost) + (sum >>> 16);
	}

	return ~sum & wordMost;
}

/** Which options there are (RFC 791 3.1): 0 ends them, 1 is padding, the others have a length. */
function optionFields(bytes: Uint8Array, start: number, end: number): readonly Field[] {
	const fields: Field[] = [];
	for (let at = start; at < end;) {
		const type = u8(bytes, at);
		const length = type === 1 ? 1 : Math.max(2, u8(bytes, at + 1));
		if (type === 0 || at + length > end) {
			break;
		}

		if (type !== 1) {
			fields.push({name: 'ip.opt.type', value: type, start: at, end: at + 1}, {name: 'ip.opt.len', value: length, start: at + 1, end: at + 2});
		}

		at += length;
	}

	return fields;
}

export const ipv4: Protocol = {
	name: 'IPv4',
	headerBytes: leastBytes,

	step(walk) {
		const {bytes, at} = walk;
		const headerBytes = (u8(bytes, at) & 15) * 4;
		const totalBytes = u16(bytes, at + 2);
		walk.protocol = 'IPv4';
		walk.source = ipv4At(bytes, at + 12);
		walk.destination = ipv4At(bytes, at + 16);
		walk.ttl = u8(bytes, at + 8);
		if (u8(bytes, at) >> 4 !== 4 || headerBytes < leastBytes) {
			return walk.spoil(`IPv4 header with version ${u8(bytes, at) >> 4} and a length of ${headerBytes} bytes`);
		}

		if (walk.limit - at < headerBytes) {
			return walk.cut('IPv4', headerBytes);
		}

		// 0: the kernel left it to the card to cut a large segment, up to 64 KiB and more (GSO)
		if (totalBytes !== 0) {
			if (totalBytes < headerBytes) {
				return walk.spoil(`IPv4 total length ${totalBytes} is less than its header`);
			}

			if (at + totalBytes > walk.wireLimit) {
				walk.spoil(`IPv4 total length ${totalBytes}, but ${walk.wireLimit - at} bytes are there`);
			}

			walk.narrow(at, totalBytes);
		}

		walk.at = at + headerBytes;
		const flags = u16(bytes, at + 6);
		const next = u8(bytes, at + 9);
		const offset = (flags & bits.offset) * 8;
		const more = (flags & bits.more) !== 0;
		if ((more || offset > 0) && !isBeginning(walk, {id: hex(u16(bytes, at + 4)), offset, more, next})) {
			return undefined;
		}

		return stepIntoProtocol(walk, next, 4);
	},

	details(bytes, {start, end}) {
		const {info} = IPV4(bytes, start);
		const good = checksumOf(bytes, start, end);
		const at = (from: number, to: number): {readonly start: number; readonly end: number} => ({start: start + from, end: start + to});
		const fields: readonly Field[] = [
			{name: 'ip.version', value: 4, ...at(0, 1)},
			{name: 'ip.hdr_len', value: info.hdrlen * 4, ...at(0, 1)},
			{name: 'ip.dsfield.dscp', value: info.dscp, ...at(1, 2)},
			{name: 'ip.dsfield.ecn', value: info.ecn, ...at(1, 2)},
			// cap puts what was captured where the header says 0
			{name: 'ip.len', value: u16(bytes, start + 2), ...at(2, 4)},
			{name: 'ip.id', value: info.id, text: hex(info.id), ...at(4, 6)},
			{name: 'ip.flags.df', value: (info.flags >> 1) & 1, ...at(6, 7)},
			{name: 'ip.flags.mf', value: info.flags & 1, ...at(6, 7)},
			{name: 'ip.frag_offset', value: info.fragoffset, text: named(info.fragoffset, `byte ${info.fragoffset * 8}`), ...at(6, 8)},
			{name: 'ip.ttl', value: info.ttl, ...at(8, 9)},
			{name: 'ip.proto', value: info.protocol, text: protocolText(info.protocol), ...at(9, 10)},
			{
				name: 'ip.checksum',
				value: info.hdrchecksum,
				text: named(hex(info.hdrchecksum), info.hdrchecksum === good ? 'right' : `wrong: ${hex(good)} expected`),
				...at(10, 12),
			},
			{name: 'ip.src', value: info.srcaddr, ...at(12, 16)},
			{name: 'ip.dst', value: info.dstaddr, ...at(16, 20)},
			...optionFields(bytes, start + leastBytes, end),
		];
		return {text: `${info.srcaddr} > ${info.dstaddr}, ${protocolWord(info.protocol)}, ttl ${info.ttl}`, fields};
	},
};
