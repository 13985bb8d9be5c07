// Frames of packets that go through a lab, to measure with. Their checksums are left out. Pure.
import {Buffer} from 'node:buffer';

export interface Ends {
	readonly from: string;
	readonly to: string;
	readonly macs: readonly [source: number, destination: number];
	readonly ttl: number;
	readonly sourcePort: number;
	readonly destinationPort: number;
}

/** What an IP packet carries: its protocol, what follows its ports, and the data. */
export interface Carried {
	readonly protocol: number;
	readonly head: Buffer;
	readonly data: Buffer;
}

export function segment(flags: number, sequence: number, acknowledged: number, data: Buffer): Carried {
	const head = Buffer.alloc(16);
	head.writeUInt32BE(sequence >>> 0, 0);
	head.writeUInt32BE(acknowledged >>> 0, 4);
	head.writeUInt16BE(0x50_00 | flags, 8);
	head.writeUInt16BE(64_240, 10);
	return {protocol: 6, head, data};
}

export function datagram(data: Buffer): Carried {
	const head = Buffer.alloc(4);
	head.writeUInt16BE(8 + data.length, 0);
	return {protocol: 17, head, data};
}

/** A frame in a datagram of the hosts between which it goes (RFC 7348 5). */
export function inVxlan(vni: number, inner: Buffer): Carried {
	const header = Buffer.alloc(8);
	header.writeUInt8(8, 0);
	header.writeUIntBE(vni, 4, 3);
	return datagram(Buffer.concat([header, inner]));
}

export function echo(type: number, sequence: number): Carried {
	const data = Buffer.alloc(64);
	data.writeUInt8(type, 0);
	data.writeUInt16BE(77, 4);
	data.writeUInt16BE(sequence & 0xff_ff, 6);
	return {protocol: 1, head: Buffer.alloc(0), data};
}

/** Ethernet and IPv4. */
export function frame(ends: Ends, {protocol, head, data}: Carried, id: number): Buffer {
	const ports = Buffer.alloc(protocol === 1 ? 0 : 4);
	if (ports.length > 0) {
		ports.writeUInt16BE(ends.sourcePort, 0);
		ports.writeUInt16BE(ends.destinationPort, 2);
	}

	const header = Buffer.alloc(20);
	header.writeUInt8(0x45, 0);
	header.writeUInt16BE(20 + ports.length + head.length + data.length, 2);
	header.writeUInt16BE(id, 4);
	header.writeUInt16BE(0x40_00, 6);
	header.writeUInt8(ends.ttl, 8);
	header.writeUInt8(protocol, 9);
	header.set(bytesOf(ends.from), 12);
	header.set(bytesOf(ends.to), 16);
	return Buffer.concat([ethernet(ends.macs, 0x08_00), header, ports, head, data]);
}

export function arp(operation: 1 | 2, {from, to, macs}: Pick<Ends, 'from' | 'to' | 'macs'>): Buffer {
	const packet = Buffer.alloc(28);
	packet.set([0, 1, 8, 0, 6, 4, 0, operation], 0);
	packet.writeUIntBE(macs[0], 8, 6);
	packet.set(bytesOf(from), 14);
	packet.set(bytesOf(to), 24);
	return Buffer.concat([ethernet(macs, 0x08_06), packet]);
}

function ethernet([source, destination]: Ends['macs'], type: number): Buffer {
	const header = Buffer.alloc(14);
	header.writeUIntBE(destination, 0, 6);
	header.writeUIntBE(source, 6, 6);
	header.writeUInt16BE(type, 12);
	return header;
}

function bytesOf(address: string): readonly number[] {
	return address.split('.').map(Number);
}
