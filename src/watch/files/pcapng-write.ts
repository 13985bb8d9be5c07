// Writes pcapng, which Wireshark and tcpdump read: one section, an interface for each point where packets were seen, nanoseconds.
import {Buffer} from 'node:buffer';
import type {Packet, Point} from './packet.ts';
import {blocks, byteOrder, options} from './pcapng-numbers.ts';

/** 10 to the power of minus this many seconds. */
const resolution = 9;
const directions = {in: 1, out: 2} as const;
/** An option's length has 16 bits. */
const mostOptionBytes = 65_532;

/** Up to the next multiple of four. */
function padded(length: number): number {
	return Math.ceil(length / 4) * 4;
}

function option(code: number, value: Buffer): Buffer {
	const kept = value.subarray(0, mostOptionBytes);
	const bytes = Buffer.alloc(4 + padded(kept.length));
	bytes.writeUInt16LE(code, 0);
	bytes.writeUInt16LE(kept.length, 2);
	kept.copy(bytes, 4);
	return bytes;
}

function textOption(code: number, text: string | undefined): readonly Buffer[] {
	return text === undefined || text === '' ? [] : [option(code, Buffer.from(text))];
}

/** A block: its head of numbers, what it carries, and its options, which an empty one ends. */
function block(type: number, head: Buffer, body: Buffer, all: readonly Buffer[]): Buffer {
	const optionsBytes = all.length === 0 ? 0 : all.reduce((sum, one) => sum + one.length, 4);
	const length = 8 + head.length + padded(body.length) + optionsBytes + 4;
	const bytes = Buffer.alloc(length);
	bytes.writeUInt32LE(type, 0);
	bytes.writeUInt32LE(length, 4);
	head.copy(bytes, 8);
	body.copy(bytes, 8 + head.length);
	let at = 8 + head.length + padded(body.length);
	for (const one of all) {
		one.copy(bytes, at);
		at += one.length;
	}

	bytes.writeUInt32LE(length, length - 4);
	return bytes;
}

const nothing = Buffer.alloc(0);

function section(comment: string | undefined): Buffer {
	const head = Buffer.alloc(16, 0xff);
	head.writeUInt32LE(byteOrder, 0);
	head.writeUInt16LE(1, 4);
	head.writeUInt16LE(0, 6);
	// the rest stays -1: a section of unknown length
	return block(blocks.section, head, nothing, textOption(options.comment, comment));
}

function interfaceBlock({name, description, linkType}: Point): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt16LE(linkType, 0);
	return block(blocks.interface, head, nothing, [
		...textOption(options.interface.name, name),
		...textOption(options.interface.description, description),
		option(options.interface.resolution, Buffer.from([resolution])),
	]);
}

function packetBlock(packet: Packet, index: number): Buffer {
	const time = BigInt(packet.seconds) * 1_000_000_000n + BigInt(packet.nanoseconds);
	const head = Buffer.alloc(20);
	head.writeUInt32LE(index, 0);
	head.writeUInt32LE(Number(time >> 32n), 4);
	head.writeUInt32LE(Number(time & 0xff_ff_ff_ffn), 8);
	head.writeUInt32LE(packet.bytes.length, 12);
	head.writeUInt32LE(packet.wireBytes, 16);
	const flags = Buffer.alloc(4);
	if (packet.direction !== undefined) {
		flags.writeUInt32LE(directions[packet.direction]);
	}

	return block(blocks.enhanced, head, packet.bytes, [
		...textOption(options.comment, packet.comment),
		...(packet.direction === undefined ? [] : [option(options.packet.flags, flags)]),
	]);
}

/** Blocks in the order in which a file has them. A point is described when its first packet comes. */
export class PcapngWriter {
	readonly #points = new Map<Point, number>();

	/** What a file begins with; the comment is on all of it. */
	begin(comment?: string): Buffer {
		return section(comment);
	}

	/** The blocks of a packet. */
	packet(packet: Packet): readonly Buffer[] {
		const known = this.#points.get(packet.point);
		const index = known ?? this.#points.size;
		this.#points.set(packet.point, index);
		const written = packetBlock(packet, index);
		return known === undefined ? [interfaceBlock(packet.point), written] : [written];
	}
}
