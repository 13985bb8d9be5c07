// Twenty flows at once by each way that packets have here, and some ways at once. Their payloads are equal in all that journeys look at; a word behind that,
// which no journey ever sees, tells whose each packet was. Datagrams also without what a kernel has by chance in each of them: as if all had the same.
import test, {type ExecutionContext} from 'ava';
import {ownersIn, readWiring} from '../../src/api/wiring.ts';
import {arrivalOf, CaptureReader, type Packet} from '../../src/watch/files/index.ts';
import {layersOf} from '../../src/watch/decode/index.ts';
import {endOf, reasonsOf} from '../../src/watch/journey/ends.ts';
import type {Hop, Journey} from '../../src/watch/journey/journey.ts';
import {Journeys} from '../../src/watch/journey/journeys.ts';
import {turned} from '../../src/watch/journey/nat.ts';
import {endsText} from '../../src/watch/journey/print.ts';
import {needs} from '../needs.ts';
import {eventually, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const yaml = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24, subnet6: "fd00:50::/64"}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 192.168.50.10/24, ip6: "fd00:50::10/64"}}}
  h2: {nics: {eth0: {lan: office, ip: 192.168.50.11/24, ip6: "fd00:50::11/64"}}}
  laptop:
    docker: false
    nics: {eth0: {lan: office, ip: 192.168.50.12/24, ip6: "fd00:50::12/64"}}
    serve: [{udp: {port: 7, echo: true}}, {tcp: {port: 7, echo: true}}]
networks:
  app: {driver: overlay, ipam: {config: [{subnet: 10.0.1.0/24}]}}
  six: {enable_ipv6: true, ipam: {config: [{subnet: 10.77.0.0/24}, {subnet: "fd00:77::/64"}]}}
  phys: {driver: macvlan, driver_opts: {parent: eth0}, ipam: {config: [{subnet: 192.168.50.0/24, gateway: 192.168.50.1}]}}
x-echo: &echo [{udp: {port: 7, echo: true}}, {tcp: {port: 7, echo: true}}]
services:
  web: {host: h1, network_mode: bridge, serve: *echo, ports: ["7000:7/udp", "7000:7"]}
  cli: {host: h1, network_mode: bridge, image: lab/tools}
  api: {host: h1, networks: [app], image: lab/tools}
  db: {host: h2, networks: {app: {ipv4_address: 10.0.1.9}}, serve: *echo}
  web6: {host: h1, networks: {six: {ipv6_address: "fd00:77::9"}}, serve: *echo, ports: ["7006:7/udp", "7006:7"]}
  cli6: {host: h1, networks: [six], image: lab/tools}
  mac1: {host: h1, networks: {phys: {ipv4_address: 192.168.50.65}}, serve: *echo}
  mac2: {host: h1, networks: {phys: {ipv4_address: 192.168.50.66}}, image: lab/tools}
`;

/** Who calls whom, by which way, and in which node the question ends; docker-proxy makes another one of it. */
const ways: readonly (readonly [way: string, from: string, to: string, port: number, ends: readonly string[]])[] = [
	['a published port', 'laptop', '192.168.50.10', 7000, ['web']],
	['masquerading', 'cli', '192.168.50.12', 7, ['laptop']],
	['docker-proxy, from the bridge', 'cli', '192.168.50.10', 7000, ['h1', 'web']],
	// not at the same time as the other container: of two for which the kernel has chosen the same port at once it drops one (__nf_conntrack_confirm())
	['masquerading of another by the same ports', 'web', '192.168.50.12', 7, ['laptop']],
	['docker-proxy, from the host', 'h1', '127.0.0.1', 7000, ['h1', 'web']],
	['an overlay network', 'api', '10.0.1.9', 7, ['db']],
	['a bridge', 'cli', '172.17.0.2', 7, ['web']],
	['a published port of IPv6', 'laptop', 'fd00:50::10', 7006, ['web6']],
	['masquerading of IPv6', 'cli6', 'fd00:50::12', 7, ['laptop']],
	['docker-proxy of IPv6', 'cli6', 'fd00:50::10', 7006, ['h1', 'web6']],
	['a bridge with IPv6', 'cli6', 'fd00:77::9', 7, ['web6']],
	['a macvlan beside', 'mac2', '192.168.50.65', 7, ['mac1']],
	['a macvlan on the LAN', 'laptop', '192.168.50.65', 7, ['mac1']],
];
const flows = 20;
/** Calls, of whole ways, one such set after the other: a busy machine must have time to take what is captured. */
const mostAtOnce = 3 * flows;
/** Below what the kernel gives by chance (ip_local_port_range): docker-proxy on the host takes some of those meanwhile. */
const firstSourcePort = 20_001;
/** Longer than what is looked at of a payload. */
const equal = 'the same '.repeat(12);
const servers = new Set([7, 7000, 7006]);

interface Call {
	readonly way: string;
	readonly word: string;
	readonly ends: readonly string[];
}

/** The same frame with identification 0 (RFC 6864 4.1: of what may not be fragmented it has no meaning) and without a flow label. */
function plain({bytes, wireBytes, point}: Packet): Buffer {
	const copy = Buffer.from(bytes);
	for (const {name, start, end} of layersOf({bytes, wireBytes, linkType: point.linkType}, new Set(['IPv4', 'IPv6'])).flatMap(({fields}) => fields)) {
		if (name === 'ip.id' || name === 'ipv6.flow') {
			copy.fill(0, start, end);
		}
	}

	return copy;
}

/** A lab that is captured and followed as `vethlab capture -j` does it. `bytesOf`: what is seen of a packet. */
async function followed(
	lab: Lab,
	bytesOf: (packet: Packet) => Buffer,
	send: (caughtUp: () => Promise<unknown>) => Promise<unknown>,
	filter = 'udp or tcp',
): Promise<{readonly journeys: Journeys; readonly packets: ReadonlyMap<Hop, Packet>}> {
	const {client} = lab;
	const journeys = new Journeys();
	const packets = new Map<Hop, Packet>();
	const owners = ownersIn(await client.call('view', {}));
	const wiring = await readWiring(client);
	journeys.learn(wiring, () => true);
	const stop = client.onEvent((event) => {
		if (event.event === 'flows') {
			journeys.learnFlows(event.news);
		}
	});
	await client.call('subscribe', {topics: ['flows']});
	await client.call('follow_flows', {nodes: []});
	const capturing = await client.capture({nodes: [], interfaces: [], filter, count: undefined});
	const reader = new CaptureReader('the capture');
	capturing.onData((piece) => {
		reader.push(Buffer.from(piece));
		for (let arriving = reader.next(); arriving !== undefined; arriving = reader.next()) {
			const packet = arriving.packet();
			const {point, direction = 'in'} = packet;
			const [node = '', dev = ''] = point.name.split('/');
			const at = `${owners.get(node) ?? node}/${dev}`;
			packets.set(journeys.see(arrivalOf({...packet, bytes: bytesOf(packet)}), journeys.places.at(at, direction)), packet);
		}
	});
	const caughtUp = async () => capturing.mark(capturing.nodes.map((node) => ({node, dev: undefined})));
	await send(caughtUp);
	await caughtUp();
	capturing.end();
	const {drops} = await capturing.ended;
	if (drops > 0) {
		throw new Error(`${drops} packets were dropped: nobody can say where they went`);
	}

	for (const table of await client.call('flows', {nodes: []})) {
		journeys.learnFlows({is: 'table', ...table});
	}

	stop();
	return {journeys, packets};
}

/** Of a word all sightings, by the journeys that they are in; only those to a server, or only those from one. */
function byWord(packets: ReadonlyMap<Hop, Packet>, isQuestion: boolean): ReadonlyMap<string, ReadonlySet<Journey>> {
	const found = new Map<string, Set<Journey>>();
	for (const [hop, {bytes}] of packets) {
		const word = /<(\w+)>/.exec(bytes.toString('latin1'))?.[1];
		if (word !== undefined && servers.has(hop.print.destinationPort) === isQuestion) {
			found.set(word, (found.get(word) ?? new Set()).add(hop.journey));
		}
	}

	return found;
}

function endsIn(journey: Journey, journeys: Journeys): readonly string[] {
	const {is, at} = endOf(journey, journeys);
	return is === 'reached' ? at.map(({place}) => place.node) : [is, ...at.map(({place}) => `${place.at} ${place.direction}`), ...reasonsOf(journey, journeys)];
}

function check(t: ExecutionContext, calls: readonly Call[], {journeys, packets}: Awaited<ReturnType<typeof followed>>): void {
	const words = new Map<Journey, Set<string>>();
	const [questions, answers] = [byWord(packets, true), byWord(packets, false)];
	for (const found of [questions, answers]) {
		for (const [word, those] of found) {
			those.forEach((journey) => words.set(journey, (words.get(journey) ?? new Set()).add(word)));
		}
	}

	t.deepEqual(
		[...words.values()].filter(({size}) => size > 1).map((mixed) => [...mixed]),
		[],
		'no journey has packets of two flows',
	);
	const of = ({way, word}: Call, found: typeof questions): readonly [string, readonly Journey[]] => [`${way} ${word}`, [...(found.get(word) ?? [])]];
	t.deepEqual(
		calls.map((call) => {
			const [name, those] = of(call, questions);
			return [name, those.map((journey) => endsIn(journey, journeys))];
		}),
		calls.map(({way, word, ends}) => [`${way} ${word}`, ends.map((node) => [node])]),
		'each question is one journey, and comes where it was answered',
	);
	t.deepEqual(
		calls.map((call) => of(call, answers)[1].length),
		calls.map(({ends}) => ends.length),
		'each answer is one journey',
	);
	for (const call of calls.filter(({ends}) => ends.length > 1)) {
		for (const [name, [one, other]] of [of(call, questions), of(call, answers)]) {
			const forth = (journey: Journey | undefined, isTurned: boolean) => {
				const print = journey?.hops[0]?.print;
				return print && endsText(isTurned ? turned(print) : print);
			};
			const isTurned = !servers.has(one?.hops[0]?.print.destinationPort ?? 0);
			t.is(one?.proxied?.other, forth(other, isTurned), name);
			t.is(other?.proxied?.other, forth(one, isTurned), name);
			t.is(one?.proxied?.among, 1, name);
		}
	}
}

/** Waits until all find each other by IPv6: a bridge has its link-local address after two seconds, and asks nobody before. */
async function settled({client}: Lab): Promise<void> {
	const firsts = ways
		.filter(([way]) => way.includes('IPv6'))
		.map(([, from, to, port]) => ({kind: 'udp', from, to, port, send: 'first', sourcePort: firstSourcePort - 1, timeoutMs: 2000}) as const);
	await eventually(async () => (await Promise.all(firsts.map(async (probe) => client.call('probe', probe)))).every(({result}) => result === 'ok'));
}

for (const [title, name, kind, bytesOf] of [
	['datagrams', 'datagrams', 'udp', ({bytes}: Packet) => bytes],
	['datagrams without identification', 'plain', 'udp', plain],
	['connections', 'connections', 'tcp', ({bytes}: Packet) => bytes],
] as const) {
	needs('capture', 'crun', 'vxlan', 'macvlan').serial(`${title}: ${flows} flows at once by each of ${ways.length} ways`, async (t) => {
		const lab = await sandbox.up(yaml, name);
		await settled(lab);
		const calls = ways.flatMap(([way, from, to, port, ends], number) =>
			Array.from({length: flows}, (_, flow) => {
				const word = `${number}w${String(flow).padStart(2, '0')}`;
				const probe = {kind, from, to, port, send: `${equal}<${word}>`, sourcePort: firstSourcePort + flow, timeoutMs: 20_000};
				return {way, word, ends, probe};
			}),
		);
		const seen = await followed(lab, bytesOf, async (caughtUp) => {
			for (let at = 0; at < calls.length; at += mostAtOnce) {
				// oxlint-disable-next-line no-await-in-loop -- one after the other
				const results = await Promise.all(calls.slice(at, at + mostAtOnce).map(async ({probe}) => lab.client.call('probe', probe)));
				t.deepEqual(
					results.filter(({result}) => result !== 'ok'),
					[],
				);
				// oxlint-disable-next-line no-await-in-loop -- one after the other
				await caughtUp();
			}
		});
		await lab.down();
		check(t, calls, seen);
	});
}

/** What fragments of IPv6 have in an Ethernet frame (RFC 8200 4.5), the first with the header of UDP in it. */
const cuts = [1440, 1448, 400];

/** Each fragment is equal in all that journeys look at, and has the word behind that. */
function cutPayload(word: string): string {
	return cuts.map((size) => `${'the same '.repeat(20)}<${word}>`.padEnd(size, '.')).join('');
}

needs('capture', 'crun').serial(`fragments of IPv6: ${flows} flows at once by each way, put together and cut again by every host`, async (t) => {
	const lab = await sandbox.up(yaml, 'cut');
	const calls = ways
		.filter(([way]) => way.includes('IPv6'))
		.flatMap(([way, from, to, port, ends], number) =>
			Array.from({length: flows}, (_, flow) => {
				const word = `${number}c${String(flow).padStart(2, '0')}`;
				const probe = {kind: 'udp' as const, from, to, port, send: cutPayload(word), sourcePort: firstSourcePort + flow, timeoutMs: 20_000};
				return {way, word, from, ends, probe};
			}),
		);
	t.is(calls.length, 4 * flows);
	await settled(lab);
	const {journeys, packets} = await followed(
		lab,
		plain,
		async (caughtUp) => {
			// more have no room where a busy server waits for them
			for (let at = 0; at < calls.length; at += flows) {
				// oxlint-disable-next-line no-await-in-loop -- one way after the other
				const results = await Promise.all(calls.slice(at, at + flows).map(async ({probe}) => lab.client.call('probe', probe)));
				t.deepEqual(
					results.filter(({result}) => result !== 'ok'),
					[],
				);
				// oxlint-disable-next-line no-await-in-loop -- one way after the other
				await caughtUp();
			}
		},
		'ip6',
	);
	await lab.down();
	const words = new Map<string, Set<Journey>>();
	for (const [hop, {bytes}] of packets) {
		// what was put together has the word three times
		for (const [, word = ''] of bytes.toString('latin1').matchAll(/<(\dc\d\d)>/g)) {
			words.set(word, (words.get(word) ?? new Set()).add(hop.journey));
		}
	}

	const all = [...words.values()].flatMap((those) => [...those]);
	t.is(new Set(all).size, all.length, 'no journey has packets of two flows');
	t.deepEqual(
		calls.map(({word, way}) => [way, words.get(word)?.size]),
		// three fragments of each question, and of each answer
		calls.map(({way, ends}) => [way, 2 * cuts.length * ends.length]),
	);
	t.deepEqual(
		all.filter(({hops: [first]}) => first?.place.direction !== 'out' && first?.place.dev !== 'lo').map(({hops: [first]}) => first?.place.at),
		[],
		'each begins where somebody sends it',
	);
	t.deepEqual(
		calls.map(({word}) => {
			const ends = [...(words.get(word) ?? [])].map((journey) => endOf(journey, journeys)).filter(({is}) => is !== 'joined');
			return [...new Set(ends.flatMap(({is, at}) => at.map(({place}) => `${is} ${place.node}`)))].toSorted();
		}),
		calls.map(({from, ends}) => [...new Set([from, ...ends])].map((node) => `reached ${node}`).toSorted()),
	);
});
