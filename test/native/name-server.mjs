// A nameserver for the tests of `lab-web probe`, to be run in a network namespace of its own. Port 53 of 127.0.0.1 answers, of 127.0.0.2 is silent,
// of 127.0.0.3 says SERVFAIL, of 127.0.0.4 talks garbage. An answer that is too long for UDP is cut off there and whole over TCP. Then it runs each of its arguments in a shell, one after the other, and ends.
import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {promisify} from 'node:util';

/** @type {Record<string, {type: number, address: number[]}[]>} */
const zone = {
	'web.test.': [{type: 1, address: [192, 0, 2, 7]}],
	'six.test.': [{type: 28, address: [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6]}],
	'both.test.': [
		{type: 28, address: [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]},
		{type: 1, address: [192, 0, 2, 8]},
	],
	'empty.test.': [],
	'a.b.': [{type: 1, address: [192, 0, 2, 9]}],
	'a.b.test.': [{type: 1, address: [192, 0, 2, 10]}],
	'many.test.': Array.from({length: 200}, (_, index) => ({type: 1, address: [198, 51, 100, index]})),
	// a pointer into the question, and a label that needs escapes
	'7.2.0.192.in-addr.arpa.': [
		{type: 12, address: [3, ...Buffer.from('web'), 0xc0, 22]},
		{type: 12, address: [4, ...Buffer.from('a.\\ '), 0]},
		{type: 12, address: [5, ...Buffer.from('cut')]},
	],
	'0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.': [{type: 12, address: [3, ...Buffer.from('six'), 0]}],
};

/** @param {Buffer} query */
function nameOf(query) {
	let name = '';
	let at = 12;
	for (; query[at] !== 0; at += 1 + (query[at] ?? 0)) {
		name += `${query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0))}.`;
	}

	return {name: name.toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5};
}

/** The answer comes after an alias, with a compressed name, as a real one's does (RFC 1035, 4.1.4).
 * @param {Buffer} query */
function answer(query) {
	const {name, type, end} = nameOf(query);
	const records = zone[name]?.filter((record) => record.type === type) ?? [];
	const header = Buffer.from(query.subarray(0, 12));
	header[2] = 0x81;
	header[3] = zone[name] === undefined ? 3 : 0;
	header.writeUInt16BE(records.length === 0 ? 0 : records.length + 1, 6);
	header.writeUInt16BE(0, 10);
	const alias = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 4, 1, 120, 0xc0, 12]);
	const tail = records.map(({type: kind, address}) => Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, address.length, ...address]));
	return Buffer.concat([header, query.subarray(12, end), ...(records.length === 0 ? [] : [alias]), ...tail]);
}

/** @param {Buffer} query */
function shortAnswer(query) {
	const whole = answer(query);
	if (whole.length <= 512) {
		return whole;
	}

	const cut = Buffer.concat([whole.subarray(0, 12), query.subarray(12, nameOf(query).end)]);
	cut[2] = 0x83;
	cut.writeUInt16BE(0, 6);
	return cut;
}

/** @param {Buffer} query */
function failure(query) {
	const reply = Buffer.from(query);
	reply[2] = 0x81;
	reply[3] = 2;
	return reply;
}

/** @param {Buffer} query */
function garbage(query) {
	return Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0]), randomBytes(300)]);
}

/** @type {[string, ((query: Buffer) => Buffer) | undefined][]} */
const servers = [
	['127.0.0.1', shortAnswer],
	['127.0.0.2', undefined],
	['127.0.0.3', failure],
	['127.0.0.4', garbage],
];
const sockets = servers.map(([address, reply]) => {
	const socket = createSocket('udp4').bind(53, address);
	socket.on('message', (query, from) => reply && socket.send(reply(query), from.port, from.address));
	return socket;
});
const tcp = createServer((socket) => {
	socket.on('data', (query) => {
		const reply = answer(query.subarray(2));
		// in two pieces, as TCP may deliver it
		const whole = Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]);
		socket.write(whole.subarray(0, 700));
		setTimeout(() => socket.end(whole.subarray(700)), 20);
	});
}).listen(53, '127.0.0.1');
await Promise.all([...sockets, tcp].map(async (socket) => once(socket, 'listening')));
for (const command of process.argv.slice(2)) {
	// oxlint-disable-next-line no-await-in-loop -- one after the other
	const {stdout} = await promisify(execFile)('sh', ['-c', command]);
	process.stdout.write(stdout);
}

for (const socket of [...sockets, tcp]) {
	socket.close();
}
