// How the addon lives with Node: its threads neither keep a process alive nor trouble its end, in the main thread and in workers.
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import test from 'ava';
import {addon, environment, exitOf, native, shell} from './support.ts';

const start = `
	const native = require(process.argv[1]);
	const plain = {file: '/bin/true', args: ['true'], env: [], stdio: []};`;

/** Runs the lines in a Node of their own and gives its exit status and output. */
async function node(lines: string) {
	return shell('', {file: process.execPath, args: ['node', '-e', start + lines, addon], env: environment});
}

test('watching keeps no process alive', async (t) => {
	const ran = await node(`
		(async () => {
			const {netns} = await native.netnsCreate(1);
			native.netlinkEvents(await native.netlinkSocket(netns[0], 0, [1]), () => {}, () => {});
			const {pidfd} = await native.spawn({...plain, file: '/bin/sleep', args: ['sleep', '1000000'], dieWithParent: true});
			native.onExit(pidfd, () => {});
			console.log('done');
		})();`);
	t.deepEqual(ran, {code: 0, signal: undefined, output: 'done\n'});
});

test('a pending promise keeps the process alive', async (t) => {
	const ran = await node(`native.spawn(plain).then(({pidfd}) => console.log(typeof pidfd));`);
	t.deepEqual(ran, {code: 0, signal: undefined, output: 'number\n'});
});

test('a process may end in the midst of everything', async (t) => {
	for (let round = 0; round < 15; round++) {
		// oxlint-disable-next-line no-await-in-loop -- each alone on the machine, to end at its own moment
		const ran = await node(`
			for (let i = 0; i < 50; i++) {
				native.netnsCreate(2).then(({netns, route}) => native.netlinkSocket(netns[0], 0, [1]).then((fd) => native.netlinkEvents(fd, () => {}, () => {})));
				native.spawn(plain).then(({pidfd}) => native.onExit(pidfd, () => {}));
			}
			setTimeout(() => process.exit(6), ${round * 3});`);
		t.deepEqual(ran, {code: 6, signal: undefined, output: ''});
	}
});

test('an error thrown in a callback is an uncaught exception, as anywhere', async (t) => {
	const ran = await node(`
		setInterval(() => {}, 1000);
		process.on('uncaughtException', (error) => { console.log(error.message); process.exit(3); });
		native.spawn(plain).then(({pidfd}) => native.onExit(pidfd, () => { throw new Error('mine'); }));`);
	t.deepEqual(ran, {code: 3, signal: undefined, output: 'mine\n'});
});

test('a worker has callbacks of its own, and its end takes them along', async (t) => {
	const lines = `
		const {parentPort, workerData} = require('node:worker_threads');
		const native = require(workerData);
		const plain = {file: '/bin/sh', args: ['sh', '-c', 'exit 4'], env: [], stdio: []};
		parentPort.on('message', () => {});
		(async () => {
			const {netns} = await native.netnsCreate(1);
			native.netlinkEvents(await native.netlinkSocket(netns[0], 0, [1]), () => {}, () => {});
			for (let i = 0; i < 50; i++) native.spawn(plain).then(({pidfd}) => native.onExit(pidfd, ({code}) => parentPort.postMessage(code)));
		})();`;
	for (let round = 0; round < 5; round++) {
		const worker = new Worker(lines, {eval: true, execArgv: [], workerData: addon});
		// oxlint-disable-next-line no-await-in-loop -- one worker after another
		const [code] = (await once(worker, 'message')) as [number];
		t.is(code, 4);
		// oxlint-disable-next-line no-await-in-loop -- the same
		await worker.terminate();
	}

	t.is((await shell('exit 5')).code, 5);
	const child = await native.spawn({file: '/bin/true', args: ['true'], env: environment, stdio: []});
	t.is((await exitOf(child)).code, 0);
});
