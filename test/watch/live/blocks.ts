// What the tests of live capture share: blocks as the kernel writes them, a ring that gives them, and a reader of the pcapng that comes out. No test is here.
import type {NativeRing} from '../../../native/index.ts';

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

/** A ring whose blocks a test puts in. */
export class FakeRing implements NativeRing {
	readonly #blocks: {readonly bytes: Uint8Array; readonly sinceMs: number}[] = [];
	#onReadable: () => void = () => undefined;
	isClosed = false;
	drops = 0;

	/** A finished block; `sinceMs`: when it was begun. */
	put(frames: readonly FakeFrame[], sinceMs = frames[0]?.atMs ?? 0): void {
		this.#blocks.push({bytes: blockOf(frames), sinceMs});
		this.#onReadable();
	}

	get waiting(): number {
		return this.#blocks.length;
	}

	listen(onReadable: () => void): void {
		this.#onReadable = onReadable;
	}

	read(into: Uint8Array): number {
		const block = this.#blocks.shift();
		into.set(block?.bytes ?? []);
		return block?.bytes.length ?? 0;
	}

	since(): number | undefined {
		return this.#blocks[0]?.sinceMs;
	}

	statistics(): {packets: number; drops: number; freezes: number} {
		const {drops} = this;
		// as the kernel does
		this.drops = 0;
		return {packets: 0, drops, freezes: 0};
	}

	drain(into: Uint8Array): number {
		return this.read(into);
	}

	async close(): Promise<void> {
		this.isClosed = true;
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
