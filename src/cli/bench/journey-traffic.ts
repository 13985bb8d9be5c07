// A capture to measure journeys with: ten thousand packets a second at the interfaces of a small lab, as they would come there. Requests over the LAN to a
// published port, from a container to it by docker-proxy, through an overlay network; datagrams of a container behind NAT, others across a bridge, pings,
// questions of ARP, and now and then one that is lost. The same each time. Pure.
import {Buffer} from 'node:buffer';
import type {FlowNews} from '../../model/connections/news.ts';
import type {ObservedFlow} from '../../model/observed.ts';
import {arp, type Carried, datagram, echo, type Ends, frame, inVxlan, segment} from './frames.ts';
import {type Heard, JourneyCapture} from './journey-capture.ts';
import {macs} from './journey-wiring.ts';

const everybody = 0xff_ff_ff_ff_ff_ff;

const lan = ['laptop/eth0 out', 'office/laptop-eth0 in', 'office/h1-eth0 out', 'h1/eth0 in'] as const;
const lanBack = ['h1/eth0 out', 'office/h1-eth0 in', 'office/laptop-eth0 out', 'laptop/eth0 in'] as const;
const toWeb = ['h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'] as const;
const fromWeb = ['web/eth0 out', 'h1/vethweb in', 'h1/docker0 in'] as const;
const fromCli = ['cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in'] as const;
const toCli = ['h1/docker0 out', 'h1/vethcli out', 'cli/eth0 in'] as const;
const acrossBridge = ['cli/eth0 out', 'h1/vethcli in', 'h1/vethweb out', 'web/eth0 in'] as const;
/** Into the tunnel, through it, and out of it. */
const toDb = [
	['api/eth0 out', 'h1:vxlan4097/vethapi in', 'h1:vxlan4097/vxlan0 out'],
	['h1/eth0 out', 'office/h1-eth0 in', 'office/h2-eth0 out', 'h2/eth0 in'],
	['h2:vxlan4097/vxlan0 in', 'h2:vxlan4097/vethdb out', 'db/eth0 in'],
] as const;
const fromDb = [
	['db/eth0 out', 'h2:vxlan4097/vethdb in', 'h2:vxlan4097/vxlan0 out'],
	['h2/eth0 out', 'office/h2-eth0 in', 'office/h1-eth0 out', 'h1/eth0 in'],
	['h1:vxlan4097/vxlan0 in', 'h1:vxlan4097/vethapi out', 'api/eth0 in'],
] as const;

const flag = {fin: 1, syn: 2, push: 8, ack: 16} as const;
const request = Buffer.from('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
const response = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n'), Buffer.alloc(900, 'x')]);

/** A capture of so many packets, or a few more. Of a hundred sightings about fifteen are of the overlay network, and as many of docker-proxy. */
export function journeyTraffic(count: number): readonly Heard[] {
	const capture = new JourneyCapture();
	for (let round = 0; capture.sightings < count; round++) {
		const port = 32_768 + (round % 28_000);
		callWeb(capture, port, round);
		masquerade(capture, port, round);
		crossBridge(capture, port);
		ping(capture, round);
		if (round % 2 === 0) {
			callByProxy(capture, port, round);
		}

		if (round % 4 === 0) {
			callByOverlay(capture, port, round);
		}

		if (round % 8 === 0) {
			askWhoHas(capture);
			loseOne(capture, port);
		}
	}

	return capture.all();
}

/** Puts what is carried into frames, and sends them on their way. */
type Send = (carried: Carried, id: number) => void;

/** A connection with a request and its answer, a step for each segment. `number`: two that begin at the same numbers would be one. */
function call(capture: JourneyCapture, number: number, send: Send, answer: Send): readonly (() => void)[] {
	const [asked, answered] = [number * 7919, number * 104_729];
	const forth =
		(flags: number, sent: number, got: number, data = Buffer.alloc(0)) =>
		() => {
			send(segment(flags, asked + sent, answered + got, data), capture.nextId());
		};
	const back =
		(flags: number, sent: number, got: number, data = Buffer.alloc(0)) =>
		() => {
			answer(segment(flags, answered + sent, asked + got, data), capture.nextId());
		};
	return [
		forth(flag.syn, 0, 0),
		back(flag.syn | flag.ack, 0, 1),
		forth(flag.ack, 1, 1),
		forth(flag.ack | flag.push, 1, 1, request),
		back(flag.ack, 1, 1 + request.length),
		back(flag.ack | flag.push, 1, 1 + request.length, response),
		forth(flag.ack, 1 + request.length, 1 + response.length),
		forth(flag.ack | flag.fin, 1 + request.length, 1 + response.length),
		back(flag.ack | flag.fin, 1 + response.length, 2 + request.length),
		forth(flag.ack, 2 + request.length, 2 + response.length),
	];
}
/** Those of a call that are before its answer. */
const untilAsked = 5;

function run(steps: readonly (() => void)[]): void {
	for (const step of steps) {
		step();
	}
}

/** A request to the published port, and its answer: what the host makes of the destination it puts back in answers. */
function callWeb(capture: JourneyCapture, port: number, round: number): void {
	const there = {from: '192.168.50.12', to: '192.168.50.10', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: port, destinationPort: 8080} as const;
	const inside = {...there, to: '172.17.0.2', macs: [macs.docker0, macs.web], ttl: 63, destinationPort: 80} as const;
	const back = {from: '172.17.0.2', to: '192.168.50.12', macs: [macs.web, macs.docker0], ttl: 64, sourcePort: 80, destinationPort: port} as const;
	const outside = {...back, from: '192.168.50.10', macs: [macs.host, macs.laptop], ttl: 63, sourcePort: 8080} as const;
	capture.learn(changes(flow(round * 8, 'tcp', there, back)));
	run(
		call(
			capture,
			round * 8,
			(carried, id) => capture.pass([lan, frame(there, carried, id)], [toWeb, frame(inside, carried, id)]),
			(carried, id) => capture.pass([fromWeb, frame(back, carried, id)], [lanBack, frame(outside, carried, id)]),
		),
	);
}

/** The same of a container beside: docker-proxy on the host takes the call, and makes one of its own. Its record tells which that is, a moment later. */
function callByProxy(capture: JourneyCapture, port: number, round: number): void {
	const taken = {from: '172.17.0.3', to: '192.168.50.10', macs: [macs.cli, macs.docker0], ttl: 64, sourcePort: port, destinationPort: 8080} as const;
	const made = {from: '172.17.0.1', to: '172.17.0.2', macs: [macs.docker0, macs.web], ttl: 64, sourcePort: port, destinationPort: 80} as const;
	const answers = [
		{...turned(taken), macs: [macs.docker0, macs.cli]},
		{...turned(made), macs: [macs.web, macs.docker0]},
	] as const;
	const outer = call(
		capture,
		round * 8 + 1,
		(carried, id) => capture.pass([fromCli, frame(taken, carried, id)]),
		(carried, id) => capture.pass([toCli, frame(answers[0], carried, id)]),
	);
	const inner = call(
		capture,
		round * 8 + 2,
		(carried, id) => capture.pass([toWeb, frame(made, carried, id)]),
		(carried, id) => capture.pass([fromWeb, frame(answers[1], carried, id)]),
	);
	const [one, other] = [flow(round * 8 + 1, 'tcp', taken, turned(taken)), flow(round * 8 + 2, 'tcp', made, turned(made))];
	capture.learn(changes(one));
	run(outer.slice(0, untilAsked));
	capture.learn(changes(other));
	run(inner.slice(0, untilAsked));
	capture.learn({
		...changes(),
		halves: [
			{id: one.id, half: 'client', is: 'joined', other: other.id},
			{id: other.id, half: 'container', is: 'joined', other: one.id},
		],
	});
	run([...inner.slice(untilAsked), ...outer.slice(untilAsked)]);
}

/** From a container of one host to one of another: between them a packet is in a datagram of the hosts. */
function callByOverlay(capture: JourneyCapture, port: number, round: number): void {
	const ends = {from: '10.0.1.2', to: '10.0.1.9', macs: [macs.api, macs.db], ttl: 64, sourcePort: port, destinationPort: 80} as const;
	const hosts = {
		from: '192.168.50.10',
		to: '192.168.50.11',
		macs: [macs.host, macs.host2],
		ttl: 64,
		sourcePort: port ^ 0x5a_5a,
		destinationPort: 4789,
	} as const;
	const back = {...turned(ends), macs: [macs.db, macs.api]} as const;
	const hostsBack = {...hosts, from: hosts.to, to: hosts.from, macs: [macs.host2, macs.host]} as const;
	const through = (places: typeof toDb | typeof fromDb, inner: Buffer, outer: Ends): void => {
		const [before, on, after] = places;
		capture.pass([before, inner], [on, frame(outer, inVxlan(4097, inner), capture.nextId())], [after, inner]);
	};
	run(
		call(
			capture,
			round * 8 + 3,
			(carried, id) => through(toDb, frame(ends, carried, id), hosts),
			(carried, id) => through(fromDb, frame(back, carried, id), hostsBack),
		),
	);
}

/** Datagrams of a container to the LAN, with the host's address, and answers. */
function masquerade(capture: JourneyCapture, port: number, round: number): void {
	const inside = {from: '172.17.0.3', to: '192.168.50.12', macs: [macs.cli, macs.docker0], ttl: 64, sourcePort: port, destinationPort: 9000} as const;
	const outside = {...inside, from: '192.168.50.10', macs: [macs.host, macs.laptop], ttl: 63} as const;
	capture.learn(changes(flow(round * 8 + 4, 'udp', inside, turned(outside))));
	for (let number = 0; number < 4; number++) {
		const [id, carried] = [capture.nextId(), datagram(Buffer.from(`datagram ${round} ${number}`.padEnd(200, '.')))];
		capture.pass([fromCli, frame(inside, carried, id)], [lanBack, frame(outside, carried, id)]);
	}
}

/** From container to container: no router has a part in it. */
function crossBridge(capture: JourneyCapture, port: number): void {
	const ends = {from: '172.17.0.3', to: '172.17.0.2', macs: [macs.cli, macs.web], ttl: 64, sourcePort: port, destinationPort: 7000} as const;
	for (let number = 0; number < 4; number++) {
		capture.pass([acrossBridge, frame(ends, datagram(Buffer.alloc(64, 'b')), capture.nextId())]);
	}
}

function ping(capture: JourneyCapture, round: number): void {
	const ends = {from: '192.168.50.12', to: '192.168.50.10', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: 0, destinationPort: 0} as const;
	const [asked, answered] = [echo(8, round), echo(0, round)];
	capture.pass([lan, frame(ends, asked, capture.nextId())]);
	capture.pass([lanBack, frame({...turned(ends), macs: [macs.host, macs.laptop], ttl: 64}, answered, capture.nextId())]);
}

function askWhoHas(capture: JourneyCapture): void {
	const ends = {from: '192.168.50.10', to: '192.168.50.12', macs: [macs.host, everybody]} as const;
	capture.pass([lanBack, arp(1, ends)]);
	capture.pass([lan, arp(2, {from: ends.to, to: ends.from, macs: [macs.laptop, macs.host]})]);
}

/** It comes to the host, and no farther. */
function loseOne(capture: JourneyCapture, port: number): void {
	const ends = {from: '192.168.50.12', to: '172.17.0.9', macs: [macs.laptop, macs.host], ttl: 64, sourcePort: port, destinationPort: 9} as const;
	capture.pass([lan, frame(ends, datagram(Buffer.from('lost')), capture.nextId())]);
}

type FlowEnds = Pick<Ends, 'from' | 'to' | 'sourcePort' | 'destinationPort'>;

function turned<T extends FlowEnds>(ends: T): T {
	return {...ends, from: ends.to, to: ends.from, sourcePort: ends.destinationPort, destinationPort: ends.sourcePort};
}

/** An entry of h1's table: how it was asked, and how it is answered. */
function flow(id: number, protocol: 'tcp' | 'udp', asked: FlowEnds, answered: FlowEnds): ObservedFlow {
	const tuple = ({from, to, sourcePort, destinationPort}: FlowEnds) => ({src: from, dst: to, sport: sourcePort, dport: destinationPort});
	return {
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
		nat: asked.to !== answered.from ? 'destination' : asked.from !== answered.to ? 'source' : 'none',
	};
}

/** Entries that are new. */
function changes(...flows: readonly ObservedFlow[]): Extract<FlowNews, {is: 'changes'}> {
	return {is: 'changes', node: 'h1', atMs: 0, changes: flows.map((one) => ({is: 'new', by: 'event', flow: one})), halves: []};
}
