// DNS messages (RFC 1035), over UDP and TCP. What is in a record is dns-packet's to read; where it is in the frame is found here.
import {Buffer} from 'node:buffer';
import {decode, type Answer, type DecodedPacket} from 'dns-packet';
import {hex, named, printable, u16, u32, u8} from './bytes.ts';
import type {Details, Field, Protocol, Span} from './walk.ts';

const headerBytes = 12;
/** A record has at least a name of one byte, type, class, time to live and length; a question no more than the first three. */
const least = {question: 5, record: 11} as const;
/** dns-packet makes lists as long as a message says before it reads on, and follows as many pointers as there are: with these it stays below milliseconds. */
const most = {records: 256, bytes: 16_384} as const;
const opcodes: Readonly<Record<number, string>> = {0: 'Standard query', 1: 'Inverse query', 2: 'Server status', 4: 'Zone change', 5: 'Dynamic update'};
const rcodes: Readonly<Record<number, string>> = {
	0: 'No error',
	1: 'Format error',
	2: 'Server failure',
	3: 'No such name',
	4: 'Not implemented',
	5: 'Refused',
};
/** Fields of the data of records, by type. */
const dataNames: Readonly<Record<string, string>> = {
	A: 'dns.a',
	AAAA: 'dns.aaaa',
	CNAME: 'dns.cname',
	NS: 'dns.ns',
	PTR: 'dns.ptr.domain_name',
	TXT: 'dns.txt',
};

interface Flags {
	readonly isResponse: boolean;
	readonly opcode: number;
	readonly rcode: number;
}

function flagsOf(bytes: Uint8Array, at: number): Flags {
	const flags = u16(bytes, at + 2);
	return {isResponse: (flags & 0x80_00) !== 0, opcode: (flags >> 11) & 15, rcode: flags & 15};
}

/** The message at `at`; undefined when its counts cannot be true, or dns-packet cannot read it. Never throws. */
function read(bytes: Buffer, at: number, limit: number): DecodedPacket | undefined {
	const questions = u16(bytes, at + 4);
	const records = u16(bytes, at + 6) + u16(bytes, at + 8) + u16(bytes, at + 10);
	const fits = questions * least.question + records * least.record <= limit - at - headerBytes;
	if (!fits || questions + records > most.records || limit - at > most.bytes) {
		return undefined;
	}

	try {
		const message = decode(bytes.subarray(at, limit));
		// an address at the very end is read on behind it, and its numbers are then "undefined"
		return decode.bytes > limit - at ? undefined : message;
	} catch {
		return undefined;
	}
}

/** A name as people read it. */
function nameText(name: string): string {
	return name === '.' ? '<Root>' : printable(name);
}

/** A record's data on one line. */
function dataText(answer: Answer): string {
	if (answer.type === 'OPT') {
		return '';
	}

	const {data} = answer;
	return printable(
		typeof data === 'string' ? data : Buffer.isBuffer(data) ? data.toString('hex') : Array.isArray(data) ? data.join(' ') : JSON.stringify(data),
	);
}

function infoOf(bytes: Uint8Array, at: number, message: DecodedPacket | undefined): string {
	const {isResponse, opcode, rcode} = flagsOf(bytes, at);
	const failure = rcode === 0 ? '' : ` ${rcodes[rcode] ?? `error ${rcode}`}`;
	const head = `${opcodes[opcode] ?? `Operation ${opcode}`}${isResponse ? ' response' : ''} ${hex(u16(bytes, at))}${failure}`;
	const asked = (message?.questions ?? []).map(({type, name}) => ` ${type} ${nameText(name)}`);
	const answered = (message?.answers ?? []).map((answer) => ` ${answer.type} ${dataText(answer)}`);
	return `${head}${asked.join('')}${answered.join('')}`;
}

/** Where the name at `at` ends: behind its last label, or behind the pointer that ends it. */
function behindName(bytes: Uint8Array, at: number, limit: number): number {
	let next = at;
	while (next < limit) {
		const length = u8(bytes, next);
		if (length >= 0xc0) {
			return next + 2;
		}

		next += 1 + length;
		if (length === 0) {
			break;
		}
	}

	return next;
}

/** The fields of what was read, at the places where the bytes say it is. */
function contentFields(bytes: Uint8Array, span: Span, message: DecodedPacket): readonly Field[] {
	const fields: Field[] = [];
	let at = span.start + headerBytes;
	for (const {name, type} of message.questions ?? []) {
		const end = behindName(bytes, at, span.limit);
		fields.push(
			{name: 'dns.qry.name', value: nameText(name), start: at, end},
			{name: 'dns.qry.type', value: u16(bytes, end), text: named(u16(bytes, end), type), start: end, end: end + 2},
		);
		at = end + 4;
	}

	for (const answer of [...(message.answers ?? []), ...(message.authorities ?? []), ...(message.additionals ?? [])]) {
		const end = behindName(bytes, at, span.limit);
		const dataStart = end + 10;
		const dataEnd = dataStart + u16(bytes, end + 8);
		fields.push(
			{name: 'dns.resp.name', value: nameText(answer.name), start: at, end},
			{name: 'dns.resp.type', value: u16(bytes, end), text: named(u16(bytes, end), answer.type), start: end, end: end + 2},
		);
		if (answer.type !== 'OPT') {
			const name = dataNames[answer.type] ?? 'dns.resp.data';
			fields.push(
				{name: 'dns.resp.ttl', value: u32(bytes, end + 4), text: `${u32(bytes, end + 4)} s`, start: end + 4, end: end + 8},
				{name, value: dataText(answer), start: dataStart, end: dataEnd},
			);
		}

		at = dataEnd;
	}

	// dns-packet reads some data by its type's length and not by the record's own
	return fields.filter(({end}) => end <= span.limit);
}

function detailsOf(bytes: Buffer, span: Span): Details {
	const {start, limit} = span;
	const message = read(bytes, start, limit);
	const {isResponse, opcode, rcode} = flagsOf(bytes, start);
	const flags = {start: start + 2, end: start + 4};
	const bit = (name: string, shift: number): Field => ({name, value: (u16(bytes, start + 2) >> shift) & 1, ...flags});
	const counts = ['queries', 'answers', 'auth_rr', 'add_rr'].map((name, index) => {
		const at = start + 4 + index * 2;
		return {name: `dns.count.${name}`, value: u16(bytes, at), start: at, end: at + 2};
	});
	return {
		text: infoOf(bytes, start, message),
		fields: [
			{name: 'dns.id', value: u16(bytes, start), text: hex(u16(bytes, start)), start, end: start + 2},
			bit('dns.flags.response', 15),
			{name: 'dns.flags.opcode', value: opcode, text: named(opcode, opcodes[opcode]), ...flags},
			...(isResponse ? [bit('dns.flags.authoritative', 10)] : []),
			bit('dns.flags.truncated', 9),
			bit('dns.flags.recdesired', 8),
			...(isResponse ? [bit('dns.flags.recavail', 7), {name: 'dns.flags.rcode', value: rcode, text: named(rcode, rcodes[rcode]), ...flags}] : []),
			...counts,
			...(message === undefined ? [] : contentFields(bytes, span, message)),
		],
	};
}

/** `lengthBytes`: before the message; two over TCP (RFC 1035 4.2.2). */
function dnsBehind(lengthBytes: 0 | 2): Protocol {
	return {
		name: 'DNS',
		headerBytes: lengthBytes + headerBytes,

		step(walk) {
			const at = walk.at + lengthBytes;
			const message = read(walk.bytes, at, walk.limit);
			walk.protocol = walk.destinationPort === 5353 ? 'MDNS' : 'DNS';
			walk.info = infoOf(walk.bytes, at, message);
			if (message === undefined) {
				walk.spoil(walk.wireLimit > walk.limit ? 'DNS message not captured whole' : 'DNS message cannot be read');
			}

			walk.at = walk.limit;
			return undefined;
		},

		details: (bytes, span) => detailsOf(bytes, {...span, start: span.start + lengthBytes}),
	};
}

export const dns = dnsBehind(0);
export const dnsOverTcp = dnsBehind(2);
