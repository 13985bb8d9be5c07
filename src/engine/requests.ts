// What each method of the socket does. One line each where possible: the work is in live.ts, the machine and the runtime.
import type {Method, Methods} from '../api/messages.ts';
import {protocolVersion} from '../api/messages.ts';
import {wrongParameters} from '../api/parameters.ts';
import {LabError} from '../base/errors.ts';
import type {Lending} from './capture/lending.ts';
import type {Carrying, Connection, Requests} from './connection.ts';

/** One handler per method; a forgotten one is a compile error. */
export type Handlers = {
	readonly [M in Method]: (params: Methods[M]['params'], connection: Connection) => Promise<Methods[M]['result'] | Carrying<Methods[M]['result']>>;
};

/** What runs on a channel of a connection. */
export interface Running {
	write(bytes: Uint8Array): void;
	end(): void;
	resize(columns: number, rows: number): void;
	/** The client went: end it. */
	hangUp(): void;
	pause(): void;
	resume(): void;
	/** Only of rings that are lent. */
	readonly lending?: Lending;
	/** Only of a capture. */
	mark?(points: Methods['mark']['params']['points']): Promise<Methods['mark']['result']>;
}

/** Starts what is to run on a channel; `output` gets what it prints. */
export type Start = (output: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void, ended: (exit: number) => void) => Promise<Running>;

const errorChannel = 0x80_00_00_00;

/** Dispatches requests to handlers and carries channels' bytes. */
export class Dispatcher implements Requests {
	readonly #handlers: Handlers;
	readonly #channels = new WeakMap<Connection, Map<number, Channel>>();

	constructor(handlers: Handlers) {
		this.#handlers = handlers;
	}

	async answer(connection: Connection, method: string, params: unknown): Promise<unknown> {
		if (!isMethod(method, this.#handlers)) {
			throw new LabError('E_PROTOCOL', {doing: 'answer a request', said: `there is no method ${JSON.stringify(method).slice(0, 80)}`});
		}

		const wrong = wrongParameters(method, params);
		if (wrong !== undefined) {
			throw new LabError('E_PROTOCOL', {doing: `answer ${method}`, said: wrong});
		}

		return this.#handlers[method](params as never, connection);
	}

	input(connection: Connection, channel: number, bytes: Buffer): void {
		const wanted = this.#channels.get(connection)?.get(channel);
		wanted?.tell((running) => {
			if (bytes.length === 0) {
				running.end();
			} else {
				running.write(bytes);
			}
		});
	}

	closed(connection: Connection): void {
		for (const channel of this.#channels.get(connection)?.values() ?? []) {
			channel.tell((running) => {
				running.hangUp();
			});
		}
	}

	/** Starts what has its output on a channel of the connection. Input that comes while it starts waits for it. */
	async attach(connection: Connection, number: number, start: Start): Promise<void> {
		const channels = this.#channels.get(connection) ?? new Map<number, Channel>();
		this.#channels.set(connection, channels);
		if (!Number.isInteger(number) || number < 1 || number >= errorChannel || channels.has(number)) {
			throw new LabError('E_PROTOCOL', {doing: 'use a channel', said: `channel ${number} is not a free number from 1 on`});
		}

		const channel = new Channel();
		channels.set(number, channel);
		const output = (bytes: Uint8Array, stream: 'stdout' | 'stderr') => {
			if (!connection.output(stream === 'stdout' ? number : number + errorChannel, bytes)) {
				channel.pause();
				connection.whenDrained(() => {
					channel.resume();
				});
			}
		};
		const ended = (exit: number) => {
			channels.delete(number);
			connection.send({event: 'exit', channel: number, exit});
		};
		try {
			channel.connect(await start(output, ended));
		} catch (error) {
			channels.delete(number);
			throw error;
		}
	}

	async mark(connection: Connection, {channel, points}: Methods['mark']['params']): Promise<Methods['mark']['result']> {
		const marked = this.#channels.get(connection)?.get(channel)?.mark(points);
		if (marked === undefined) {
			throw new LabError('E_PROTOCOL', {doing: 'mark a capture', said: `there is none on channel ${channel}`});
		}

		return marked;
	}

	/** Throws E_PROTOCOL. */
	lending(connection: Connection, channel: number): Lending {
		const lending = this.#channels.get(connection)?.get(channel)?.lending;
		if (lending === undefined) {
			throw new LabError('E_PROTOCOL', {doing: 'lend a capture ring', said: `nothing is lent on channel ${channel}`});
		}

		return lending;
	}

	resize(connection: Connection, {channel, columns, rows}: Methods['resize']['params']): void {
		this.#channels
			.get(connection)
			?.get(channel)
			?.tell((running) => {
				running.resize(columns, rows);
			});
	}
}

/** What runs on a channel may still be starting: what it is told meanwhile waits. */
class Channel {
	#running: Running | undefined;
	readonly #waiting: ((running: Running) => void)[] = [];

	connect(running: Running): void {
		this.#running = running;
		for (const say of this.#waiting.splice(0)) {
			say(running);
		}
	}

	tell(say: (running: Running) => void): void {
		if (this.#running === undefined) {
			this.#waiting.push(say);
		} else {
			say(this.#running);
		}
	}

	/** undefined: it is no capture that has begun. */
	mark(points: Methods['mark']['params']['points']): Promise<Methods['mark']['result']> | undefined {
		return this.#running?.mark?.(points);
	}

	/** undefined: it lends no rings. */
	get lending(): Lending | undefined {
		return this.#running?.lending;
	}

	pause(): void {
		this.#running?.pause();
	}

	resume(): void {
		this.#running?.resume();
	}
}

/** Refuses a client of another protocol. */
export function checkProtocol(protocol: number): void {
	if (protocol !== protocolVersion) {
		throw new LabError('E_PROTOCOL', {doing: 'greet', said: `the client speaks protocol ${protocol}, this engine ${protocolVersion}`});
	}
}

function isMethod(method: string, handlers: Handlers): method is Method {
	return Object.hasOwn(handlers, method);
}
