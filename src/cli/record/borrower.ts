// A connection to a lab's engine whose answers bring descriptors. Node reads none: the addon reads in its stead, and this hands the bytes on.
import {Duplex} from 'node:stream';
import type {Native} from '../../../native/index.ts';
import {Client, connectSocket} from '../../api/client.ts';
import {descriptorOf} from '../../base/descriptor.ts';

export type ReceivingNative = Pick<Native, 'receive' | 'close'>;

/** So far ahead that it is for ever: the connection keeps the process alive, which what the addon watches does not. */
const longMs = 2 ** 31 - 1;

export class Borrower {
	readonly client: Client;
	readonly #descriptors: number[];

	private constructor(client: Client, descriptors: number[]) {
		this.client = client;
		this.#descriptors = descriptors;
	}

	/** Rejects as `connect` does. */
	static async connect(native: ReceivingNative, path: string): Promise<Borrower> {
		const socket = await connectSocket(path);
		const descriptors: number[] = [];
		const alive = setInterval(() => undefined, longMs);
		let stop: () => void = () => undefined;
		const stream = new Duplex({
			read: () => undefined,
			write: (chunk: Buffer, _encoding, done) => {
				socket.write(chunk, done);
			},
			destroy: (error, done) => {
				clearInterval(alive);
				stop();
				socket.destroy();
				descriptors.splice(0).forEach((descriptor) => {
					native.close(descriptor);
				});
				done(error);
			},
		});
		const end = (): void => {
			stream.destroy();
		};
		socket.removeAllListeners('error').on('error', end);
		try {
			stop = native.receive(
				descriptorOf(socket) ?? -1,
				(bytes, received) => {
					descriptors.push(...received);
					stream.push(bytes);
				},
				end,
			);
		} catch (error) {
			end();
			throw error;
		}

		return new Borrower(new Client(stream), descriptors);
	}

	/** The descriptor that came with an answer, to be asked for as soon as that is there; it is the caller's to close. */
	take(): number | undefined {
		return this.#descriptors.shift();
	}

	close(): void {
		this.client.close();
	}
}
