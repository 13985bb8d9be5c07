// Capture rings, in namespaces that these tests make: what comes into one, what its filter keeps out, and what is left when it goes.
import {Worker} from 'node:worker_threads';
import {once} from 'node:events';
import test from 'ava';
import type {NativeRing} from '../../native/index.ts';
import {needs} from '../needs.ts';
import {packetsOf, takeAll} from '../watch/live/blocks.ts';
import {addon, native, oneNetns, openDescriptors, shell} from './support.ts';
import {until} from './programs.ts';

/** A ring of a new namespace whose lo is up, and a way to run commands there. */
async function ringOf(
	filter?: string,
	blocks = 4,
): Promise<{ring: NativeRing; run: (script: string) => Promise<number | undefined>; close: () => Promise<void>}> {
	const lab = await oneNetns();
	const run = async (script: string) => (await shell(script, {enter: {net: lab.netns}})).code;
	await run('ip link set lo up');
	const socket = await native.packetSocket(lab.netns);
	await native.ringPrepare(socket, blocks, filter === undefined ? undefined : await program(filter));
	const ring = await native.ringMap(socket, blocks);
	return {
		ring,
		run,
		close: async () => {
			await ring.close();
			lab.close();
		},
	};
}

async function program(filter: string): Promise<Uint8Array> {
	const compiled = await native.compileFilter(filter);
	if ('said' in compiled) {
		throw new Error(compiled.said);
	}

	return compiled.program;
}

/** The IP protocol of each frame that is in finished blocks. */
function protocols(ring: NativeRing): readonly number[] {
	return packetsOf(Buffer.concat([takeAll([ring]).bytes])).map(({bytes}) => bytes[23] ?? -1);
}

const ping = 'ping -q -c 1 127.0.0.1';

needs('capture', 'ping')('a ring has what passes in its namespace, also what is in no finished block yet', async (t) => {
	const {ring, run, close} = await ringOf();
	t.is(ring.since(), undefined);
	t.is(await run(ping), 0);
	// a slow machine has finished the block meanwhile
	const began = ring.since() ?? (ring.finished() > 0 ? Date.now() : 0);
	t.true(began <= Date.now() && began > Date.now() - 60_000);
	t.true(ring.statistics().packets >= 4);
	await ring.leave();
	t.is(ring.since(), undefined);
	// lo's frames are there twice, on their way out and in; they are given once
	t.deepEqual(protocols(ring), [1, 1]);
	t.deepEqual(protocols(ring), []);
	await close();
});

needs('capture', 'ping')('who listens is told when a block is finished, and told again after it has read everything', async (t) => {
	const {ring, run, close} = await ringOf('icmp');
	const seen: number[] = [];
	let told = 0;
	ring.listen(() => {
		told++;
		seen.push(...protocols(ring));
		ring.listenAgain();
	});
	for (const round of [1, 2, 3]) {
		// oxlint-disable-next-line no-await-in-loop -- one ping after the other
		t.is(await run(ping), 0);
		// oxlint-disable-next-line no-await-in-loop -- the same
		await until(() => seen.length === round * 2);
	}

	t.true(told >= 3);
	t.throws(() => ring.listen(() => undefined), {code: 'EINVAL'});
	await close();
	t.deepEqual(protocols(ring), []);
	t.is(ring.since(), undefined);
	t.throws(() => ring.statistics(), {code: 'EBADF'});
});

needs('capture', 'ping')('a filter lets through what it says, and no frame passes before it is there', async (t) => {
	const {ring, run, close} = await ringOf('icmp[icmptype] = icmp-echoreply');
	t.is(await run(`${ping}; ${ping}`), 0);
	t.is(ring.statistics().packets, 4);
	await ring.leave();
	t.deepEqual(protocols(ring), [1, 1], 'two replies, and neither request');
	await close();
});

needs('capture', 'ping')('a ring that nobody reads fills up; the kernel drops the rest and counts it', async (t) => {
	const {ring, run, close} = await ringOf(undefined, 1);
	t.is(await run('ping -q -f -s 60000 -c 40 127.0.0.1'), 0);
	const {packets, drops, freezes} = ring.statistics();
	t.true(drops > 0 && drops < packets);
	t.true(freezes > 0);
	t.deepEqual(ring.statistics(), {packets: 0, drops: 0, freezes: 0}, 'they are counted anew');
	await ring.leave();
	t.true(protocols(ring).length < packets - drops);
	await close();
});

needs(
	'capture',
	'veth',
	'ping',
)('an interface that vanishes while it is captured does no harm', async (t) => {
	const {ring, run, close} = await ringOf('icmp');
	ring.listen(() => undefined);
	t.is(await run('ip link add va type veth peer name vb && ip link set va up && ip link set vb up && ip link set va down && ip link del va'), 0);
	t.is(await run(ping), 0);
	await ring.leave();
	t.deepEqual(protocols(ring), [1, 1]);
	await close();
});

needs('capture')('a ring is mapped as it was made, or not at all', async (t) => {
	const lab = await oneNetns();
	const socket = await native.packetSocket(lab.netns);
	await native.ringPrepare(socket, 2);
	await t.throwsAsync(native.ringMap(socket, 3), {code: 'EINVAL', message: /^mmap: /});
	lab.close();
});

test('a filter that is none comes back with the words of libpcap', async (t) => {
	t.deepEqual(await native.compileFilter('tcp prot 80'), {said: "can't parse filter expression: syntax error"});
	t.true('program' in (await native.compileFilter('tcp port 80')));
});

test('wrong arguments are refused', async (t) => {
	const {ring, close} = await ringOf();
	const room = new Uint8Array(1000);
	t.throws(() => native.writeFrames([ring.number], new Uint16Array(10) as never, 0, 0), {instanceOf: TypeError});
	t.throws(() => native.writeFrames([ring.number], room, Number.NaN, 0), {instanceOf: TypeError});
	t.throws(() => native.writeFrames([ring.number], room, 0, -1), {instanceOf: TypeError});
	t.throws(() => native.writeFrames([ring.number, 0], room, 0, 0), {code: 'EINVAL'});
	t.throws(() => ring.know(2, 1.5), {instanceOf: TypeError});
	await close();
	await t.throwsAsync(native.packetSocket(1_000_000), {code: 'EBADF'});
	const other = native.open('/dev/null');
	await t.throwsAsync(native.ringPrepare(other, 1), {code: 'ENOTSOCK'});
	await t.throwsAsync(native.ringMap(other, 1), {code: 'EACCES'});
	t.throws(() => void native.ringPrepare(0, 0), {instanceOf: TypeError});
	t.throws(() => void native.ringMap(0, 0), {instanceOf: TypeError});
	t.throws(() => void native.ringPrepare(1_000_000, 1, new Uint8Array(7)), {code: 'EINVAL'});
	t.throws(() => void native.compileFilter(5 as never), {instanceOf: TypeError});
});

test.serial('a worker that ends with open rings leaves nothing behind', async (t) => {
	const lines = `
		const {parentPort, workerData} = require('node:worker_threads');
		const native = require(workerData);
		parentPort.on('message', () => {});
		(async () => {
			const {netns} = await native.netnsCreate(1);
			const socket = await native.packetSocket(netns[0]);
			await native.ringPrepare(socket, 2);
			const ring = await native.ringMap(socket, 2);
			ring.listen(() => {});
			globalThis.kept = ring;
			native.close(netns[0]);
			parentPort.postMessage('ready');
		})();`;
	const rings = () => openDescriptors().filter((name) => name.includes('socket:')).length;
	for (let round = 0; round < 3; round++) {
		const before = rings();
		const worker = new Worker(lines, {eval: true, execArgv: [], workerData: addon});
		// oxlint-disable-next-line no-await-in-loop -- one worker after another
		await once(worker, 'message');
		t.true(rings() > before);
		// oxlint-disable-next-line no-await-in-loop -- the same
		await worker.terminate();
		// its route socket is its own to close; the ring's two descriptors are gone
		t.is(rings(), before + 1);
	}
});
