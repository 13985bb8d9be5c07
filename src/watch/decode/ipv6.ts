// IPv6 (RFC 8200) and its extension headers, each a layer of its own.
import {hex, ipv6At, named, u16, u32, u8} from './bytes.ts';
import {isBeginning, protocolText, protocolWord, stepIntoProtocol} from './ip-protocols.ts';
import type {Field, Protocol} from './walk.ts';

export const ipv6: Protocol = {
	name: 'IPv6',
	headerBytes: 40,

	step(walk) {
		const {bytes, at} = walk;
		const payloadBytes = u16(bytes, at + 4);
		walk.protocol = 'IPv6';
		walk.source = ipv6At(bytes, at + 8);
		walk.destination = ipv6At(bytes, at + 24);
		walk.ttl = u8(bytes, at + 7);
		if (u8(bytes, at) >> 4 !== 6) {
			return walk.spoil(`IPv6 header with version ${u8(bytes, at) >> 4}`);
		}

		walk.at = at + 40;
		// 0: larger than 64 KiB (jumbogram, RFC 2675)
		if (payloadBytes !== 0) {
			if (walk.at + payloadBytes > walk.wireLimit) {
				walk.spoil(`IPv6 payload length ${payloadBytes}, but ${walk.wireLimit - walk.at} bytes are there`);
			}

			walk.narrow(walk.at, payloadBytes);
		}

		return stepIntoProtocol(walk, u8(bytes, at + 6), 6);
	},

	details(bytes, {start}) {
		const word = u32(bytes, start);
		const [source, destination] = [ipv6At(bytes, start + 8), ipv6At(bytes, start + 24)];
		const next = u8(bytes, start + 6);
		return {
			text: `${source} > ${destination}, ${protocolWord(next)}, hop limit ${u8(bytes, start + 7)}`,
			fields: [
				{name: 'ipv6.version', value: word >>> 28, start, end: start + 1},
				{name: 'ipv6.tclass', value: (word >>> 20) & 0xff, text: hex((word >>> 20) & 0xff, 2), start, end: start + 4},
				{name: 'ipv6.flow', value: word & 0x0f_ff_ff, text: hex(word & 0x0f_ff_ff, 5), start: start + 1, end: start + 4},
				{name: 'ipv6.plen', value: u16(bytes, start + 4), start: start + 4, end: start + 6},
				nextField('ipv6.nxt', bytes, start + 6),
				{name: 'ipv6.hlim', value: u8(bytes, start + 7), start: start + 7, end: start + 8},
				{name: 'ipv6.src', value: source, start: start + 8, end: start + 24},
				{name: 'ipv6.dst', value: destination, start: start + 24, end: start + 40},
			],
		};
	},
};

function nextField(name: string, bytes: Uint8Array, at: number): Field {
	return {name, value: u8(bytes, at), text: protocolText(u8(bytes, at)), start: at, end: at + 1};
}

/** A header that begins with the next one's number and its own length; `lengthOf` makes bytes of that. */
function extension(name: string, names: {readonly next: string; readonly length: string}, lengthOf: (length: number) => number): Protocol {
	return {
		name,
		headerBytes: 8,

		step(walk) {
			const {bytes, at} = walk;
			const need = lengthOf(u8(bytes, at + 1));
			if (walk.limit - at < need) {
				return walk.cut(name, need);
			}

			walk.at = at + need;
			return stepIntoProtocol(walk, u8(bytes, at), 6);
		},

		details: (bytes, {start, end}) => ({
			text: `${end - start} bytes, then ${protocolWord(u8(bytes, start))}`,
			fields: [
				nextField(names.next, bytes, start),
				{name: names.length, value: u8(bytes, start + 1), text: named(u8(bytes, start + 1), `${end - start} bytes`), start: start + 1, end: start + 2},
			],
		}),
	};
}

const inEights = (length: number): number => 8 + 8 * length;

export const hopByHop = extension('Hop-by-hop options', {next: 'ipv6.hopopts.nxt', length: 'ipv6.hopopts.len'}, inEights);
export const routing = extension('Routing', {next: 'ipv6.routing.nxt', length: 'ipv6.routing.len'}, inEights);
export const destinationOptions = extension('Destination options', {next: 'ipv6.dstopts.nxt', length: 'ipv6.dstopts.len'}, inEights);
/** RFC 4302 2.2: in words of four bytes, less two. */
export const ah = extension('AH', {next: 'ah.next_header', length: 'ah.length'}, (length) => Math.max(8, 4 * (length + 2)));

export const fragment: Protocol = {
	name: 'Fragment',
	headerBytes: 8,

	step(walk) {
		const {bytes, at} = walk;
		const [next, word] = [u8(bytes, at), u16(bytes, at + 2)];
		const [offset, more] = [word & 0xff_f8, (word & 1) !== 0];
		walk.at = at + 8;
		// both zero: a packet that was not split (RFC 6946)
		const isPart = more || offset > 0;
		return !isPart || isBeginning(walk, {id: hex(u32(bytes, at + 4), 8), offset, more, next}) ? stepIntoProtocol(walk, next, 6) : undefined;
	},

	details(bytes, {start}) {
		const [word, id] = [u16(bytes, start + 2), u32(bytes, start + 4)];
		return {
			text: `id ${hex(id, 8)}, from byte ${word & 0xff_f8}${(word & 1) === 0 ? ', the last' : ''}`,
			fields: [
				nextField('ipv6.fraghdr.nxt', bytes, start),
				{name: 'ipv6.fraghdr.offset', value: word >> 3, text: named(word >> 3, `byte ${word & 0xff_f8}`), start: start + 2, end: start + 4},
				{name: 'ipv6.fraghdr.more', value: word & 1, start: start + 2, end: start + 4},
				{name: 'ipv6.fraghdr.ident', value: id, text: hex(id, 8), start: start + 4, end: start + 8},
			],
		};
	},
};
