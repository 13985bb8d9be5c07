// A lab made by hand for tests of journeys, and frames that go through it. No test is here.
import {ipBytes} from '../../../src/kernel/netlink/ip.ts';
import type {LinkWiring, NodeWiring} from '../../../src/model/wiring.ts';
import {Journeys, type Limits} from '../../../src/watch/journey/journeys.ts';
import {pathTo, type Hop, type Journey} from '../../../src/watch/journey/journey.ts';

function link(dev: string, more: Partial<LinkWiring> = {}): LinkWiring {
	return {dev, kind: 'veth', mac: undefined, master: undefined, peer: undefined, parent: undefined, carrier: undefined, ...more};
}

function node(name: string, addresses: readonly string[], links: readonly LinkWiring[], more: Partial<NodeWiring> = {}): NodeWiring {
	return {name, addresses, links: [link('lo', {kind: undefined}), ...links], routes: [], proxies: [], published: [], ...more};
}

export const macs = {
	laptop: 0x02_00_00_00_00_12,
	h1: 0x02_00_00_00_00_10,
	docker0: 0x02_00_00_00_00_01,
	web: 0x02_00_00_00_00_02,
	cli: 0x02_00_00_00_00_03,
} as const;

/** laptop - LAN office - h1, on whose docker0 are web and cli; 8080 and, of UDP, 7000 are published. */
export const wiring: readonly NodeWiring[] = [
	node('laptop', ['192.168.50.12', 'fd00:50::12'], [link('eth0', {peer: 'office/laptop-eth0'})]),
	node(
		'office',
		[],
		[link('office', {kind: 'bridge'}), link('laptop-eth0', {master: 'office', peer: 'laptop/eth0'}), link('h1-eth0', {master: 'office', peer: 'h1/eth0'})],
	),
	node(
		'h1',
		['192.168.50.10', '172.17.0.1', 'fd00:50::10', 'fd00:77::1'],
		[
			link('eth0', {peer: 'office/h1-eth0'}),
			link('docker0', {kind: 'bridge'}),
			link('vethweb', {master: 'docker0', peer: 'web/eth0'}),
			link('vethcli', {master: 'docker0', peer: 'cli/eth0'}),
		],
		{
			published: [
				{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080},
				{protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 7000},
			],
			proxies: [
				{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, to: ['172.17.0.2'], port: 80},
				{protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 7000, to: ['172.17.0.2'], port: 7},
			],
		},
	),
	node('web', ['172.17.0.2', 'fd00:77::2'], [link('eth0', {peer: 'h1/vethweb'})]),
	node('cli', ['172.17.0.3', 'fd00:77::3'], [link('eth0', {peer: 'h1/vethcli'})]),
];

export interface Packet {
	readonly from: string;
	readonly to: string;
	readonly sport?: number;
	readonly dport?: number;
	readonly ttl?: number;
	readonly id?: number;
	readonly macs?: readonly [source: number, destination: number];
	/** Of a fragment: where it begins in its datagram, and whether others follow. */
	readonly offset?: number;
	readonly more?: boolean;
	readonly canBeCut?: boolean;
}

/** An Ethernet frame around an IPv4 packet. */
export function ip(
	{from, to, ttl = 64, id = 0, macs: ends = [0x02, 0x04], offset = 0, more = false, canBeCut = false}: Packet,
	protocol: number,
	payload: Uint8Array,
): Buffer {
	const frame = Buffer.alloc(34 + payload.length);
	frame.writeUIntBE(ends[1], 0, 6);
	frame.writeUIntBE(ends[0], 6, 6);
	frame.writeUInt16BE(0x08_00, 12);
	frame[14] = 0x45;
	frame.writeUInt16BE(20 + payload.length, 16);
	frame.writeUInt16BE(id, 18);
	frame.writeUInt16BE((canBeCut || more || offset > 0 ? 0 : 0x40_00) | (more ? 0x20_00 : 0) | (offset / 8), 20);
	frame[22] = ttl;
	frame[23] = protocol;
	frame.set(from.split('.').map(Number), 26);
	frame.set(to.split('.').map(Number), 30);
	frame.set(payload, 34);
	return frame;
}

/** An Ethernet frame around an IPv6 packet; around a fragment if it has an identification. */
export function ip6({from, to, ttl = 64, id = 0, macs: ends = [0x02, 0x04], offset = 0, more = false}: Packet, protocol: number, payload: Uint8Array): Buffer {
	const isFragment = id !== 0;
	const at = isFragment ? 62 : 54;
	const frame = Buffer.alloc(at + payload.length);
	frame.writeUIntBE(ends[1], 0, 6);
	frame.writeUIntBE(ends[0], 6, 6);
	frame.writeUInt16BE(0x86_dd, 12);
	frame[14] = 0x60;
	frame.writeUInt16BE(frame.length - 54, 18);
	frame[20] = isFragment ? 44 : protocol;
	frame[21] = ttl;
	frame.set(ipBytes(from) ?? [], 22);
	frame.set(ipBytes(to) ?? [], 38);
	if (isFragment) {
		frame[54] = protocol;
		frame.writeUInt16BE(offset | Number(more), 56);
		frame.writeUInt32BE(id, 58);
	}

	frame.set(payload, at);
	return frame;
}

export function udp(packet: Packet, text = 'the same'): Buffer {
	const payload = Buffer.alloc(8 + text.length);
	payload.writeUInt16BE(packet.sport ?? 40_000, 0);
	payload.writeUInt16BE(packet.dport ?? 7, 2);
	payload.writeUInt16BE(payload.length, 4);
	payload.write(text, 8);
	return ip(packet, 17, payload);
}

export const tcpFlags = {syn: 2, rst: 20, synAck: 18} as const;

export function tcp(
	packet: Packet,
	flags: number,
	{sequence = 1, acknowledged = 0}: {readonly sequence?: number; readonly acknowledged?: number} = {},
): Buffer {
	const payload = Buffer.alloc(20);
	payload.writeUInt16BE(packet.sport ?? 40_000, 0);
	payload.writeUInt16BE(packet.dport ?? 80, 2);
	payload.writeUInt32BE(sequence, 4);
	payload.writeUInt32BE(acknowledged, 8);
	payload.writeUInt16BE(0x50_00 | flags, 12);
	return ip(packet, 6, payload);
}

/** A lab in which time goes on by a microsecond with each sighting. */
export class Watched {
	readonly journeys: Journeys;
	/** Nanoseconds. */
	now = 0;

	constructor(limits: Partial<Limits> = {}, isSeen: (node: string) => boolean = () => true) {
		this.journeys = new Journeys(limits);
		this.journeys.learn(wiring, (place) => isSeen(place.node));
	}

	/** "h1/eth0 in" */
	see(where: string, bytes: Buffer, afterNanoseconds = 1000): Hop {
		this.now += afterNanoseconds;
		const [at = '', direction] = where.split(' ');
		const [seconds, nanoseconds] = [Math.floor(this.now / 1e9), this.now % 1e9];
		const {length} = bytes;
		const place = this.journeys.places.at(at, direction === 'out' ? 'out' : 'in');
		return this.journeys.see({source: bytes, start: 0, length, seconds, nanoseconds, wireBytes: length}, place);
	}

	/** The same bytes at several places. */
	pass(bytes: Buffer, ...places: readonly string[]): Journey {
		const hops = places.map((where) => this.see(where, bytes));
		const [first] = hops;
		if (first === undefined) {
			throw new Error('no places');
		}

		return first.journey;
	}
}

/** The places of a packet's way to its last hop. */
export function placesOf({hops}: Journey): readonly string[] {
	const last = hops.at(-1);
	return last === undefined ? [] : pathTo(last).map(({place}) => `${place.at} ${place.direction}`);
}
