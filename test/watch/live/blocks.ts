// What the tests of live capture share: blocks as the kernel writes them, a ring that gives them, and a reader of the pcapng that comes out. No test is here.
import {closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {NativeRing, Written} from '../../../native/index.ts';
import {native} from '../../native/support.ts';

export interface FakeFrame {
	readonly atMs: number;
	readonly bytes: Uint8Array;
	readonly ifindex?: number;
	/** PACKET_OUTGOING is 4. */
	readonly type?: number;
	readonly hardware?: number;
	readonly status?: number;
	/** TCI and protocol of a tag that was taken out. */
	readonly tag?: readonly [number, number];
}

const firstFrame = 48;
const mac = 84;

/** A block of a ring (linux/if_packet.h), frames 16 bytes apart. */
export function blockOf(frames: readonly FakeFrame[]): Uint8Array {
	const sizes = frames.map(({bytes}) => (mac + bytes.length + 15) & ~15);
	const block = new Uint8Array(firstFrame + sizes.reduce((sum, size) => sum + size, 0));
	const view = new DataView(block.buffer);
	const word = (at: number, value: number) => {
		view.setUint32(at, value, true);
	};
	word(12, frames.length);
	word(16, firstFrame);
	let at = firstFrame;
	for (const [index, frame] of frames.entries()) {
		const {bytes, ifindex = 2, type = 0, hardware = 1, tag} = frame;
		word(at, index === frames.length - 1 ? 0 : (sizes[index] ?? 0));
		word(at + 4, Math.floor(frame.atMs / 1000));
		word(at + 8, Math.round((frame.atMs % 1000) * 1e6));
		word(at + 12, bytes.length);
		word(at + 16, bytes.length);
		word(at + 20, frame.status ?? (tag === undefined ? 1 : 0x51));
		word(at + 24, mac);
		word(at + 32, tag?.[0] ?? 0);
		word(at + 36, tag?.[1] ?? 0);
		word(at + 52, ifindex);
		word(at + 56, hardware | (type << 16));
		block.set(bytes, at + mac);
		at += sizes[index] ?? 0;
	}

	return block;
}

const blockBytes = 128 * 1024;
const statusAt = 8;
const lengthAt = 20;
const headerBytes = 48;

/** A ring whose blocks a test puts in: the memory is a file's, which the addon maps as it maps a ring. */
export class FakeRing implements NativeRing {
	readonly #ring: NativeRing;
	readonly #file: number;
	#next = 0;
	#onReadable: () => void = () => undefined;
	isClosed = false;
	drops = 0;

	constructor(ring: NativeRing, file: number) {
		this.#ring = ring;
		this.#file = file;
	}

	static async make(blocks = 64): Promise<FakeRing> {
		const folder = mkdtempSync(join(tmpdir(), 'vethlab-ring-'));
		const path = join(folder, 'ring');
		const mapped = openSync(path, 'w+');
		const file = openSync(path, 'r+');
		rmSync(folder, {recursive: true});
		ftruncateSync(file, blocks * blockBytes);
		return new FakeRing(await native.ringMap(mapped, blocks), file);
	}

	get number(): number {
		return this.#ring.number;
	}

	get blocks(): number {
		return this.#ring.blocks;
	}

	/** A finished block of these frames. */
	put(frames: readonly FakeFrame[]): void {
		this.putBytes(blockOf(frames));
	}

	/** A finished block of these bytes, whatever they are. */
	putBytes(bytes: Uint8Array): void {
		const block = Buffer.alloc(Math.max(bytes.length, headerBytes));
		block.set(bytes);
		block.writeUInt32LE(1, statusAt);
		block.writeUInt32LE(bytes.length, lengthAt);
		writeSync(this.#file, block, 0, block.length, this.#next * blockBytes);
		this.#next = (this.#next + 1) % this.blocks;
		this.#onReadable();
	}

	listen(onReadable: () => void): void {
		this.#onReadable = onReadable;
	}

	listenAgain(): void {
		// it tells always
	}

	begin(fromMs: number): void {
		this.#ring.begin(fromMs);
	}

	finished(): number {
		return this.#ring.finished();
	}

	save(): void {
		this.#ring.save();
	}

	saved(): number {
		return this.#ring.saved();
	}

	since(): number | undefined {
		return this.#ring.since();
	}

	statistics(): {packets: number; drops: number; freezes: number} {
		const {drops} = this;
		// as the kernel does
		this.drops = 0;
		return {packets: 0, drops, freezes: 0};
	}

	know(ifindex: number, index: number): void {
		this.#ring.know(ifindex, index);
	}

	packets(ifindex: number): number {
		return this.#ring.packets(ifindex);
	}

	async leave(): Promise<void> {
		this.#closed();
		await this.#ring.leave();
	}

	async close(): Promise<void> {
		this.#closed();
		await this.#ring.close();
	}

	#closed(): void {
		this.isClosed = true;
		closeSync(this.#file);
	}
}

const into = new Uint8Array(1024 * 1024);

export interface Taken {
	readonly bytes: Buffer;
	readonly packets: number;
	readonly marks: Written['marks'];
}

/** Everything that is in finished blocks. Interfaces have the numbers that `indexOf` gives; without it they are numbered as they come, from 0. */
export function takeAll(rings: readonly NativeRing[], indexOf?: (ifindex: number) => number): Taken {
	const pieces: Buffer[] = [];
	const marks: Written['marks'][number][] = [];
	let interfaces = 0;
	let packets = 0;
	for (;;) {
		const last = native.writeFrames(
			rings.map(({number}) => number),
			into,
			Number.POSITIVE_INFINITY,
			Number.POSITIVE_INFINITY,
		);
		pieces.push(Buffer.from(into.subarray(0, last.bytes)));
		marks.push(...last.marks);
		packets += last.packets;
		if (last.why === 'interface') {
			rings[last.ring]?.know(last.ifindex, indexOf?.(last.ifindex) ?? interfaces);
			interfaces++;
		} else if (last.why !== 'full' || last.bytes === 0) {
			return {bytes: Buffer.concat(pieces), packets, marks};
		}
	}
}

export interface Block {
	readonly type: number;
	readonly view: DataView;
}

/** The blocks of a pcapng file. Throws when their two lengths differ. */
export function blocksOf(file: Uint8Array): readonly Block[] {
	const blocks: Block[] = [];
	const view = new DataView(file.buffer, file.byteOffset, file.length);
	for (let at = 0; at < file.length;) {
		const length = view.getUint32(at + 4, true);
		if (length % 4 !== 0 || view.getUint32(at + length - 4, true) !== length) {
			throw new Error(`the block at byte ${at} is not whole`);
		}

		blocks.push({type: view.getUint32(at, true), view: new DataView(file.buffer, file.byteOffset + at, length)});
		at += length;
	}

	return blocks;
}

/** Option `code` of a block, whose options begin at `from`. */
export function optionOf({view}: Block, from: number, code: number): Buffer | undefined {
	for (let at = from; at < view.byteLength - 4;) {
		const length = view.getUint16(at + 2, true);
		if (view.getUint16(at, true) === code) {
			return Buffer.from(view.buffer, view.byteOffset + at + 4, length);
		}

		at += 4 + ((length + 3) & ~3);
	}

	return undefined;
}

export interface ReadPacket {
	readonly at: string;
	readonly nanoseconds: bigint;
	readonly wireBytes: number;
	readonly bytes: Buffer;
	readonly flags: number;
}

/** The packets of a file, each with the name of its interface. */
export function packetsOf(file: Uint8Array): readonly ReadPacket[] {
	const names: string[] = [];
	return blocksOf(file).flatMap((block): readonly ReadPacket[] => {
		const {type, view} = block;
		if (type === 1) {
			names.push(String(optionOf(block, 16, 2)));
		}

		if (type !== 6) {
			return [];
		}

		const length = view.getUint32(20, true);
		return [
			{
				at: names[view.getUint32(8, true)] ?? '?',
				nanoseconds: (BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true)),
				wireBytes: view.getUint32(24, true),
				bytes: Buffer.from(view.buffer, view.byteOffset + 28, length),
				flags: optionOf(block, 28 + ((length + 3) & ~3), 2)?.readUInt32LE() ?? -1,
			},
		];
	});
}
