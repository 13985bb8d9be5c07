// Netlink messages: the header before every family's own, several in one buffer, and the kernel's answers with their extended acknowledgement.
// Sources: netlink(7), linux/netlink.h. A family is a `Format`: its header and its attributes, in a file of its own.
import {Attributes, Struct, type FieldValues, type Table, type Values} from './codec.ts';
import {cString, i32, u16, u32, type Fixed} from './values.ts';
import type {Writer} from './writer.ts';

const headerBytes = 16;

/** NLM_F_* (linux/netlink.h). */
export const flags = {
	request: 1,
	ack: 4,
	echo: 8,
	dumpInterrupted: 0x10,
	replace: 0x100,
	exclusive: 0x200,
	create: 0x400,
	dump: 0x300,
	capped: 0x100,
	ackAttributes: 0x200,
} as const;
const types = {error: 2, done: 3} as const;

/** Where one message's body lies, and what its header says. */
export interface Message {
	readonly type: number;
	readonly flags: number;
	readonly seq: number;
	/** The body's place in the buffer: from `start` to before `end`. */
	readonly start: number;
	readonly end: number;
}

/** The messages in a buffer. Stops at one whose length is impossible. */
export function readMessages(bytes: Buffer): readonly Message[] {
	const messages: Message[] = [];
	for (let at = 0; at + headerBytes <= bytes.length;) {
		const length = bytes.readUInt32LE(at);
		if (length < headerBytes || at + length > bytes.length) {
			break;
		}

		messages.push({
			type: bytes.readUInt16LE(at + 4),
			flags: bytes.readUInt16LE(at + 6),
			seq: bytes.readUInt32LE(at + 8),
			start: at + headerBytes,
			end: at + length,
		});
		at += (length + 3) & ~3;
	}

	return messages;
}

type Fields = Readonly<Record<string, readonly [number, Fixed<unknown>]>>;

/** One family's messages: a fixed header, then attributes. */
export interface Format<Header extends Fields, Rows extends Table> {
	readonly header: Struct<Header>;
	readonly attributes: Attributes<Rows>;
}

export interface Body<Header extends Fields, Rows extends Table> {
	readonly header: FieldValues<Header>;
	readonly attributes: Values<Rows>;
}

export function format<Header extends Fields, Rows extends Table>(headerSizeBytes: number, header: Header, rows: Rows): Format<Header, Rows> {
	return {header: new Struct(headerSizeBytes, header), attributes: new Attributes(rows)};
}

/** The header of a message's body alone, which costs a tenth of reading the attributes; undefined when the message is too short for it. */
export function readHeader<Header extends Fields, Rows extends Table>(
	bytes: Buffer,
	{start, end}: Message,
	of: Format<Header, Rows>,
): FieldValues<Header> | undefined {
	return of.header.read(bytes, start, end);
}

/** A message's body; undefined when it is too short for its family's header. */
export function readBody<Header extends Fields, Rows extends Table>(bytes: Buffer, message: Message, of: Format<Header, Rows>): Body<Header, Rows> | undefined {
	const header = readHeader(bytes, message, of);
	const start = message.start + ((of.header.sizeBytes + 3) & ~3);
	return header === undefined ? undefined : {header, attributes: of.attributes.read(bytes, start, message.end)};
}

export interface Head {
	readonly type: number;
	readonly flags: number;
	readonly seq: number;
}

/** Appends one message. `body` may leave out header fields (zero) and attributes. Returns where it begins. */
export function writeMessage<Header extends Fields, Rows extends Table>(
	out: Writer,
	head: Head,
	of: Format<Header, Rows>,
	body: {readonly header: Partial<FieldValues<Header>>; readonly attributes: Values<Rows>},
): number {
	const at = out.reserve(headerBytes);
	of.header.write(out, body.header);
	out.align();
	of.attributes.write(out, body.attributes);
	const {view} = out;
	view.setUint32(at, out.length - at, true);
	view.setUint16(at + 4, head.type, true);
	view.setUint16(at + 6, head.flags, true);
	view.setUint32(at + 8, head.seq, true);
	out.align();
	return at;
}

/** Asks for an acknowledgement of the message that begins at `at`. Errors are reported whether asked for or not. */
export function askForAck(out: Writer, at: number): void {
	out.view.setUint16(at + 6, out.view.getUint16(at + 6, true) | flags.ack, true);
}

/** The kernel's answer to one message. */
export interface Answer {
	readonly seq: number;
	/** Positive; 0: done. */
	readonly errno: number;
	/** The kernel's own words (NLMSGERR_ATTR_MSG). */
	readonly said: string | undefined;
	/** Where in our message the attribute lies that it complains about (NLMSGERR_ATTR_OFFS). */
	readonly offsetBytes: number | undefined;
}

const answerAttributes = new Attributes({said: [1, cString], offset: [2, u32]});
const answerHeader = new Struct(20, {error: [0, i32], length: [4, u32], type: [8, u16], seq: [12, u32]});

/** NLMSG_ERROR, or the end of a dump (whose error number comes in NLMSG_DONE); undefined for any other message. */
export function readAnswer(bytes: Buffer, message: Message): Answer | undefined {
	if (message.type === types.done) {
		const hasNumber = message.end - message.start >= 4;
		return {seq: message.seq, errno: hasNumber ? Math.max(0, -bytes.readInt32LE(message.start)) : 0, ...extended(bytes, message, message.start + 4)};
	}

	const header = message.type === types.error ? answerHeader.read(bytes, message.start, message.end) : undefined;
	if (header === undefined) {
		return undefined;
	}

	// With NETLINK_CAP_ACK only the header of our message comes back, otherwise all of it.
	const echoed = (message.flags & flags.capped) === 0 ? Math.max(headerBytes, (header.length + 3) & ~3) : headerBytes;
	return {seq: message.seq, errno: Math.max(0, -header.error), ...extended(bytes, message, message.start + 4 + echoed)};
}

function extended(bytes: Buffer, message: Message, start: number): {readonly said: string | undefined; readonly offsetBytes: number | undefined} {
	const {said, offset} = (message.flags & flags.ackAttributes) === 0 ? {} : answerAttributes.read(bytes, start, message.end);
	return {said, offsetBytes: offset};
}
