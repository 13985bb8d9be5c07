// The lab's unix socket: mode 0600, many clients, none of which can slow another. What requests do: requests.ts.
import {chmodSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import {LabError} from '../base/errors.ts';
import type {Event, Topic} from '../api/messages.ts';
import {Connection, type Requests} from './connection.ts';

const mostClients = 64;

export class LabServer {
	readonly #connections = new Set<Connection>();
	#server: Server | undefined;

	/** Listens on `path`. Rejects when the path is taken or cannot be made. */
	async listen(path: string, requests: Requests): Promise<void> {
		const server = createServer({allowHalfOpen: false}, (socket) => {
			const connection = new Connection(socket, {
				answer: requests.answer.bind(requests),
				input: requests.input.bind(requests),
				closed: (closed) => {
					this.#connections.delete(closed);
					requests.closed(closed);
				},
			});
			if (this.#connections.size >= mostClients) {
				connection.refuse(new LabError('E_PROTOCOL', {doing: 'connect to the lab', said: `${mostClients} clients are connected already`}));
				return;
			}

			this.#connections.add(connection);
		});
		// the socket is born with mode 0600: nobody else can connect between bind and chmod
		const mask = process.umask(0o177);
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(path, resolve);
		}).finally(() => {
			process.umask(mask);
		});
		chmodSync(path, 0o600);
		this.#server = server;
	}

	/** Sends an event to every client that subscribed to its topic. */
	tell(topic: Topic, event: Event): void {
		for (const connection of this.#connections) {
			connection.tell(topic, event);
		}
	}

	/** Whether anybody subscribed to a topic: nothing is measured that nobody hears. */
	hears(topic: Topic): boolean {
		return [...this.#connections].some((connection) => connection.hears(topic));
	}

	/** Whether anybody is connected. */
	get isVisited(): boolean {
		return this.#connections.size > 0;
	}

	close(): void {
		this.#server?.close();
	}
}
