// What a packet costs once it is there, in this process alone: to take it into the store, to decode it into a line, and to ask a million for a filter.
import {layersOf, summarize} from '../../watch/decode/index.ts';
import {parseFilter} from '../../watch/filter/parse.ts';
import {PacketStore} from '../../watch/store/store.ts';
import type {Figure} from './figure.ts';
import {sampleOf, type Sample} from './statistics.ts';
import {packetOf} from './traffic.ts';

const packets = 1_000_000;
/** Different ones, of which the million is made. */
const kinds = 60_000;
const decoded = 300_000;
/** With decoding and journeys, a packet may cost so much in all. */
export const packetUs = 2;
const filterMs = 50;
/** What people type. */
const filters = [
	'tcp',
	'ip.addr == 192.168.50.12',
	'tcp.port == 80 && ip.src == 192.168.50.12',
	'!(arp || icmp || dns)',
	'at web1|docker0',
	'tcp.flags.syn == 1 && tcp.flags.ack == 0',
	'ip.ttl < 64',
	'tcp.len > 0',
	'eth.addr == 02:42:ac:11:00:02',
	'dns.qry.name contains web',
	'http.request.method == GET',
	'(tcp.port == 8080 || udp.port == 53) && ip.addr == 172.17.0.2 && at web1 && frame.len > 60',
];

/** CPU time of this process, in microseconds. */
export function cpuUs(): number {
	const {user, system} = process.cpuUsage();
	return user + system;
}

/** Rounds that do not count: V8 compiles what works, first as it is, then again with what it has learnt of it. */
export const warmUps = 3;

/** CPU microseconds of `work` for each of `count`, in so many rounds after those in which it warms up. */
function each(rounds: number, count: number, work: (number: number) => unknown): Sample {
	const costs: number[] = [];
	for (let round = 0; round < warmUps + rounds; round++) {
		const before = cpuUs();
		for (let number = 0; number < count; number++) {
			work(number);
		}

		costs.push((cpuUs() - before) / count);
	}

	return sampleOf(costs.slice(warmUps));
}

export function measureDecoding(rounds: number): readonly Figure[] {
	const store = new PacketStore();
	const all = Array.from({length: kinds}, (_, number) => packetOf(number));
	const frames = all.map(({bytes, wireBytes}) => ({bytes, wireBytes, linkType: 1}));
	const [first] = all;
	const [frame] = frames;
	if (first === undefined || frame === undefined) {
		return [];
	}

	const taken = each(rounds, packets, (number) => store.append(all[number % kinds] ?? first));
	const line = each(rounds, decoded, (number) => summarize(frames[number % kinds] ?? frame));
	const layers = each(rounds, decoded / 10, (number) => layersOf(frames[number % kinds] ?? frame));
	const both = {median: taken.median + line.median, minimum: taken.minimum + line.minimum};
	return [
		{what: 'a packet: taken into the store, and decoded into a line: CPU', unit: 'us', ours: both, goal: {atMost: packetUs, of: 'ours'}},
		{what: 'a packet: taken into the store: CPU', unit: 'us', ours: taken},
		{what: 'a packet: all its fields: CPU', unit: 'us', ours: layers},
	];
}

export function measureFilters(rounds: number): readonly Figure[] {
	const store = new PacketStore();
	for (let number = 0; number < packets; number++) {
		store.append(packetOf(number));
	}

	return filters.map((text) => {
		const filter = parseFilter(text);
		const times = Array.from({length: rounds}, () => {
			const began = performance.now();
			store.find(filter);
			return performance.now() - began;
		});
		return {what: `a filter over ${packets} packets: ${text}`, unit: 'ms', ours: sampleOf(times), goal: {atMost: filterMs, of: 'ours'}};
	});
}
