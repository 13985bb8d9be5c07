// Many requests in few system calls: messages gather in batches, and all batches go to the kernel in one trip.
// Messages of one socket that follow each other share a batch; only its last message asks for an acknowledgement. Errors come without asking.
import type {Native, NetlinkReply} from '../../../native/index.ts';
import {Writer} from './writer.ts';
import {askForAck, readAnswer, readMessages, type Message} from './message.ts';

/** Writes one message with this sequence number and returns where it begins. */
export type Send = (out: Writer, seq: number) => number;

/** So many refusals or echoes, up to 4 KiB each, fit into the default receive buffer of 208 KiB (net.core.rmem_default). */
const largestBatch = 48;

interface Batch {
	readonly fd: number;
	readonly start: number;
	readonly firstSeq: number;
	readonly isDump: boolean;
	lastMessageAt: number;
	end: number;
	count: number;
}

export interface Refused {
	readonly errno: number;
	readonly said: string | undefined;
}

/** What came back for everything posted. */
export interface Mail {
	/** By sequence number; what is not in it was done. */
	readonly refused: ReadonlyMap<number, Refused>;
	readonly received: readonly {readonly bytes: Buffer; readonly message: Message}[];
}

export class Outbox {
	readonly #out = new Writer();
	readonly #batches: Batch[] = [];
	#seq = 0;

	/** Adds a message to the batch for `fd` and returns its sequence number. Throws what `send` throws, and then nothing was added. */
	add(fd: number, send: Send): number {
		return this.#write(this.#batchFor(fd), send);
	}

	/** Adds a dump, which the kernel ends by itself and which needs a batch of its own. */
	addDump(fd: number, send: Send): number {
		return this.#write(this.#open(fd, true), send);
	}

	get isEmpty(): boolean {
		return this.#batches.length === 0;
	}

	async post(native: Pick<Native, 'netlinkRequest'>): Promise<Mail> {
		const batches = this.#batches.filter(({count}) => count > 0);
		for (const batch of batches) {
			if (!batch.isDump) {
				askForAck(this.#out, batch.lastMessageAt);
			}
		}

		const replies = await native.netlinkRequest(batches.map(({fd, start, end}) => ({fd, bytes: this.#out.bytes.subarray(start, end)})));
		return sort(batches, replies);
	}

	#write(batch: Batch, send: Send): number {
		const at = this.#out.length;
		try {
			batch.lastMessageAt = send(this.#out, this.#seq + 1);
		} catch (error) {
			this.#out.rewind(at);
			throw error;
		}

		batch.end = this.#out.length;
		batch.count++;
		this.#seq++;
		return this.#seq;
	}

	#batchFor(fd: number): Batch {
		const last = this.#batches.at(-1);
		return last?.fd === fd && !last.isDump && last.count < largestBatch ? last : this.#open(fd, false);
	}

	#open(fd: number, isDump: boolean): Batch {
		const batch = {fd, start: this.#out.length, firstSeq: this.#seq + 1, isDump, lastMessageAt: this.#out.length, end: this.#out.length, count: 0};
		this.#batches.push(batch);
		return batch;
	}
}

function sort(batches: readonly Batch[], replies: readonly NetlinkReply[]): Mail {
	const refused = new Map<number, Refused>();
	const received: {bytes: Buffer; message: Message}[] = [];
	for (const [index, batch] of batches.entries()) {
		const reply = replies[index];
		if (reply !== undefined && 'bytes' in reply) {
			for (const message of readMessages(reply.bytes)) {
				const answer = readAnswer(reply.bytes, message);
				if (answer === undefined) {
					received.push({bytes: reply.bytes, message});
				} else if (answer.errno !== 0) {
					refused.set(answer.seq, answer);
				}
			}
		} else {
			for (let seq = batch.firstSeq; seq < batch.firstSeq + batch.count; seq++) {
				refused.set(seq, {errno: reply?.errno ?? 0, said: undefined});
			}
		}
	}

	return {refused, received};
}
