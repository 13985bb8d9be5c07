// A socket that programs on one lab host reach the engine by (native/lab/lab-ask.c): a command line comes in, lines and an exit status go back.
// It lies in the host's own /run, where its containers cannot see it. What the commands do: whoever `ask` is.
import {chmodSync, closeSync, openSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';

/** What a command came to. */
export interface Told {
	readonly exit: number;
	readonly stdout: readonly string[];
	readonly stderr: readonly string[];
}

export type Ask = (host: string, words: readonly string[]) => Promise<Told>;

/** As in native/lab/lab-ask.c, which has /run before it. */
const name = 'vethlab.sock';
const longestRequestBytes = 65_536;
const mostClients = 16;

export class Door {
	readonly #server: Server;
	readonly #folder: number;

	private constructor(server: Server, folder: number) {
		this.#server = server;
		this.#folder = folder;
	}

	/** Opens it in a folder. Rejects with the error of listen(2). */
	static async open(host: string, folder: string, ask: Ask): Promise<Door> {
		// a socket's path has room for 107 bytes (unix(7)), and a lab's folder may be deep
		const fd = openSync(folder, 'r');
		const path = `/proc/self/fd/${fd}/${name}`;
		const server = createServer({allowHalfOpen: true}, (socket) => {
			answer(socket, async (words) => ask(host, words));
		});
		server.maxConnections = mostClients;
		try {
			await new Promise<void>((resolve, reject) => {
				server.once('error', reject);
				server.listen(path, resolve);
			});
			chmodSync(path, 0o600);
		} catch (error) {
			closeSync(fd);
			throw error;
		}

		return new Door(server, fd);
	}

	/** Nobody comes in any more; who is inside is still answered. */
	close(): void {
		this.#server.close();
		closeSync(this.#folder);
	}
}

function answer(socket: Socket, ask: (words: readonly string[]) => Promise<Told>): void {
	const parts: Buffer[] = [];
	let bytes = 0;
	socket.on('error', () => {
		// it went without waiting for the answer
	});
	socket.on('data', (part: Buffer) => {
		bytes += part.length;
		if (bytes > longestRequestBytes) {
			socket.destroy();
			return;
		}

		parts.push(part);
	});
	socket.once('end', () => {
		const words = Buffer.concat(parts).toString().split('\0').slice(0, -1);
		void ask(words).then((told) => {
			socket.end(linesOf(told));
		});
	});
}

function linesOf({exit, stdout, stderr}: Told): string {
	const marked = (mark: string, texts: readonly string[]): readonly string[] => texts.flatMap((text) => text.split('\n')).map((line) => `${mark}${line}`);
	return [...marked('1', stdout), ...marked('2', stderr), `x${exit}`, ''].join('\n');
}
