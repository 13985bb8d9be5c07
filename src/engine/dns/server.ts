// One container's name server: a UDP and a TCP socket of its network namespace, served by the engine. What is answered: answer.ts.
import {createSocket, type Socket as DatagramSocket} from 'node:dgram';
import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import type {NetworkNames} from '../../drivers/index.ts';
import {answerTo} from './answer.ts';
import {serveStream} from './stream.ts';

/** Connections that one container can have open at a time; more are closed at once. */
const mostConnections = 64;
/** So many questions can wait while the engine does something else, as far as the kernel allows it (net.core.rmem_max). */
const receiveBufferBytes = 4 * 1024 * 1024;

export class NameServer {
	readonly #networks: () => readonly NetworkNames[];
	readonly #udp: DatagramSocket;
	readonly #tcp: Server;
	readonly #connections = new Set<Socket>();

	/** `networks` is asked anew for every question. */
	constructor(networks: () => readonly NetworkNames[]) {
		this.#networks = networks;
		// without a look-up of its own Node asks for the address of every address that it sends to
		this.#udp = createSocket({
			type: 'udp4',
			lookup: (address, _options, done) => {
				done(null, address, 4);
			},
		});
		this.#udp.on('message', (message, from) => {
			const reply = answerTo(message, this.#networks(), 'udp');
			if (reply !== undefined) {
				this.#udp.send(reply, from.port, from.address, ignore);
			}
		});
		this.#udp.on('error', ignore);
		this.#tcp = createServer((socket) => {
			this.#connections.add(socket);
			socket.once('close', () => this.#connections.delete(socket));
			serveStream(socket, (message) => answerTo(message, this.#networks(), 'tcp'));
		});
		this.#tcp.maxConnections = mostConnections;
	}

	/** Takes over two bound descriptors, the TCP one listening. */
	async serve({udp, tcp}: {readonly udp: number; readonly tcp: number}): Promise<void> {
		this.#udp.bind({fd: udp});
		this.#tcp.listen({fd: tcp});
		await once(this.#tcp, 'listening');
		this.#tcp.on('error', ignore);
		try {
			this.#udp.setRecvBufferSize(receiveBufferBytes);
		} catch {
			// it then has the size that the machine gives
		}
	}

	/** Both sockets and all connections are gone when it resolves. */
	async close(): Promise<void> {
		for (const connection of this.#connections) {
			connection.destroy();
		}

		await Promise.all([
			new Promise((resolve) => {
				this.#udp.close(() => {
					resolve(undefined);
				});
			}),
			new Promise((resolve) => {
				this.#tcp.close(resolve);
			}),
		]);
	}
}

/** The asker is gone, or asked from where no answer can go: it will ask again or not. */
function ignore(): void {
	// nothing is lost that anybody waits for
}
