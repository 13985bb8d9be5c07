// Netlink sockets: requests, answers, multicasts, overruns.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {
	attribute,
	ifinfo,
	keeper,
	message,
	messages,
	native,
	NLM_F_ACK,
	NLM_F_CREATE,
	NLM_F_DUMP,
	NLM_F_EXCL,
	NLM_F_REQUEST,
	NLMSG_DONE,
	NLMSG_ERROR,
	oneNetns,
	RTM_GETLINK,
	RTM_NEWLINK,
	shell,
	u32,
} from './support.ts';
import type {NetlinkReply} from '../../native/index.ts';

const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const RTNLGRP_LINK = 1;

const dump = (sequence: number) => message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, ifinfo(0));
const mtu = (value: number, flags: number, sequence: number) =>
	message(RTM_NEWLINK, NLM_F_REQUEST | flags, sequence, ifinfo(1, attribute(IFLA_MTU, u32(value))));
const newLink = (kind: string, name: string, sequence: number) =>
	message(
		RTM_NEWLINK,
		NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		sequence,
		ifinfo(0, attribute(IFLA_IFNAME, Buffer.from(`${name}\0`)), attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, Buffer.from(kind)))),
	);

function bytesOf(reply: NetlinkReply | undefined): Buffer {
	if (reply === undefined || !('bytes' in reply)) {
		throw new Error(`no answer but ${JSON.stringify(reply)}`);
	}

	return reply.bytes;
}

test('a dump ends with its DONE', async (t) => {
	const lab = await oneNetns();
	const [reply] = await native.netlinkRequest([{fd: lab.route, bytes: dump(7)}]);
	const found = messages(bytesOf(reply));
	t.deepEqual(
		found.map(({type, sequence}) => [type, sequence]),
		[
			[RTM_NEWLINK, 7],
			[NLMSG_DONE, 7],
		],
	);
	t.true(found[0]?.payload.includes('lo\0'));
	lab.close();
});

test('the answers of one request are all there, up to the last', async (t) => {
	const lab = await oneNetns();
	const batch = Buffer.concat([mtu(1500, NLM_F_ACK, 1), mtu(1501, 0, 2), mtu(1502, NLM_F_ACK, 3)]);
	const [reply] = await native.netlinkRequest([{fd: lab.route, bytes: batch}]);
	t.deepEqual(
		messages(bytesOf(reply)).map(({type, sequence, payload}) => [type, sequence, payload.readInt32LE(0)]),
		[
			[NLMSG_ERROR, 1, 0],
			[NLMSG_ERROR, 3, 0],
		],
	);
	lab.close();
});

test("a refusal carries the kernel's errno and words", async (t) => {
	const lab = await oneNetns();
	const [unknown, again] = await native.netlinkRequest([
		{fd: lab.route, bytes: newLink('nosuchkind', 'x', 1)},
		{fd: lab.route, bytes: newLink('bridge', 'lo', 2)},
	]);
	const [refusal] = messages(bytesOf(unknown));
	t.is(refusal?.payload.readInt32LE(0), -95); // EOPNOTSUPP
	t.true(refusal?.payload.includes('Unknown device type'));
	t.is(messages(bytesOf(again))[0]?.payload.readInt32LE(0), -17); // EEXIST
	lab.close();
});

test('a request that cannot be sent does not stop the next', async (t) => {
	const lab = await oneNetns();
	const {read, write} = native.pipe();
	const huge = Buffer.alloc(64 << 20);
	dump(1).copy(huge);
	huge.writeUInt32LE(huge.length, 0);
	const replies = await native.netlinkRequest([
		{fd: -1, bytes: dump(1)},
		{fd: write, bytes: dump(2)},
		{fd: lab.route, bytes: Buffer.alloc(0)},
		{fd: lab.route, bytes: huge},
		{fd: lab.route, bytes: dump(3)},
	]);
	t.deepEqual(replies.slice(0, 4), [
		{errno: 9, code: 'EBADF', syscall: 'send'},
		{errno: 88, code: 'ENOTSOCK', syscall: 'send'},
		{errno: 22, code: 'EINVAL', syscall: 'send'},
		{errno: 90, code: 'EMSGSIZE', syscall: 'send'},
	]);
	t.is(messages(bytesOf(replies[4])).at(-1)?.sequence, 3);
	native.close(read);
	native.close(write);
	lab.close();
});

test('requests on one socket from many calls at once each get their own answer', async (t) => {
	const lab = await oneNetns();
	const calls = Array.from({length: 60}, async (_, index) => native.netlinkRequest([{fd: lab.route, bytes: dump(index + 1)}]));
	const last = (await Promise.all(calls)).map(([reply]) => messages(bytesOf(reply)).map(({sequence}) => sequence));
	t.deepEqual(
		last,
		Array.from({length: 60}, (_, index) => [index + 1, index + 1]),
	);
	lab.close();
});

test('a socket of another protocol answers from its namespace', async (t) => {
	const lab = await oneNetns();
	const fd = await native.listen(lab.netns, 'tcp', '127.0.0.7', 4321);
	const diag = await native.netlinkSocket(lab.netns, 4);
	// inet_diag_req_v2: family, protocol, all states; linux/inet_diag.h
	const request = Buffer.alloc(56);
	request.writeUInt8(2, 0);
	request.writeUInt8(6, 1);
	request.writeUInt32LE(0xff_ff_ff_ff, 4);
	const [reply] = await native.netlinkRequest([{fd: diag, bytes: message(20, NLM_F_REQUEST | NLM_F_DUMP, 1, request)}]);
	const [socket, done] = messages(bytesOf(reply));
	t.is(socket?.payload.readUInt16BE(4), 4321);
	t.deepEqual([...(socket?.payload.subarray(8, 12) ?? [])], [127, 0, 0, 7]);
	t.is(done?.type, NLMSG_DONE);
	await t.throwsAsync(native.netlinkSocket(lab.netns, 999), {code: 'EPROTONOSUPPORT'});
	await t.throwsAsync(native.netlinkSocket(lab.netns, 0, [1_000_000]), {code: 'EINVAL'});
	for (const open of [fd, diag]) {
		native.close(open);
	}

	lab.close();
});

test('what happens in a namespace is told to its listener until that stops', async (t) => {
	const lab = await oneNetns();
	const events = await native.netlinkSocket(lab.netns, 0, [RTNLGRP_LINK]);
	const names: string[] = [];
	let heard = () => {};
	const stop = native.netlinkEvents(
		events,
		(bytes) => {
			for (const {type, payload} of messages(bytes)) {
				t.is(type, RTM_NEWLINK);
				names.push(/eth\d/.exec(payload.toString('latin1'))?.[0] ?? '?');
			}

			heard();
		},
		() => t.fail('no overrun was due'),
	);
	const first = new Promise<void>((resolve) => {
		heard = () => names.includes('eth1') && resolve();
	});
	await shell('ip link add eth0 type bridge; ip link add eth1 type bridge', {enter: {net: lab.netns}});
	await first;
	t.deepEqual([...new Set(names)], ['eth0', 'eth1']);
	stop();
	stop();
	names.length = 0;
	await shell('ip link add eth2 type bridge', {enter: {net: lab.netns}});
	await new Promise((resolve) => setTimeout(resolve, 20));
	t.deepEqual(names, []);
	// It stays the caller's, and still hears.
	const [reply] = await native.netlinkRequest([{fd: events, bytes: dump(5)}]);
	t.is(messages(bytesOf(reply)).at(-1)?.type, NLMSG_DONE);
	native.close(events);
	lab.close();
});

test('what the kernel had to drop is told as an overrun, after what came before it', async (t) => {
	const lab = await oneNetns();
	const inside = await keeper({enter: {net: lab.netns}});
	const events = await native.netlinkSocket(lab.netns, 0, [RTNLGRP_LINK]);
	const alive = setInterval(() => {}, 1000); // listening keeps no process alive
	t.teardown(() => clearInterval(alive));
	let heardBytes = 0;
	const bytesBefore = new Promise<number>((resolve) => {
		native.netlinkEvents(
			events,
			(bytes) => {
				heardBytes += bytes.length;
			},
			() => resolve(heardBytes),
		);
	});
	const batch = Buffer.concat(Array.from({length: 5000}, (_, index) => mtu(1500 + (index & 1), index === 4999 ? NLM_F_ACK : 0, index)));
	const sent = native.netlinkRequest(Array.from({length: 10}, () => ({fd: lab.route, bytes: batch})));
	// The event loop stands still, as in an engine that is busy, until the kernel has dropped a message for want of room.
	const dropped = () =>
		readFileSync(`/proc/${inside.pid}/net/netlink`, 'utf8')
			.split('\n')
			.some((line) => Number(line.trim().split(/\s+/)[8] ?? 0) > 0);
	for (let waits = 0; !dropped() && waits < 6000; waits++) {
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
	}

	t.true(dropped());
	t.true((await bytesBefore) > 0);
	await sent;
	await inside.end();
	native.close(events);
	lab.close();
});

test('what is no socket cannot be listened to', (t) => {
	t.throws(
		() =>
			native.netlinkEvents(
				-1,
				() => {},
				() => {},
			),
		{message: 'fcntl: EBADF, Bad file descriptor'},
	);
});
