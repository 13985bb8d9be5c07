// DNS messages (RFC 1035, EDNS: RFC 6891): a question as somebody asked it, and the answer as bytes. The wire format is dns-packet's; what it should
// not see is turned away before. What is answered: answer.ts.
import {decode, encode, encodingLength, type Answer, type DecodedPacket, type OptAnswer, type Packet, type Question} from 'dns-packet';

/** RFC 1035 4.1.1, RFC 6891 9. */
export const rcodes = {ok: 0, format: 1, noName: 3, kind: 4, refused: 5, version: 16} as const;

export type Rcode = (typeof rcodes)[keyof typeof rcodes];

/** Bits of the second word of the header (RFC 1035 4.1.1, RFC 4035 3.2.2). */
const bits = {response: 0x80_00, opcode: 0x78_00, truncated: 0x02_00, wantsRecursion: 0x01_00, recursion: 0x00_80, unchecked: 0x00_10} as const;
const headerBytes = 12;
/** An OPT and a signature: more is not asked with. */
const mostAdditionals = 2;
/** What everybody takes over UDP (RFC 1035 2.3.4), and what we send at the most to who takes more. */
const udpBytes = {least: 512, most: 4096} as const;
/** The length before a message over TCP has 16 bits. */
const tcpBytes = 65_535;

export type Transport = 'udp' | 'tcp';

export interface Query {
	readonly id: number;
	/** As they came. */
	readonly flags: number;
	/** 0: a question. */
	readonly opcode: number;
	/** undefined: it cannot be read. */
	readonly question: Question | undefined;
	/** undefined: asked without EDNS. */
	readonly edns: {readonly version: number; readonly udpBytes: number} | undefined;
}

/** Never throws. undefined: not worth an answer, because it is too short for a header, or an answer itself. */
export function readQuery(bytes: Buffer): Query | undefined {
	if (bytes.length < headerBytes || (bytes.readUInt16BE(2) & bits.response) !== 0) {
		return undefined;
	}

	const flags = bytes.readUInt16BE(2);
	const packet = readPacket(bytes);
	const [question] = packet?.questions ?? [];
	const opt = packet?.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
	return {
		id: bytes.readUInt16BE(0),
		flags,
		opcode: (flags & bits.opcode) >> 11,
		question: question === undefined || isSpoiled(question.name) ? undefined : question,
		edns: opt && {version: opt.ednsVersion, udpBytes: opt.udpPayloadSize},
	};
}

/** The answer to a query. Answers that have no room are left out, and the client is told to ask over TCP. */
export function writeAnswer(query: Query, rcode: Rcode, answers: readonly Answer[], transport: Transport): Buffer {
	const kept = query.flags & (bits.opcode | bits.wantsRecursion | bits.unchecked);
	const frame: Packet = {
		type: 'response',
		id: query.id,
		flags: kept | bits.recursion | (rcode & 15),
		questions: query.question === undefined ? [] : [query.question],
		additionals: query.edns === undefined ? [] : [optOf(rcode)],
	};
	const fitting = fittingOf(answers, mostBytes(query, transport) - encodingLength(frame));
	const isWhole = fitting.length === answers.length;
	return encode({...frame, flags: (frame.flags ?? 0) | (isWhole ? 0 : bits.truncated), answers: [...fitting]});
}

/** Largest answer that its asker takes, in bytes. */
function mostBytes({edns}: Query, transport: Transport): number {
	return transport === 'tcp' ? tcpBytes : Math.min(udpBytes.most, Math.max(udpBytes.least, edns?.udpBytes ?? 0));
}

/** The counts are looked at first: dns-packet makes lists as long as they say before it reads on. */
function readPacket(bytes: Buffer): DecodedPacket | undefined {
	const [questions, answers, authorities] = [4, 6, 8].map((at) => bytes.readUInt16BE(at));
	if (questions !== 1 || answers !== 0 || authorities !== 0 || bytes.readUInt16BE(10) > mostAdditionals) {
		return undefined;
	}

	try {
		return decode(bytes);
	} catch {
		return undefined;
	}
}

/** A name whose bytes are no UTF-8 cannot be written back as it came. */
function isSpoiled(name: string): boolean {
	return name.includes('\uFFFD');
}

function optOf(rcode: Rcode): OptAnswer {
	return {type: 'OPT', name: '.', udpPayloadSize: udpBytes.most, extendedRcode: rcode >> 4, ednsVersion: 0, flags: 0, flag_do: false, options: []};
}

function fittingOf(answers: readonly Answer[], room: number): readonly Answer[] {
	let left = room;
	const end = answers.findIndex((record) => {
		left -= encodingLength({answers: [record]}) - headerBytes;
		return left < 0;
	});
	return end === -1 ? answers : answers.slice(0, end);
}
