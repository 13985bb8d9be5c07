// Packets to measure with: what a small network with a web server has in a while. TCP with a request now and then, UDP, DNS, ping. The same ones each time. Pure.
import {Buffer} from 'node:buffer';
import type {Packet, Point} from '../../watch/files/index.ts';

const points: readonly Point[] = ['web1/eth0', 'web2/eth0', 'h1/docker0', 'h1/eth0'].map((name) => ({name, description: '', linkType: 1}));
const protocol = {icmp: 1, tcp: 6, udp: 17} as const;
const headBytes = 34;
/** Who sends the first packet. */
export const firstAddress = '192.168.50.1';
const request = Buffer.from('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
/** A question for web1.front. */
const question = Buffer.from('12340100000100000000000004776562310566726f6e740000010001', 'hex');
const firstSecond = 1_700_000_000;
/** Ten thousand packets a second. */
const stepNs = 100_000;
const flag = {syn: 2, ack: 16, push: 8} as const;

/** The packet with this number, from 0. Of ten packets six are TCP, two UDP, one DNS, one ICMP. */
export function packetOf(number: number): Packet {
	const kind = number % 10;
	const bytes = kind < 6 ? tcp(number, kind) : kind < 8 ? udp(number, 9999, Buffer.alloc(48, number)) : kind === 8 ? udp(number, 53, question) : ping(number);
	return {
		point: points[number % points.length] ?? {name: '', description: '', linkType: 1},
		seconds: firstSecond + Math.floor((number * stepNs) / 1e9),
		nanoseconds: (number * stepNs) % 1e9,
		bytes,
		wireBytes: bytes.length,
		direction: number % 2 === 0 ? 'in' : 'out',
		comment: undefined,
	};
}

/** Ethernet and IPv4, from one of 250 clients to one of 10 servers; the checksum is left out. */
function frame(number: number, carried: number, length: number): Buffer {
	const bytes = Buffer.alloc(headBytes + length);
	bytes.writeUIntBE(0x02_42_ac_11_00_02, 0, 6);
	bytes.writeUIntBE(0x02_42_ac_11_00_03, 6, 6);
	bytes.writeUInt16BE(0x08_00, 12);
	bytes.writeUInt16BE(0x45_00, 14);
	bytes.writeUInt16BE(20 + length, 16);
	bytes.writeUInt16BE(number & 0xff_ff, 18);
	bytes.writeUInt16BE(0x40_00, 20);
	bytes.writeUInt8(64, 22);
	bytes.writeUInt8(carried, 23);
	bytes.writeUInt32BE(0xc0_a8_32_00 + 1 + (conversation(number) % 250), 26);
	bytes.writeUInt32BE(0xac_11_00_02 + (conversation(number) % 10), 30);
	return bytes;
}

function conversation(number: number): number {
	return Math.floor(number / 10);
}

function tcp(number: number, kind: number): Buffer {
	const payload = kind === 3 ? request : Buffer.alloc(0);
	const bytes = frame(number, protocol.tcp, 20 + payload.length);
	bytes.writeUInt16BE(32_768 + (conversation(number) % 28_000), headBytes);
	bytes.writeUInt16BE(conversation(number) % 3 === 0 ? 80 : 8080, headBytes + 2);
	bytes.writeUInt32BE(kind === 0 ? 0 : kind <= 3 ? 1 : 1 + request.length, headBytes + 4);
	bytes.writeUInt32BE(kind === 0 ? 0 : 1, headBytes + 8);
	bytes.writeUInt16BE(0x50_00 | (kind === 0 ? flag.syn : kind === 3 ? flag.ack | flag.push : flag.ack), headBytes + 12);
	bytes.writeUInt16BE(64_240, headBytes + 14);
	payload.copy(bytes, headBytes + 20);
	return bytes;
}

function udp(number: number, port: number, payload: Buffer): Buffer {
	const bytes = frame(number, protocol.udp, 8 + payload.length);
	bytes.writeUInt16BE(32_768 + (number % 28_000), headBytes);
	bytes.writeUInt16BE(port, headBytes + 2);
	bytes.writeUInt16BE(8 + payload.length, headBytes + 4);
	payload.copy(bytes, headBytes + 8);
	return bytes;
}

function ping(number: number): Buffer {
	const bytes = frame(number, protocol.icmp, 64);
	bytes.writeUInt8(8, headBytes);
	bytes.writeUInt16BE(number & 0xff_ff, headBytes + 6);
	return bytes;
}
