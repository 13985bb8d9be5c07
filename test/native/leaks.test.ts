// That nothing is lost in the long run. One file, one process: other tests would open descriptors meanwhile.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {until} from './programs.ts';
import {environment, exitOf, native, oneNetns, openDescriptors, socketPair} from './support.ts';

const plain = {file: '/bin/true', args: ['true'], env: environment, stdio: [-1, -1, -1]};

test.serial('a thousand namespaces, listeners and processes leave no descriptor behind', async (t) => {
	const cycle = async () => {
		const lab = await oneNetns();
		const listener = await native.listen(lab.netns, 'tcp', '0.0.0.0', 80);
		const child = await native.spawn({...plain, enter: {net: lab.netns}});
		t.is((await exitOf(child)).code, 0);
		await t.throwsAsync(native.listen(lab.netns, 'tcp', '0.0.0.0', 80));
		await t.throwsAsync(native.spawn({...plain, file: '/no/such', enter: {net: lab.netns}}));
		native.close(listener);
		lab.close();
	};
	await cycle(); // the addon's own descriptors (epoll, pidfd of this process) are opened once
	const before = openDescriptors();
	for (let round = 0; round < 1000; round++) {
		// oxlint-disable-next-line no-await-in-loop -- each round must find what the one before left
		await cycle();
	}

	t.deepEqual(openDescriptors(), before);
});

test.serial('thirty capture rings leave no descriptor and no mapping behind', async (t) => {
	const mapped = () =>
		readFileSync('/proc/self/maps', 'utf8')
			.split('\n')
			.filter((line) => line.includes('socket:')).length;
	const cycle = async (isLeft: boolean) => {
		const lab = await oneNetns();
		const socket = await native.packetSocket(lab.netns);
		await native.ringPrepare(socket, 2);
		const ring = await native.ringMap(socket, 2);
		ring.listen(() => undefined);
		t.is(mapped(), 1);
		const refused = await native.packetSocket(lab.netns);
		await t.throwsAsync(native.ringPrepare(refused, 1_000_000));
		await t.throwsAsync(native.ringPrepare(refused, 1, new Uint8Array(8).fill(255)));
		await t.throwsAsync(native.ringMap(refused, 2));
		await (isLeft ? ring.leave() : ring.close());
		lab.close();
	};
	await cycle(true);
	await cycle(false);
	const before = openDescriptors();
	for (let round = 0; round < 30; round++) {
		// oxlint-disable-next-line no-await-in-loop -- each round must find what the one before left
		await cycle(round % 2 === 0);
	}

	t.is(mapped(), 0);
	t.deepEqual(openDescriptors(), before);
});

test.serial('thirty capture rings that are handed over leave no descriptor and no mapping behind, taken or not', async (t) => {
	const [near, far] = await socketPair(t);
	const received: number[] = [];
	const stop = native.receive(
		near,
		(_bytes, descriptors) => received.push(...descriptors),
		() => t.fail(),
	);
	const cycle = async () => {
		const lab = await oneNetns();
		const socket = await native.packetSocket(lab.netns);
		await native.ringPrepare(socket, 2);
		native.sendDescriptor(far, socket, Buffer.from('a ring'));
		native.close(socket);
		await until(() => received.length === 1);
		const ring = await native.ringMap(received.pop() ?? -1, 2);
		ring.listen(() => undefined);
		await ring.leave();
		lab.close();
	};
	await cycle();
	const before = openDescriptors();
	for (let round = 0; round < 30; round++) {
		// oxlint-disable-next-line no-await-in-loop -- each round must find what the one before left
		await cycle();
	}

	t.deepEqual(openDescriptors(), before);
	stop();
	t.false(readFileSync('/proc/self/maps', 'utf8').includes('socket:'));
});
