// What the tests of `vethlab capture` share: one under way, and its file. No test is here.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import process from 'node:process';
import type {ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {CaptureReader} from '../../src/watch/files/index.ts';
import {eventually, type Lab, type Sandbox} from './lab.ts';

export interface Begun {
	readonly child: ChildProcess;
	/** What it has said until now. */
	readonly said: {stdout: string; stderr: string};
	/** Interrupts it; its exit code. */
	readonly end: () => Promise<number | null>;
	readonly ended: () => Promise<number | null>;
}

/** Runs `vethlab capture --lab LAB ARGS`, until it says that it captures. `before`: words that go before the command. */
export async function begun(
	t: ExecutionContext,
	{sandbox, lab, before = []}: {readonly sandbox: Sandbox; readonly lab: Lab; readonly before?: readonly string[]},
	...args: readonly string[]
): Promise<Begun> {
	const [file = '', ...words] = [...before, process.execPath, packageFile('dist/cli.js'), 'capture', '--lab', lab.name, ...args];
	const child = spawn(file, words, {env: {...process.env, ...sandbox.env, TZ: 'UTC'}, stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => child.kill('SIGKILL'));
	const said = {stdout: '', stderr: ''};
	child.stdout.setEncoding('latin1').on('data', (text: string) => {
		said.stdout += text;
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said.stderr += text;
	});
	const closed = once(child, 'close') as Promise<[exit: number | null]>;
	t.true(await eventually(() => said.stderr.includes('capturing at')), said.stderr);
	return {
		child,
		said,
		end: async () => {
			child.kill('SIGINT');
			return closed.then(([exit]) => exit);
		},
		ended: async () => closed.then(([exit]) => exit),
	};
}

/** Where the packets of a file were seen, in its order: "a/eth0". Throws when it does not end with a whole block. */
export function placesIn(path: string): readonly string[] {
	const reader = new CaptureReader(path);
	reader.push(readFileSync(path));
	reader.push(undefined);
	const places: string[] = [];
	for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
		places.push(packet.point.name);
	}

	return places;
}
