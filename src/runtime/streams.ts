// Pipes and terminals of the lab's processes as Node streams, without a thread of libuv's pool waiting in read(2). Not who runs at the other end.
import {Socket} from 'node:net';
import {setImmediate} from 'node:timers/promises';
import {ReadStream} from 'node:tty';
import type {Native} from '../../native/index.ts';

/** The reading end of a pipe. Owns the descriptor. */
export function pipeReader(fd: number): Socket {
	return new Socket({fd, readable: true, writable: false});
}

/** The writing end of a pipe. Owns the descriptor. */
export function pipeWriter(fd: number): Socket {
	const socket = new Socket({fd, readable: false, writable: true});
	// EPIPE: the process closed its input; its exit tells more
	socket.on('error', () => undefined);
	return socket;
}

/** The master of a pseudo terminal, both ways. Owns the descriptor. Its end shows as EIO once nobody has the slave open (pty(7)): an end like any other here. */
export function terminalStream(master: number): Socket {
	const stream = new ReadStream(master);
	stream.on('error', () => {
		stream.destroy();
	});
	return stream;
}

/**
 * Ends a stream whose process has ended: what the process wrote still comes out, and a grandchild that keeps the other end open holds nobody up.
 * What was written before the exit lies in the kernel's buffer, so a turn of the event loop that brings nothing new is the end.
 */
export async function settle(stream: Socket): Promise<void> {
	let before = -1;
	while (!stream.destroyed && !stream.readableEnded && (stream.bytesRead !== before || stream.isPaused() || stream.readableLength > 0)) {
		before = stream.bytesRead;
		// oxlint-disable-next-line no-await-in-loop -- turns of the event loop, one after the other
		await (stream.isPaused() ? resumed(stream) : setImmediate());
		// oxlint-disable-next-line no-await-in-loop -- data of this turn is read in its poll phase, after the first
		await setImmediate();
	}

	stream.destroy();
}

async function resumed(stream: Socket): Promise<void> {
	return new Promise((resolve) => {
		stream.once('resume', resolve);
		stream.once('close', resolve);
	});
}

/**
 * The lines that come through a pipe, as `onLines` has them. Owns the descriptor of its reading end. Most programs of a lab say nothing: Node has a stream of
 * it only when there is something to read.
 */
export function pipeLines(native: Pick<Native, 'onReadable'>, fd: number, longestBytes: number, callback: (line: string) => void): void {
	native.onReadable(fd, () => {
		onLines(pipeReader(fd), longestBytes, callback);
	});
}

/** Calls back with whole lines, without their ends; a longer one than `longestBytes` comes in pieces. The last one may lack its end. */
export function onLines(stream: Socket, longestBytes: number, callback: (line: string) => void): void {
	let rest = '';
	stream.setEncoding('utf8');
	stream.on('data', (chunk: string) => {
		const lines = (rest + chunk).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) {
			callback(line);
		}

		while (rest.length >= longestBytes) {
			callback(rest.slice(0, longestBytes));
			rest = rest.slice(longestBytes);
		}
	});
	stream.on('error', () => undefined);
	stream.once('close', () => {
		if (rest !== '') {
			callback(rest);
		}
	});
}

/** The first `mostBytes` of a stream; the rest is read and thrown away, so that the writer does not stop. */
export function firstBytes(stream: Socket, mostBytes: number): () => string {
	const chunks: Buffer[] = [];
	let held = 0;
	stream.on('data', (chunk: Buffer) => {
		if (held < mostBytes) {
			chunks.push(chunk.subarray(0, mostBytes - held));
			held += chunk.length;
		}
	});
	stream.on('error', () => undefined);
	return () => Buffer.concat(chunks).toString('utf8');
}
