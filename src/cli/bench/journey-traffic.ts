// A capture to measure journeys with: ten thousand packets a second at the interfaces of a small lab, as they would come there. Requests over the LAN to a
// published port, datagrams of a container behind NAT, others across a bridge, pings, questions of ARP, and now and then one that is lost. The same each time. Pure.
import {Buffer} from 'node:buffer';
import type {FlowNews} from '../../model/connections/news.ts';
import type {ObservedFlow} from '../../model/observed.ts';
import type {LinkWiring, NodeWiring} from '../../model/wiring.ts';
import type {Packet, Point} from '../../watch/files/index.ts';
import {arp, datagram, echo, type Ends, frame, segment} from './frames.ts';

const macs = {
	laptop: 0x02_00_00_00_00_12,
	host: 0x02_00_00_00_00_10,
	docker0: 0x02_00_00_00_00_01,
	web: 0x02_00_00_00_00_02,
	cli: 0x02_00_00_00_00_03,
} as const;
const everybody = 0xff_ff_ff_ff_ff_ff;

function link(dev: string, more: Partial<LinkWiring>): LinkWiring {
	return {dev, kind: 'veth', mac: undefined, master: undefined, peer: undefined, parent: undefined, carrier: undefined, ...more};
}

function node(name: string, addresses: readonly string[], links: readonly LinkWiring[], published: NodeWiring['published'] = []): NodeWiring {
	const proxies = published.map((port) => ({...port, to: ['172.17.0.2'], port: 80}));
	return {name, addresses, links: [link('lo', {kind: undefined}), ...links], routes: [], proxies, published};
}

/** laptop - LAN office - h1, on whose docker0 are web and cli; 8080 is published for web. */
export const wiring: readonly NodeWiring[] = [
	node('laptop', ['192.168.50.12'], [link('eth0', {mac: macText(macs.laptop), peer: 'office/laptop-eth0'})]),
	node(
		'office',
		[],
		[link('office', {kind: 'bridge'}), link('laptop-eth0', {master: 'office', peer: 'laptop/eth0'}), link('h1-eth0', {master: 'office', peer: 'h1/eth0'})],
	),
	node(
		'h1',
		['192.168.50.10', '172.17.0.1'],
		[
			link('eth0', {mac: macText(macs.host), peer: 'office/h1-eth0'}),
			link('docker0', {kind: 'bridge', mac: macText(macs.docker0)}),
			link('vethweb', {master: 'docker0', peer: 'web/eth0'}),
			link('vethcli', {master: 'docker0', peer: 'cli/eth0'}),
		],
		[{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080}],
	),
	node('web', ['172.17.0.2'], [link('eth0', {mac: macText(macs.web), peer: 'h1/vethweb'})]),
	node('cli', ['172.17.0.3'], [link('eth0', {mac: macText(macs.cli), peer: 'h1/vethcli'})]),
];

function macText(mac: number): string {
	return mac
		.toString(16)
		.padStart(12, '0')
		.replaceAll(/..(?=.)/g, '$&:');
}

/** What comes of a capture: a packet, or what a host's table of connections tells. */
export type Heard = {readonly is: 'packet'; readonly packet: Packet} | {readonly is: 'flows'; readonly news: FlowNews};

/** Places, "h1/eth0 in", and the frame that is seen there. */
type Leg = readonly [places: readonly string[], frame: Buffer];

const lan = ['laptop/eth0 out', 'office/laptop-eth0 in', 'office/h1-eth0 out', 'h1/eth0 in'] as const;
const lanBack = ['h1/eth0 out', 'office/h1-eth0 in', 'office/laptop-eth0 out', 'laptop/eth0 in'] as const;
const toWeb = ['h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'] as const;
const fromWeb = ['web/eth0 out', 'h1/vethweb in', 'h1/docker0 in'] as const;
const fromCli = ['cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in'] as const;
const acrossBridge = ['cli/eth0 out', 'h1/vethcli in', 'h1/vethweb out', 'web/eth0 in'] as const;

const flag = {fin: 1, syn: 2, push: 8, ack: 16} as const;
const request = Buffer.from('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
const response = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n'), Buffer.alloc(900, 'x')]);
const firstSecond = 1_700_000_000;
/** Between two sightings of a packet, and between two sightings at all when there are ten thousand a second; in nanoseconds. */
const hopNs = 7000;
const meanNs = 100_000;

/** Builds the capture packet by packet. */
class Capture {
	readonly #points = new Map<string, Point>();
	readonly #heard: {readonly at: number; readonly what: Heard}[] = [];
	#sightings = 0;
	#id = 0;

	get sightings(): number {
		return this.#sightings;
	}

	/** A packet on its way, which begins when its turn is; all that it carries is the same on each leg. */
	pass(...legs: readonly Leg[]): void {
		const began = this.#sightings * meanNs;
		let count = 0;
		for (const [places, bytes] of legs) {
			for (const place of places) {
				this.#see(place, bytes, began + count * hopNs);
				count++;
			}
		}
	}

	/** Frames of one packet have the same identification. */
	nextId(): number {
		this.#id = (this.#id + 1) & 0xff_ff;
		return this.#id;
	}

	learn(news: FlowNews): void {
		this.#heard.push({at: this.#sightings * meanNs, what: {is: 'flows', news}});
	}

	/** In the order of time. */
	all(): readonly Heard[] {
		return this.#heard.toSorted((a, b) => a.at - b.at).map(({what}) => what);
	}

	#see(place: string, bytes: Buffer, at: number): void {
		const [name = '', direction] = place.split(' ');
		const point = this.#points.get(name) ?? {name, description: '', linkType: 1};
		this.#points.set(name, point);
		this.#sightings++;
		const packet: Packet = {
			point,
			seconds: firstSecond + Math.floor(at / 1e9),
			nanoseconds: at % 1e9,
			bytes,
			wireBytes: bytes.length,
			direction: direction === 'out' ? 'out' : 'in',
			comment: undefined,
		};
		this.#heard.push({at, what: {is: 'packet', packet}});
	}
}

/** A capture of so many packets, or a few more. */
export function journeyTraffic(count: number): readonly Heard[] {
	const capture = new Capture();
	for (let round = 0; capture.sightings < count; round++) {
		const port = 32_768 + (round % 28_000);
		callWeb(capture, port, round);
		masquerade(capture, port, round);
		crossBridge(capture, port);
		ping(capture, round);
		if (round % 8 === 0) {
			askWhoHas(capture);
			loseOne(capture, port);
		}
	}

	return capture.all();
}

/** A request to the published port, and its answer: what the host makes of the destination it puts back in answers. */
function callWeb(capture: Capture, port: number, round: number): void {
	const there = {from: '192.168.50.12', to: '192.168.50.10', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: port, destinationPort: 8080} as const;
	const inside = {...there, to: '172.17.0.2', macs: [macs.docker0, macs.web], ttl: 63, destinationPort: 80} as const;
	const back = {from: '172.17.0.2', to: '192.168.50.12', macs: [macs.web, macs.docker0], ttl: 64, sourcePort: 80, destinationPort: port} as const;
	const outside = {...back, from: '192.168.50.10', macs: [macs.host, macs.laptop], ttl: 63, sourcePort: 8080} as const;
	const [asked, answered] = [round * 7919, round * 104_729];
	const send = (flags: number, sent: number, got: number, data = Buffer.alloc(0)): void => {
		const [id, carried] = [capture.nextId(), segment(flags, asked + sent, answered + got, data)];
		capture.pass([lan, frame(there, carried, id)], [toWeb, frame(inside, carried, id)]);
	};
	const answer = (flags: number, sent: number, got: number, data = Buffer.alloc(0)): void => {
		const [id, carried] = [capture.nextId(), segment(flags, answered + sent, asked + got, data)];
		capture.pass([fromWeb, frame(back, carried, id)], [lanBack, frame(outside, carried, id)]);
	};
	capture.learn(begun(round * 2, 'tcp', there, back));
	send(flag.syn, 0, 0);
	answer(flag.syn | flag.ack, 0, 1);
	send(flag.ack, 1, 1);
	send(flag.ack | flag.push, 1, 1, request);
	answer(flag.ack, 1, 1 + request.length);
	answer(flag.ack | flag.push, 1, 1 + request.length, response);
	send(flag.ack, 1 + request.length, 1 + response.length);
	send(flag.ack | flag.fin, 1 + request.length, 1 + response.length);
	answer(flag.ack | flag.fin, 1 + response.length, 2 + request.length);
	send(flag.ack, 2 + request.length, 2 + response.length);
}

/** Datagrams of a container to the LAN, with the host's address, and answers. */
function masquerade(capture: Capture, port: number, round: number): void {
	const inside = {from: '172.17.0.3', to: '192.168.50.12', macs: [macs.cli, macs.docker0], ttl: 64, sourcePort: port, destinationPort: 9000} as const;
	const outside = {...inside, from: '192.168.50.10', macs: [macs.host, macs.laptop], ttl: 63} as const;
	capture.learn(begun(round * 2 + 1, 'udp', inside, {...turned(outside), macs: inside.macs, ttl: 64}));
	for (let number = 0; number < 4; number++) {
		const [id, carried] = [capture.nextId(), datagram(`datagram ${round} ${number}`.padEnd(200, '.'))];
		capture.pass([fromCli, frame(inside, carried, id)], [lanBack, frame(outside, carried, id)]);
	}
}

/** From container to container: no router has a part in it. */
function crossBridge(capture: Capture, port: number): void {
	const ends = {from: '172.17.0.3', to: '172.17.0.2', macs: [macs.cli, macs.web], ttl: 64, sourcePort: port, destinationPort: 7000} as const;
	for (let number = 0; number < 4; number++) {
		capture.pass([acrossBridge, frame(ends, datagram(''.padEnd(64, 'b')), capture.nextId())]);
	}
}

function ping(capture: Capture, round: number): void {
	const ends = {from: '192.168.50.12', to: '192.168.50.10', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: 0, destinationPort: 0} as const;
	const [asked, answered] = [echo(8, round), echo(0, round)];
	capture.pass([lan, frame(ends, asked, capture.nextId())]);
	capture.pass([lanBack, frame({...turned(ends), macs: [macs.host, macs.laptop], ttl: 64}, answered, capture.nextId())]);
}

function askWhoHas(capture: Capture): void {
	const ends = {from: '192.168.50.10', to: '192.168.50.12', macs: [macs.host, everybody]} as const;
	capture.pass([lanBack, arp(1, ends)]);
	capture.pass([lan, arp(2, {from: ends.to, to: ends.from, macs: [macs.laptop, macs.host]})]);
}

/** It comes to the host, and no farther. */
function loseOne(capture: Capture, port: number): void {
	const ends = {from: '192.168.50.12', to: '172.17.0.9', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: port, destinationPort: 9} as const;
	capture.pass([lan, frame(ends, datagram('lost'), capture.nextId())]);
}

function turned<T extends Pick<Ends, 'from' | 'to' | 'sourcePort' | 'destinationPort'>>(ends: T): T {
	return {...ends, from: ends.to, to: ends.from, sourcePort: ends.destinationPort, destinationPort: ends.sourcePort};
}

/** A new entry of h1's table: how it was asked, and how it is answered. */
function begun(id: number, protocol: 'tcp' | 'udp', asked: Ends, answered: Ends): FlowNews {
	const tuple = ({from, to, sourcePort, destinationPort}: Ends) => ({src: from, dst: to, sport: sourcePort, dport: destinationPort});
	const flow: ObservedFlow = {
		id,
		protocol,
		orig: tuple(asked),
		reply: tuple(answered),
		state: undefined,
		timeoutSeconds: 30,
		hasReply: false,
		isAssured: false,
		mark: 0,
		zone: 0,
		nat: protocol === 'tcp' ? 'destination' : 'source',
	};
	return {is: 'changes', node: 'h1', atMs: 0, changes: [{is: 'new', by: 'event', flow}], halves: []};
}
