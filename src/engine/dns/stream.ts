// DNS over one TCP connection (RFC 1035 4.2.2, RFC 7766): each message after its length, several questions on the way at once, answered in their order.
import {Buffer} from 'node:buffer';
import type {Socket} from 'node:net';

/** As RFC 7766 6.2.3 says: a few seconds. */
const patienceMs = 10_000;
const lengthBytes = 2;
/** With its length. No question of somebody who means it is larger. */
const largestBytes = 4096;

/** Answers what comes on a connection until its other end closes it, breaks the rules or is silent for `idleMs`. Who does not read its answers is not heard. */
export function serveStream(socket: Socket, answer: (message: Buffer) => Buffer | undefined, idleMs = patienceMs): void {
	let pending: Buffer = Buffer.alloc(0);
	const answerPending = (): void => {
		while (!socket.isPaused() && !socket.destroyed && pending.length >= lengthBytes) {
			const end = lengthBytes + pending.readUInt16BE(0);
			if (end <= largestBytes && pending.length < end) {
				return;
			}

			const reply = end > largestBytes ? undefined : answer(pending.subarray(lengthBytes, end));
			pending = pending.subarray(end);
			if (reply === undefined) {
				socket.destroy();
			} else if (!socket.write(framed(reply))) {
				socket.pause();
			}
		}
	};
	socket.setTimeout(idleMs, () => socket.destroy());
	socket.on('error', () => socket.destroy());
	socket.on('drain', () => {
		socket.resume();
		answerPending();
	});
	socket.on('data', (bytes: Buffer) => {
		pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
		answerPending();
	});
}

function framed(message: Buffer): Buffer {
	const frame = Buffer.allocUnsafe(lengthBytes + message.length);
	frame.writeUInt16BE(message.length);
	message.copy(frame, lengthBytes);
	return frame;
}
