// What was captured of scenarios/bridge-publish: laptop asks web through the published port, cli asks laptop, laptop pings h1, cli meets a closed port.
import {createReadStream} from 'node:fs';
import {packageFile} from '../../../src/base/paths.ts';
import type {View} from '../../../src/api/messages.ts';
import {wiringOf} from '../../../src/api/wiring.ts';
import type {ObservedLink, ObservedNet} from '../../../src/model/observed.ts';
import type {NodeWiring} from '../../../src/model/wiring.ts';
import {readCapture, type Arrival, type Packet} from '../../../src/watch/files/index.ts';

const path = packageFile('test/fixtures/captures/bridge-publish.pcapng');

async function read(): Promise<readonly Packet[]> {
	const packets: Packet[] = [];
	for await (const some of readCapture(createReadStream(path), path)) {
		packets.push(...some);
	}

	return packets;
}

/** As what comes while a capture goes on. */
export function arrival(packet: Packet): Arrival {
	return {...packet, source: packet.bytes, start: 0, length: packet.bytes.length};
}

/** In the order of time; the first has the number 0. */
export const captured = await read();

/** The veths of that run. */
const veths: Readonly<Record<string, string>> = {web: 'vethe9c5549', cli: 'vethfe77687'};

/** The view with the names of that run. */
export function asCaptured(view: View): View {
	return {
		...view,
		hosts: view.hosts.map((host) => ({
			...host,
			nics: host.nics.map((nic) => ({...nic, peer: `${host.name}-${nic.dev}`})),
			containers: host.containers.map((container) => ({
				...container,
				interfaces: container.interfaces.map((wire) => ({...wire, veth: veths[container.name] ?? wire.veth})),
			})),
		})),
	};
}

/** Of each interface its MAC address then; ports of bridges have one that no packet of theirs has. */
const macs: Readonly<Record<string, string>> = {
	'laptop/eth0': '02:b7:70:c0:00:f6',
	'h1/eth0': '02:00:00:00:00:10',
	'h1/docker0': '02:6c:bc:2b:21:94',
	'web/eth0': '02:95:f0:03:2e:ce',
	'cli/eth0': '02:1c:f9:23:86:96',
};

function link(at: string, more: Partial<ObservedLink> = {}): ObservedLink {
	const counters = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0};
	return {
		index: 2,
		name: at.slice(at.indexOf('/') + 1),
		kind: 'veth',
		mac: macs[at] ?? 'fe:00:00:00:00:01',
		mtu: 1500,
		isUp: true,
		state: 'UP',
		master: undefined,
		peerIndex: undefined,
		hairpin: undefined,
		counters,
		...more,
	};
}

function net(addresses: readonly (readonly [dev: string, address: string])[], ...links: readonly ObservedLink[]): ObservedNet {
	return {
		links,
		addresses: addresses.map(([dev, address]) => ({dev, family: 4, address, broadcast: undefined, scope: 'global'})),
		routes: [],
		neighbours: [],
		fdb: [],
	};
}

/** What the kernel held of a node then. */
export const nets: ReadonlyMap<string, ObservedNet> = new Map([
	['laptop', net([['eth0', '192.168.50.12/24']], link('laptop/eth0'))],
	[
		'h1',
		net(
			[
				['eth0', '192.168.50.10/24'],
				['docker0', '172.17.0.1/16'],
			],
			link('h1/eth0'),
			link('h1/docker0', {kind: 'bridge'}),
			...Object.values(veths).map((dev) => link(`h1/${dev}`, {master: 'docker0'})),
		),
	],
	['web', net([['eth0', '172.17.0.2/16']], link('web/eth0'))],
	['cli', net([['eth0', '172.17.0.3/16']], link('cli/eth0'))],
]);

/** How the lab hung together then. */
export function wiringAsCaptured(view: View): readonly NodeWiring[] {
	return wiringOf(asCaptured(view), nets);
}
