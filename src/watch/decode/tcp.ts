// TCP (RFC 9293). Its options: tcp-options.ts. Sequence numbers are those of the header, unless it is known where the connection began: sequences.ts.
import {TCP} from 'cap/lib/Decoders.js';
import {hex, u16, u32, u8} from './bytes.ts';
import {isHttp} from './http.ts';
import {optionFields, optionsText} from './tcp-options.ts';
import {type Field, isEngineDns, key, type Origins, type Protocol, type Walk} from './walk.ts';

const leastBytes = 20;
/** Up to the sequence number: what an ICMP error quotes at the least. */
const quotedBytes = 8;
/** By bit, the lowest first. */
const flagNames = ['fin', 'syn', 'reset', 'push', 'ack', 'urg', 'ece', 'cwr', 'ae'] as const;
const shown = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];
/** "[SYN, ACK]" for each of the numbers that nine bits make. */
const flagTexts = Array.from({length: 512}, (_, flags) => `[${shown.filter((_name, bit) => (flags & (1 << bit)) !== 0).join(', ')}]`);
const ackBit = 0x10;
const header: Origins = {own: 0, other: 0};
const dnsPort = 53;

function flagsText(bytes: Uint8Array, at: number): string {
	return flagTexts[u16(bytes, at + 12) & 0x1_ff] ?? '';
}

function textOf(bytes: Uint8Array, at: number, {own, other}: Origins): string {
	const ack = (u16(bytes, at + 12) & ackBit) === 0 ? '' : ` Ack=${(u32(bytes, at + 8) - other) >>> 0}`;
	return `${flagsText(bytes, at)} Seq=${(u32(bytes, at + 4) - own) >>> 0}${ack} Win=${u16(bytes, at + 14)}`;
}

/** What is known of where the segment's connection began. */
function originsOf({bytes, origins, source, destination, sourcePort = 0, destinationPort = 0}: Walk, at: number): Origins {
	const [flags, sequence, acknowledged] = [u16(bytes, at + 12) & 0x1_ff, u32(bytes, at + 4), u32(bytes, at + 8)];
	return origins?.of({source, sourcePort, destination, destinationPort, flags, sequence, acknowledged}) ?? header;
}

export const tcp: Protocol = {
	name: 'TCP',
	headerBytes: quotedBytes,

	step(walk) {
		const {bytes, at} = walk;
		walk.protocol = 'TCP';
		walk.sourcePort = u16(bytes, at);
		walk.destinationPort = u16(bytes, at + 2);
		const headerBytes = walk.limit - at < leastBytes ? leastBytes : (u8(bytes, at + 12) >> 4) * 4;
		if (headerBytes < leastBytes) {
			return walk.spoil(`TCP header length ${headerBytes}`);
		}

		if (walk.limit - at < headerBytes) {
			walk.cut('TCP', headerBytes);
			walk.at = at + quotedBytes;
			return undefined;
		}

		walk.at = at + headerBytes;
		const length = walk.wireLimit - walk.at;
		const origins = walk.origins === undefined || walk.isQuoting ? header : originsOf(walk, at);
		const options = headerBytes > leastBytes ? optionsText(bytes, {start: at + leastBytes, end: walk.at, origin: origins.other}) : '';
		walk.info = `${textOf(bytes, at, origins)} Len=${length}${options}`;
		if (length === 0 || walk.fragment !== undefined || walk.isQuoting) {
			return undefined;
		}

		const isDns = (walk.sourcePort === dnsPort || walk.destinationPort === dnsPort || isEngineDns(walk)) && u16(bytes, walk.at) === length - 2;
		return isDns ? key.dnsOverTcp : isHttp(bytes, walk.at, walk.limit) ? key.http : undefined;
	},

	details(bytes, {start, end, wireLimit}) {
		const at = (from: number, to: number): {readonly start: number; readonly end: number} => ({start: start + from, end: start + to});
		const ports: readonly Field[] = [
			{name: 'tcp.srcport', value: u16(bytes, start), ...at(0, 2)},
			{name: 'tcp.dstport', value: u16(bytes, start + 2), ...at(2, 4)},
		];
		const heading = `${u16(bytes, start)} > ${u16(bytes, start + 2)}`;
		if (end - start < leastBytes) {
			return {text: heading, fields: [...ports, {name: 'tcp.seq_raw', value: u32(bytes, start + 4), ...at(4, 8)}]};
		}

		const {info, hdrlen} = TCP(bytes, start);
		const flags = flagNames.map((name, bit) => ({name: `tcp.flags.${name}`, value: (info.flags >> bit) & 1, ...(bit < 8 ? at(13, 14) : at(12, 13))}));
		const fields: readonly Field[] = [
			...ports,
			{name: 'tcp.len', value: wireLimit - end, ...at(0, 0)},
			{name: 'tcp.seq_raw', value: info.seqno, ...at(4, 8)},
			{name: 'tcp.ack_raw', value: u32(bytes, start + 8), ...at(8, 12)},
			{name: 'tcp.hdr_len', value: hdrlen, ...at(12, 13)},
			...flags,
			{name: 'tcp.window_size_value', value: info.window, ...at(14, 16)},
			{name: 'tcp.checksum', value: info.checksum, text: hex(info.checksum), ...at(16, 18)},
			{name: 'tcp.urgent_pointer', value: u16(bytes, start + 18), ...at(18, 20)},
			...optionFields(bytes, start + leastBytes, end),
		];
		return {text: `${heading} ${flagsText(bytes, start)}, ${wireLimit - end} bytes`, fields};
	},
};
