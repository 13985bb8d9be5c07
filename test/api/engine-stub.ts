// Stands in for the engine in launch.test.ts: greets, ends when told, or misbehaves as VETHLAB_STUB says. Runs inside a real box.
import {spawn} from 'node:child_process';
import {writeSync} from 'node:fs';
import {createServer} from 'node:net';
import {FrameReader, messageFrame} from '../../src/api/frames.ts';
import {LabError} from '../../src/base/errors.ts';

const {VETHLAB_STUB: how, VETHLAB_SOCKET: socket = '', VETHLAB_LAB: lab = '', VETHLAB_FILE: file = '', VETHLAB_PID: pid} = process.env;
const readiness = 3;

if (how === 'dies') {
	throw new Error('the stub dies as it was told');
}

if (how === 'refuses') {
	writeSync(readiness, `${JSON.stringify({error: new LabError('E_KERNEL_FEATURE', {doing: 'look for bridge'}).toJSON()})}\n`);
	process.exit(3);
}

// a process that does not end by itself, in a session of its own: the box must take it along
spawn('sleep', ['1000'], {detached: true, stdio: 'ignore'}).unref();

createServer((connection) => {
	const reader = new FrameReader(1_000_000);
	connection.on('error', () => undefined);
	connection.on('data', (chunk: Buffer) => {
		for (const frame of reader.push(chunk)) {
			if (frame.kind !== 'message' || !('method' in frame.message) || how === 'hangs') {
				continue;
			}

			const {id, method} = frame.message;
			const result = method === 'hello' ? {protocol: 1, version: 'stub', lab, file, pid: Number(pid), createdMs: Date.now(), isUp: false} : {};
			connection.write(messageFrame({id, result}), () => {
				if (method === 'down') {
					process.exit(0);
				}
			});
		}
	});
}).listen(socket, () => {
	writeSync(readiness, '{"ready":true}\n');
});
