// One container's name server: a UDP and a TCP socket of its network namespace, served by the engine. What is answered: answer.ts.
import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import type {NetworkNames} from '../../drivers/index.ts';
import type {AnsweredSocket, Native} from '../../../native/index.ts';
import {answerTo} from './answer.ts';
import {serveStream} from './stream.ts';

/** Connections that one container can have open at a time; more are closed at once. */
const mostConnections = 64;

export class NameServer {
	readonly #native: Pick<Native, 'answerDatagrams' | 'close'>;
	readonly #networks: () => readonly NetworkNames[];
	readonly #tcp: Server;
	readonly #connections = new Set<Socket>();
	#udp: AnsweredSocket | undefined;

	/** `networks` is asked anew for every question that was not asked before. */
	constructor(native: Pick<Native, 'answerDatagrams' | 'close'>, networks: () => readonly NetworkNames[]) {
		this.#native = native;
		this.#networks = networks;
		this.#tcp = createServer((socket) => {
			this.#connections.add(socket);
			socket.once('close', () => this.#connections.delete(socket));
			serveStream(socket, (message) => answerTo(message, this.#networks(), 'tcp'));
		});
		this.#tcp.maxConnections = mostConnections;
	}

	/** Takes over two bound descriptors, the TCP one listening. */
	async serve({udp, tcp}: {readonly udp: number; readonly tcp: number}): Promise<void> {
		try {
			this.#udp = this.#native.answerDatagrams(udp, (message) => answerTo(message, this.#networks(), 'udp'));
		} finally {
			this.#native.close(udp);
		}

		this.#tcp.listen({fd: tcp});
		await once(this.#tcp, 'listening');
		this.#tcp.on('error', ignore);
	}

	/** The networks have changed: what was answered before may be wrong now. */
	forget(): void {
		this.#udp?.forget();
	}

	/** Both sockets and all connections are gone when it resolves. */
	async close(): Promise<void> {
		this.#udp?.stop();
		for (const connection of this.#connections) {
			connection.destroy();
		}

		await new Promise((resolve) => {
			this.#tcp.close(resolve);
		});
	}
}

/** The asker is gone: it will ask again or not. */
function ignore(): void {
	// nothing is lost that anybody waits for
}
