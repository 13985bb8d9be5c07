// Whatever bytes come: an answer or none, and never an end. Rough messages by kind, and thousands by chance, the same ones every time; both ways in.
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {connect, createServer, type AddressInfo} from 'node:net';
import test from 'ava';
import {decode, encode} from 'dns-packet';
import {loadNative} from '../../../native/index.ts';
import type {NetworkNames} from '../../../src/drivers/index.ts';
import {answerTo} from '../../../src/engine/dns/answer.ts';
import {NameServer} from '../../../src/engine/dns/server.ts';

const native = loadNative();
const networks: readonly NetworkNames[] = [{network: 'front', entries: new Map([['web', ['172.18.0.2']]]), reverse: new Map([['172.18.0.2', 'web.front']])}];
const web = encode({type: 'query', id: 0x12_34, flags: 0x01_00, questions: [{type: 'A', name: 'web'}]});
const headerBytes = 12;

/** A question's header with these counts, and what follows it. */
function message(counts: readonly [number, number, number, number], ...rest: readonly (readonly number[])[]): Buffer {
	const header = Buffer.from(web.subarray(0, headerBytes));
	counts.forEach((count, index) => header.writeUInt16BE(count, 4 + 2 * index));
	return Buffer.concat([header, ...rest.map((bytes) => Buffer.from(bytes))]);
}

const name = [3, 0x77, 0x65, 0x62, 0];
const typeA = [0, 1, 0, 1];
const opt = (...data: readonly number[]): readonly number[] => [0, 0, 41, 0x10, 0, 0, 0, 0, 0, data.length >> 8, data.length & 255, ...data];

const rough: Readonly<Record<string, Buffer>> = {
	nothing: Buffer.alloc(0),
	'one byte': Buffer.from([1]),
	'an id alone': Buffer.from([1, 2]),
	zeros: Buffer.alloc(512),
	ones: Buffer.alloc(512, 0xff),
	'a name that points to itself': message([1, 0, 0, 0], [0xc0, 12], typeA),
	'two names that point to each other': message([1, 0, 0, 0], [0xc0, 14, 0xc0, 12], typeA),
	'a name that points behind the end': message([1, 0, 0, 0], [0xff, 0xff], typeA),
	'a name that points into the header': message([1, 0, 0, 0], [0xc0, 0], typeA),
	'a label of a reserved kind': message([1, 0, 0, 0], [0x80, 1, 2, 3], typeA),
	'a name of 64 labels': message([1, 0, 0, 0], Array.from({length: 64}, () => [63, ...Array.from({length: 63}, () => 0x61)]).flat(), [0], typeA),
	'a name without an end': message(
		[1, 0, 0, 0],
		Array.from({length: 400}, () => 1),
	),
	'as many of everything as can be': message([65_535, 65_535, 65_535, 65_535], name, typeA),
	'as many answers as can be': message([1, 65_535, 0, 0], name, typeA),
	'more additionals than there are': message([1, 0, 0, 2], name, typeA),
	'a question and 4 kB behind it': message(
		[1, 0, 0, 0],
		name,
		typeA,
		Array.from({length: 4000}, () => 0xaa),
	),
	'an unknown type': message([1, 0, 0, 0], name, [0xfe, 0xdc, 0, 1]),
	'any type': message([1, 0, 0, 0], name, [0, 255, 0, 1]),
	'a whole zone': message([1, 0, 0, 0], name, [0, 252, 0, 1]),
	'an unknown class': message([1, 0, 0, 0], name, [0, 1, 0xfe, 0xdc]),
	EDNS: message([1, 0, 0, 1], name, typeA, opt()),
	'EDNS with an option that is longer than the message': message([1, 0, 0, 1], name, typeA, opt(0, 10, 0xff, 0xff)),
	'EDNS with data that is not there': message([1, 0, 0, 1], name, typeA, [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0xff, 0xff]),
	'EDNS twice': message([1, 0, 0, 2], name, typeA, opt(), opt()),
	'EDNS of another version': message([1, 0, 0, 1], name, typeA, [0, 0, 41, 0x10, 0, 0, 9, 0, 0, 0, 0]),
	'a signature that points to itself': message([1, 0, 0, 1], name, typeA, [0xc0, 21, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 0xc0, 21]),
};

/** The same numbers every time. */
function* numbers(seed: number): Generator<number, never> {
	for (let state = seed; ;) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		yield state >>> 8;
	}
}

/** Of the rough ones and of a right one: bytes changed, cut off, put in. */
function* chances(count: number): Generator<Buffer> {
	const next = numbers(7);
	const from = [web, ...Object.values(rough)];
	for (let index = 0; index < count; index++) {
		const bytes = Buffer.from(from[next.next().value % from.length] ?? web);
		for (let changes = next.next().value % 6; changes > 0 && bytes.length > 0; changes--) {
			bytes[next.next().value % Math.min(bytes.length, 48)] = next.next().value;
		}

		yield next.next().value % 3 === 0 ? bytes.subarray(0, next.next().value % (bytes.length + 1)) : bytes;
	}
}

for (const [what, bytes] of Object.entries(rough)) {
	for (const transport of ['udp', 'tcp'] as const) {
		test(`${what}: an answer that can be read, or none (${transport})`, (t) => {
			const answer = answerTo(bytes, networks, transport);
			if (answer === undefined) {
				t.true(bytes.length < headerBytes || (bytes.readUInt16BE(2) & 0x80_00) !== 0);
				return;
			}

			t.is(answer.readUInt16BE(0), bytes.readUInt16BE(0));
			t.is(decode(answer).type, 'response');
			t.true(answer.length <= (transport === 'udp' ? 4096 : 65_535));
		});
	}
}

test('thousands of messages by chance: an answer with the same id that can be read, or none', (t) => {
	for (const bytes of chances(20_000)) {
		const answer = answerTo(bytes, networks, 'udp');
		if (answer !== undefined && (answer.readUInt16BE(0) !== bytes.readUInt16BE(0) || decode(answer).type !== 'response')) {
			t.fail(bytes.toString('hex'));
		}
	}

	t.pass();
});

/** A name server of this process, on ports of its own, and its names, which can be changed. */
async function served(t: {readonly teardown: (end: () => Promise<void>) => void}) {
	const here = {networks, server: new NameServer(native, (): readonly NetworkNames[] => here.networks)};
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const {port} = probe.address() as AddressInfo;
	probe.close();
	await once(probe, 'close');
	const own = native.open('/proc/self/ns/net');
	const listen = async (protocol: 'udp' | 'tcp'): Promise<number> => native.listen(own, protocol, '127.0.0.1', port);
	await here.server.serve({udp: await listen('udp'), tcp: await listen('tcp')});
	native.close(own);
	t.teardown(async () => here.server.close());
	const socket = createSocket('udp4');
	socket.connect(port, '127.0.0.1');
	await once(socket, 'connect');
	t.teardown(async () => {
		socket.close();
	});
	const ask = async (bytes: Buffer): Promise<Buffer> => {
		const answer = once(socket, 'message') as Promise<[Buffer]>;
		socket.send(bytes);
		return (await answer)[0];
	};
	return {here, port, socket, ask};
}

const addressesIn = (answer: Buffer): readonly unknown[] => (decode(answer).answers ?? []).map((record) => ('data' in record ? record.data : undefined));

function withId(bytes: Buffer, id: number): Buffer {
	const own = Buffer.from(bytes);
	own.writeUInt16BE(id, 0);
	return own;
}

test('over UDP thousands by chance do not keep the next question from its answer', async (t) => {
	const {ask, socket, port} = await served(t);
	const rude = createSocket('udp4');
	t.teardown(() => rude.close());
	for (const bytes of chances(3000)) {
		rude.send(bytes, port, '127.0.0.1');
	}

	await new Promise((resolve) => {
		rude.send(Buffer.alloc(60_000, 1), port, '127.0.0.1', resolve);
	});
	t.is(socket.remoteAddress().port, port);
	t.deepEqual(addressesIn(await ask(web)), ['172.18.0.2']);
});

test('over UDP an answer that is remembered has the id and the letters of each who asks, and goes when names change', async (t) => {
	const {ask, here} = await served(t);
	const loud = encode({type: 'query', id: 1, flags: 0x01_00, questions: [{type: 'A', name: 'WeB'}]});
	for (const [question, id] of [
		[web, 1],
		[web, 65_535],
		[loud, 7],
		[web, 8],
		[loud, 9],
	] as const) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const answer = await ask(withId(question, id));
		t.is(answer.readUInt16BE(0), id);
		t.is(answer.toString('latin1', headerBytes, headerBytes + 5), question.toString('latin1', headerBytes, headerBytes + 5));
		t.deepEqual(addressesIn(answer), ['172.18.0.2']);
	}

	here.networks = [{network: 'front', entries: new Map([['web', ['172.18.0.9']]]), reverse: new Map()}];
	here.server.forget();
	t.deepEqual(addressesIn(await ask(web)), ['172.18.0.9']);
	here.networks = [];
	here.server.forget();
	t.is((await ask(web)).readUInt16BE(2) & 15, 3);
});

test('over UDP more different questions than are remembered are all answered', async (t) => {
	const {ask} = await served(t);
	for (let id = 0; id < 2500; id++) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const answer = await ask(encode({type: 'query', id, flags: 0x01_00, questions: [{type: 'A', name: `n${id}`}]}));
		if (answer.readUInt16BE(0) !== id || (answer.readUInt16BE(2) & 15) !== 3) {
			t.fail(`question ${id}`);
		}
	}

	t.deepEqual(addressesIn(await ask(web)), ['172.18.0.2']);
});

test('over TCP lengths that lie end a connection, and not the server', async (t) => {
	const {port} = await served(t);
	const framed = (length: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([length >> 8, length & 255]), bytes]);
	for (const bytes of [
		framed(65_535, web),
		framed(0, web),
		framed(1, web),
		framed(4095, Buffer.alloc(70_000, 0xff)),
		...Object.values(rough).map((one) => framed(one.length, one)),
	]) {
		const liar = connect(port, '127.0.0.1');
		liar.on('error', () => liar.destroy());
		const closed = new Promise((resolve) => {
			liar.once('close', resolve);
		});
		liar.resume().end(bytes);
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await closed;
	}

	const honest = connect(port, '127.0.0.1');
	honest.write(framed(web.length, web));
	const [answer] = (await once(honest, 'data')) as [Buffer];
	honest.destroy();
	t.deepEqual(addressesIn(answer.subarray(2)), ['172.18.0.2']);
});
