// A connection to a lab's engine: call methods, hear events, attach to shells. Not how an engine is started or found: launch.ts, labs.ts.
import {createConnection, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {LabError, type Code} from '../base/errors.ts';
import type {Captured, CapturePoint, CaptureTotals, CaptureWish, Marked} from '../model/capture.ts';
import {bytesFrame, FrameReader, messageFrame, type Frame} from './frames.ts';
import type {Attach, Event, Method, Methods} from './messages.ts';

/** Answers can be large (a dump of a thousand links), requests not. */
const largestAnswerBytes = 256 * 1024 * 1024;
/** Added to a channel's number: its standard error. */
const errorChannel = 0x80_00_00_00;

type Stream = 'stdout' | 'stderr';

interface Waiting {
	readonly resolve: (result: never) => void;
	readonly reject: (error: unknown) => void;
}

/** A running command whose input and output go over this connection. */
export interface Attached {
	write(bytes: Uint8Array): void;
	/** No more input; with a terminal: hang up, as closing its window does. */
	end(): void;
	resize(columns: number, rows: number): void;
	onData(listener: (bytes: Uint8Array, stream: Stream) => void): void;
	/** Its exit code, 128 + n after signal n. Rejects when it could not be started, or with E_ENGINE_DEAD when the engine goes. */
	readonly ended: Promise<number>;
}

/** A capture under way, whose file comes over this connection. */
export interface Capturing extends Captured, Pick<Attached, 'end' | 'onData'> {
	/** The listener hears what it comes to, when something was dropped and at its end. One at a time: the last one given. */
	onTotals(listener: (totals: CaptureTotals) => void): void;
	/** When it resolves, all that these points had seen before has come. */
	mark(points: readonly CapturePoint[]): Promise<Marked>;
	/** When the last piece has come. Rejects with E_ENGINE_DEAD when the engine goes. */
	readonly ended: Promise<CaptureTotals>;
}

interface Channel {
	readonly data: (bytes: Uint8Array, stream: Stream) => void;
	readonly end: (exit: number) => void;
	readonly fail: (error: unknown) => void;
}

const connectErrors: Readonly<Record<string, Code>> = {
	ENOENT: 'E_NAME_UNKNOWN',
	ECONNREFUSED: 'E_SOCKET_STALE',
	ENOTSOCK: 'E_SOCKET_STALE',
	EACCES: 'E_SOCKET_FOREIGN',
	EPERM: 'E_SOCKET_FOREIGN',
};

/** Connects to a lab's socket. Rejects with E_NAME_UNKNOWN (no socket), E_SOCKET_STALE (nobody listens) or E_SOCKET_FOREIGN. */
export async function connect(path: string): Promise<Client> {
	const socket = await connectSocket(path);
	const client = new Client(socket);
	socket.resume();
	return client;
}

/** The same without a client: nothing is read before `resume`. */
export async function connectSocket(path: string): Promise<Socket> {
	const socket = createConnection(path).pause();
	await new Promise<void>((resolve, reject) => {
		socket.once('connect', resolve);
		socket.once('error', (error: NodeJS.ErrnoException) => {
			reject(new LabError(connectErrors[error.code ?? ''] ?? 'E_ENGINE_DEAD', {doing: `connect to ${path}`, said: error.message, cause: error}));
		});
	});
	return socket;
}

export class Client {
	readonly #socket: Duplex;
	readonly #reader = new FrameReader(largestAnswerBytes);
	readonly #waiting = new Map<number, Waiting>();
	readonly #channels = new Map<number, Channel>();
	readonly #listeners = new Set<(event: Event) => void>();
	#lastId = 0;
	#lastChannel = 0;
	#dead: LabError | undefined;
	/** Resolves when the connection has ended, for whatever reason. */
	readonly closed: Promise<void>;

	/** `socket`: a connection to an engine, or what stands for one. */
	constructor(socket: Duplex) {
		this.#socket = socket;
		socket.removeAllListeners('error');
		socket.on('error', () => {
			// 'close' follows and tells everybody who waits
		});
		socket.on('data', (chunk: Buffer) => {
			this.#receive(chunk);
		});
		this.closed = new Promise((resolve) => {
			socket.once('close', () => {
				this.#fail(new LabError('E_ENGINE_DEAD', {doing: "wait for the lab's answer"}));
				resolve();
			});
		});
	}

	/** Rejects with the engine's own LabError, or E_ENGINE_DEAD when it ends before it answers. */
	async call<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
		if (this.#dead !== undefined) {
			throw this.#dead;
		}

		this.#lastId++;
		const id = this.#lastId;
		return new Promise((resolve, reject) => {
			this.#waiting.set(id, {resolve, reject});
			this.#socket.write(messageFrame({id, method, params}));
		});
	}

	/** Returns the function that stops it. Which events come is said by `call('subscribe', …)`. */
	onEvent(listener: (event: Event) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** Starts a command in a node with its input and output on a channel of this connection. When it cannot be started, `ended` rejects. */
	attach(what: Omit<Attach, 'channel'>): Attached {
		const {channel, started, ...streams} = this.#open((number) => this.call('attach', {channel: number, ...what}));
		started.catch(() => {
			// `ended` says so
		});
		return {
			...streams,
			write: (bytes) => {
				if (bytes.length > 0) {
					this.#socket.write(bytesFrame(channel, bytes));
				}
			},
			resize: (columns, rows) => {
				this.call('resize', {channel, columns, rows}).catch(() => {
					// the command has ended meanwhile
				});
			},
		};
	}

	/** Captures packets. Resolves when it has begun; rejects when it cannot. */
	async capture(wish: CaptureWish): Promise<Capturing> {
		let totals: CaptureTotals = {packets: 0, drops: 0};
		let tell: (totals: CaptureTotals) => void = () => undefined;
		const {channel, started, end, onData, ended} = this.#open((number) => this.call('capture', {channel: number, ...wish}));
		const stop = this.onEvent((event) => {
			if (event.event === 'captured' && event.channel === channel) {
				totals = event;
				tell(totals);
			}
		});
		const over = ended.then(() => totals).finally(stop);
		over.catch(() => {
			// whoever awaits `ended` hears of it; nobody need
		});
		const mark = async (points: readonly CapturePoint[]): Promise<Marked> => this.call('mark', {channel, points});
		return {
			...(await started),
			mark,
			end,
			onData,
			onTotals: (listener) => {
				tell = listener;
			},
			ended: over,
		};
	}

	/** When the other side should wait: nothing more is taken from the connection until `resume`. */
	pause(): void {
		this.#socket.pause();
	}

	resume(): void {
		this.#socket.resume();
	}

	#open<T>(call: (channel: number) => Promise<T>): Pick<Attached, 'end' | 'onData' | 'ended'> & {readonly channel: number; readonly started: Promise<T>} {
		this.#lastChannel++;
		const channel = this.#lastChannel;
		const early: {readonly bytes: Uint8Array; readonly stream: Stream}[] = [];
		let listener: ((bytes: Uint8Array, stream: Stream) => void) | undefined;
		const ended = new Promise<number>((resolve, reject) => {
			const data = (bytes: Uint8Array, stream: Stream) => {
				if (listener === undefined) {
					early.push({bytes, stream});
				} else {
					listener(bytes, stream);
				}
			};
			this.#channels.set(channel, {data, end: resolve, fail: reject});
		});
		ended.catch(() => {
			// whoever awaits `ended` hears of it; nobody need
		});
		const started = call(channel).catch((error: unknown) => {
			this.#channels.get(channel)?.fail(error);
			this.#channels.delete(channel);
			throw error;
		});
		return {
			channel,
			started,
			end: () => {
				this.#socket.write(bytesFrame(channel, new Uint8Array()));
			},
			onData(next) {
				listener = next;
				for (const {bytes, stream} of early.splice(0)) {
					next(bytes, stream);
				}
			},
			ended,
		};
	}

	close(): void {
		this.#socket.destroy();
	}

	#receive(chunk: Buffer): void {
		try {
			for (const frame of this.#reader.push(chunk)) {
				this.#handle(frame);
			}
		} catch (error) {
			this.#fail(error instanceof LabError ? error : new LabError('E_PROTOCOL', {doing: "read the lab's answer", cause: error}));
			this.#socket.destroy();
		}
	}

	#handle(frame: Frame): void {
		if (frame.kind === 'bytes') {
			const channel = frame.channel % errorChannel;
			this.#channels.get(channel)?.data(frame.bytes, channel === frame.channel ? 'stdout' : 'stderr');
			return;
		}

		const {message} = frame;
		if ('event' in message) {
			this.#hear(message);
		} else if ('result' in message || 'error' in message) {
			const waiting = this.#waiting.get(message.id);
			this.#waiting.delete(message.id);
			if ('error' in message) {
				waiting?.reject(LabError.from(message.error));
			} else {
				waiting?.resolve(message.result as never);
			}
		}
	}

	#hear(event: Event): void {
		if (event.event === 'exit') {
			this.#channels.get(event.channel)?.end(event.exit);
			this.#channels.delete(event.channel);
		}

		for (const listener of this.#listeners) {
			listener(event);
		}
	}

	#fail(error: LabError): void {
		this.#dead ??= error;
		for (const waiting of this.#waiting.values()) {
			waiting.reject(this.#dead);
		}

		for (const channel of this.#channels.values()) {
			channel.fail(this.#dead);
		}

		this.#waiting.clear();
		this.#channels.clear();
	}
}
