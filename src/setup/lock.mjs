// One set-up at a time in one checkout. The lock is a name in the kernel (an abstract unix socket, unix(7)), so it ends with its owner, however that ends.
import {createHash} from 'node:crypto';
import {connect, createServer} from 'node:net';

/**
 * Runs `body` while no other process runs one with the same root.
 * @template T
 * @param {string} root
 * @param {() => void} onWait called once if somebody else has it
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function locked(root, onWait, body) {
	const name = `\0vethlab-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`;
	let free = await take(name);
	if (free === undefined) {
		onWait();
	}

	while (free === undefined) {
		// oxlint-disable-next-line no-await-in-loop -- one owner after the other is waited for
		await ended(name);
		// oxlint-disable-next-line no-await-in-loop -- as above
		free = await take(name);
	}

	try {
		return await body();
	} finally {
		free();
	}
}

/**
 * @param {string} name
 * @returns {Promise<(() => void) | undefined>} gives it back; undefined: somebody has it
 */
function take(name) {
	return new Promise((resolve, reject) => {
		/** @type {Set<import('node:net').Socket>} */
		const waiting = new Set();
		const server = createServer((socket) => {
			waiting.add(socket);
			socket.on('error', () => socket.destroy());
			socket.on('close', () => waiting.delete(socket));
		});
		server.once('error', (error) => ('code' in error && error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
		server.listen({path: name}, () => {
			resolve(() => {
				server.close();
				for (const socket of waiting) {
					socket.destroy();
				}
			});
		});
	});
}

/** @param {string} name resolves when the owner of the lock lets go of it, or is gone */
function ended(name) {
	return new Promise((resolve) => {
		const socket = connect({path: name});
		socket.on('error', () => socket.destroy());
		socket.on('close', resolve);
		socket.resume();
	});
}
