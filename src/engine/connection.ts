// One client on the lab's socket: cuts frames, answers requests, sends events. A client that does not read or sends garbage harms only itself.
import type {Socket} from 'node:net';
import {descriptorOf} from '../base/descriptor.ts';
import {LabError, toLabError} from '../base/errors.ts';
import {bytesFrame, FrameReader, messageFrame, type Frame} from '../api/frames.ts';
import {largestRequestBytes, type Event, type Message, type Topic} from '../api/messages.ts';

/** Beyond this many unsent bytes events are dropped and counted instead of queued. */
const patienceBytes = 1024 * 1024;
/** Beyond this many requests under way the client is cut off: it does not wait for answers. */
const mostRequests = 256;

export interface Requests {
	/** Answers one request; what it throws is sent as the error. */
	answer(connection: Connection, method: string, params: unknown): Promise<unknown>;
	/** Bytes for a channel of this connection; empty: end of input. */
	input(connection: Connection, channel: number, bytes: Buffer): void;
	closed(connection: Connection): void;
}

/** An answer that takes a descriptor along. */
export interface Carrying<T = unknown> {
	readonly result: T;
	/** Sends these bytes with it over the connection's descriptor; without one nothing. Called once. */
	readonly carry: (connection: number | undefined, bytes: Uint8Array) => void;
}

export class Connection {
	readonly #socket: Socket;
	readonly #requests: Requests;
	readonly #reader = new FrameReader(largestRequestBytes);
	readonly #missed = new Map<Topic, number>();
	#topics: ReadonlySet<Topic> = new Set();
	#underWay = 0;
	#isRefused = false;
	#whenClosed: (() => void) | undefined;

	constructor(socket: Socket, requests: Requests) {
		this.#socket = socket;
		this.#requests = requests;
		socket.on('data', (chunk: Buffer) => {
			this.#receive(chunk);
		});
		socket.on('drain', () => {
			this.#tellMissed();
		});
		socket.on('error', () => {
			// 'close' follows
		});
		socket.once('close', () => {
			this.#topics = new Set();
			requests.closed(this);
			this.#whenClosed?.();
		});
	}

	subscribe(topics: readonly Topic[]): void {
		this.#topics = new Set(topics);
	}

	/** One callback at most; undefined: none any more. */
	whenClosed(callback: (() => void) | undefined): void {
		this.#whenClosed = callback;
	}

	hears(topic: Topic): boolean {
		return this.#topics.has(topic);
	}

	/** Sends an event of a topic if the client wants it and reads; else counts it. */
	tell(topic: Topic, event: Event): void {
		if (!this.#topics.has(topic)) {
			return;
		}

		if (this.#socket.writableLength > patienceBytes) {
			this.#missed.set(topic, (this.#missed.get(topic) ?? 0) + 1);
			return;
		}

		this.send(event);
	}

	/** Sends a message whatever the client does. */
	send(message: Message): void {
		this.#write(messageFrame(message));
	}

	/** Sends a channel's output. False: the client does not read; stop until `whenDrained`. */
	output(channel: number, bytes: Uint8Array): boolean {
		this.#write(bytesFrame(channel, bytes));
		return this.#socket.writableLength <= patienceBytes;
	}

	whenDrained(callback: () => void): void {
		this.#socket.once('drain', callback);
	}

	/** Says why and hangs up. */
	refuse(error: LabError): void {
		if (this.#isRefused) {
			return;
		}

		this.#isRefused = true;
		// what it still sends is thrown away, so that its last answer is not lost in a reset
		this.#socket.removeAllListeners('data').resume();
		this.#write(messageFrame({id: 0, error: error.toJSON()}));
		this.#socket.destroySoon();
	}

	#write(frame: Buffer): void {
		if (this.#socket.writable) {
			this.#socket.write(frame);
		}
	}

	#receive(chunk: Buffer): void {
		let frames: readonly Frame[];
		try {
			frames = this.#reader.push(chunk);
		} catch (error) {
			this.refuse(toLabError(error, 'read a request'));
			return;
		}

		for (const frame of frames) {
			if (this.#isRefused) {
				return;
			}

			if (frame.kind === 'bytes') {
				this.#requests.input(this, frame.channel, frame.bytes);
			} else {
				this.#request(frame.message);
			}
		}
	}

	#request(message: Message): void {
		if (!('method' in message) || typeof message.id !== 'number' || typeof message.method !== 'string') {
			this.refuse(new LabError('E_PROTOCOL', {doing: 'read a request', said: 'a message without id and method'}));
			return;
		}

		this.#underWay++;
		if (this.#underWay > mostRequests) {
			this.refuse(new LabError('E_PROTOCOL', {doing: 'read a request', said: `more than ${mostRequests} requests without waiting for an answer`}));
			return;
		}

		const {id, method, params} = message;
		this.#requests
			.answer(this, method, params)
			.then(
				(result) => {
					if (isCarrying(result)) {
						this.#carry(result, messageFrame({id, result: result.result}));
					} else {
						this.send({id, result: result ?? null});
					}
				},
				(error: unknown) => {
					this.send({id, error: toLabError(error, method).toJSON()});
				},
			)
			.finally(() => {
				this.#underWay--;
			});
	}

	/** Past Node, which has no way to send one, and hence only when nothing waits there to be sent before: a client that does not read gets none, and is cut off. */
	#carry({carry}: Carrying, frame: Buffer): void {
		const isFree = this.#socket.writable && this.#socket.writableLength === 0;
		const socket = isFree ? descriptorOf(this.#socket) : undefined;
		try {
			carry(socket, frame);
		} catch (error) {
			this.refuse(toLabError(error, 'send a descriptor'));
			return;
		}

		if (socket === undefined) {
			this.refuse(new LabError('E_PROTOCOL', {doing: 'send a descriptor', said: 'the client does not read'}));
		}
	}

	#tellMissed(): void {
		for (const [topic, count] of this.#missed) {
			this.send({event: 'missed', topic, count});
		}

		this.#missed.clear();
	}
}

function isCarrying(result: unknown): result is Carrying {
	return typeof result === 'object' && result !== null && 'carry' in result;
}
