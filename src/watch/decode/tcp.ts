// TCP (RFC 9293). Its options: tcp-options.ts. Sequence numbers are those of the header: a list has no memory of where a connection began.
import {TCP} from 'cap/lib/Decoders.js';
import {hex, u16, u32, u8} from './bytes.ts';
import {isHttp} from './http.ts';
import {optionFields, optionsText} from './tcp-options.ts';
import {type Field, isEngineDns, type Protocol} from './walk.ts';

const leastBytes = 20;
/** Up to the sequence number: what an ICMP error quotes at the least. */
const quotedBytes = 8;
/** By bit, the lowest first. */
const flagNames = ['fin', 'syn', 'reset', 'push', 'ack', 'urg', 'ece', 'cwr', 'ae'] as const;
const shown = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];
/** "[SYN, ACK]" for each of the numbers that nine bits make. */
const flagTexts = Array.from({length: 512}, (_, flags) => `[${shown.filter((_name, bit) => (flags & (1 << bit)) !== 0).join(', ')}]`);
const ackBit = 0x10;
const dnsPort = 53;

function textOf(bytes: Uint8Array, at: number): string {
	const flags = u16(bytes, at + 12) & 0x1_ff;
	const ack = (flags & ackBit) === 0 ? '' : ` Ack=${u32(bytes, at + 8)}`;
	return `${flagTexts[flags] ?? ''} Seq=${u32(bytes, at + 4)}${ack} Win=${u16(bytes, at + 14)}`;
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
		walk.info = `${textOf(bytes, at)} Len=${length}${headerBytes > leastBytes ? optionsText(bytes, at + leastBytes, walk.at) : ''}`;
		if (length === 0 || walk.fragment !== undefined || walk.isQuoting) {
			return undefined;
		}

		const isDns = (walk.sourcePort === dnsPort || walk.destinationPort === dnsPort || isEngineDns(walk)) && u16(bytes, walk.at) === length - 2;
		return isDns ? 'dns-over-tcp' : isHttp(bytes, walk.at, walk.limit) ? 'http' : undefined;
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
		return {text: `${heading} ${textOf(bytes, start)}`, fields};
	},
};
