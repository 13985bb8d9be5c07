// Frames on a lab's socket, both sides: 4 bytes length (big endian, of what follows), 1 byte kind, payload. Not what the messages mean: messages.ts.
import {LabError} from '../base/errors.ts';
import type {Message} from './messages.ts';

export type Frame = {readonly kind: 'message'; readonly message: Message} | {readonly kind: 'bytes'; readonly channel: number; readonly bytes: Buffer};

const kinds = {message: 0, bytes: 1} as const;
const headerBytes = 4;

export function messageFrame(message: Message): Buffer {
	const text = JSON.stringify(message);
	const frame = Buffer.allocUnsafe(headerBytes + 1 + Buffer.byteLength(text));
	frame.writeUInt32BE(frame.length - headerBytes, 0);
	frame[headerBytes] = kinds.message;
	frame.write(text, headerBytes + 1);
	return frame;
}

/** `channel` is an unsigned 32-bit number. Empty `bytes` mean end of input. */
export function bytesFrame(channel: number, bytes: Uint8Array): Buffer {
	const frame = Buffer.allocUnsafe(headerBytes + 5 + bytes.length);
	frame.writeUInt32BE(frame.length - headerBytes, 0);
	frame[headerBytes] = kinds.bytes;
	frame.writeUInt32BE(channel, headerBytes + 1);
	frame.set(bytes, headerBytes + 5);
	return frame;
}

/** Cuts a byte stream into frames. Copies each byte at most once more; keeps at most one frame of `largestBytes`. */
export class FrameReader {
	readonly #largestBytes: number;
	#chunks: Buffer[] = [];
	#held = 0;

	constructor(largestBytes: number) {
		this.#largestBytes = largestBytes;
	}

	/** Throws E_PROTOCOL for a frame that is too long, of an unknown kind, or not JSON where JSON belongs; nothing can be read after that. */
	push(chunk: Buffer): readonly Frame[] {
		this.#chunks.push(chunk);
		this.#held += chunk.length;
		const frames: Frame[] = [];
		for (let length = this.#nextLength(); length !== undefined && this.#held >= headerBytes + length; length = this.#nextLength()) {
			frames.push(decode(this.#take(headerBytes + length).subarray(headerBytes)));
		}

		return frames;
	}

	#nextLength(): number | undefined {
		if (this.#held < headerBytes) {
			return undefined;
		}

		let first = this.#chunks[0] ?? Buffer.alloc(0);
		if (first.length < headerBytes) {
			first = Buffer.concat(this.#chunks);
			this.#chunks = [first];
		}

		const length = first.readUInt32BE(0);
		if (length === 0 || length > this.#largestBytes) {
			throw new LabError('E_PROTOCOL', {
				doing: "read from the lab's socket",
				said: `a frame of ${length} bytes (1 to ${this.#largestBytes} are allowed)`,
			});
		}

		return length;
	}

	#take(bytes: number): Buffer {
		const whole = this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
		this.#chunks = bytes < whole.length ? [whole.subarray(bytes)] : [];
		this.#held -= bytes;
		return whole.subarray(0, bytes);
	}
}

function decode(payload: Buffer): Frame {
	if (payload[0] === kinds.bytes && payload.length >= 5) {
		return {kind: 'bytes', channel: payload.readUInt32BE(1), bytes: payload.subarray(5)};
	}

	if (payload[0] !== kinds.message) {
		throw new LabError('E_PROTOCOL', {doing: "read from the lab's socket", said: `a frame of unknown kind ${payload[0]}`});
	}

	let message: unknown;
	try {
		message = JSON.parse(payload.toString('utf8', 1));
	} catch (error) {
		throw new LabError('E_PROTOCOL', {doing: "read from the lab's socket", said: 'a message that is not JSON', cause: error});
	}

	if (typeof message !== 'object' || message === null) {
		throw new LabError('E_PROTOCOL', {doing: "read from the lab's socket", said: 'a message that is not an object'});
	}

	return {kind: 'message', message: message as Message};
}
