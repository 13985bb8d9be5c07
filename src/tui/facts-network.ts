// What there is to say about a network that is not a bridge: a macvlan on one host, a host's place in an overlay network, the overlay network as a whole.
import type {HostView, NetworkView, View} from '../api/messages.ts';
import {addresses, fact6} from './fact-words.ts';
import type {Fact, Facts} from './facts.ts';
import {bare, subnetOf} from './text.ts';

/** Of one host. */
export function hostNetworkFacts(view: View, host: HostView, name: string): Facts | undefined {
	const network = view.networks.find((one) => one.name === name && one.hosts.includes(host.name));
	switch (network?.driver) {
		case 'macvlan': {
			return macvlanFacts(host, network);
		}

		case 'overlay': {
			return placeFacts(host, network);
		}

		default: {
			return undefined;
		}
	}
}

function macvlanFacts(host: HostView, network: NetworkView): Facts {
	const parent = network.parent ?? '?';
	const nic = host.nics.find(({dev}) => dev === parent);
	const reach = `${host.name} itself cannot reach them: a macvlan hands nothing up to its own parent`;
	return {
		title: `${network.name} · macvlan on ${host.name}`,
		summary: `parent ${parent}${nic === undefined ? '' : ` in LAN ${nic.lan}`} · subnet ${subnetOf(network)} gw ${network.gateway ?? network.v6?.gateway ?? 'none'} · no bridge, no NAT · ${reach}`,
		facts: [
			{label: 'parent', value: `${parent} of ${host.name}${nic === undefined ? '' : `: its containers are machines of LAN ${nic.lan}`}`},
			...common(network),
			{label: 'no NAT', value: 'every container has a MAC and an address of the LAN; nothing is published, nothing is rewritten'},
			{label: 'the host', value: reach},
			...members(host, network),
		],
		meter: nic === undefined ? undefined : {node: host.name, dev: parent, isTurned: false},
	};
}

function placeFacts(host: HostView, network: NetworkView): Facts {
	const nic = host.nics.find(({address}) => address !== undefined);
	const vni = network.vni ?? '?';
	const tunnel = `vxlan0 · VNI ${vni} · UDP 4789 of ${bare(nic?.address ?? host.name)}`;
	return {
		title: `${network.name} on ${host.name} · overlay`,
		summary: `br0 and vxlan0 in a namespace of their own on ${host.name} · VXLAN ${vni} · subnet ${subnetOf(network)}`,
		facts: [
			{label: 'netns', value: `a hidden one on ${host.name}: br0 is its switch, vxlan0 one of the ports`},
			{label: 'tunnel', value: `${tunnel}: each frame travels in a UDP packet between the hosts`},
			...common(network),
			...members(host, network),
		],
		meter: undefined,
	};
}

/** Of a whole overlay network. */
export function overlayFacts(view: View, name: string): Facts | undefined {
	const network = view.networks.find((one) => one.name === name && one.driver === 'overlay');
	if (network === undefined) {
		return undefined;
	}

	const hosts = view.hosts.filter((host) => network.hosts.includes(host.name));
	return {
		title: `${name} · overlay network`,
		summary: `subnet ${subnetOf(network)} · VXLAN ${network.vni ?? '?'} · on ${hosts.map((host) => host.name).join(', ')} · frames travel in UDP packets of the hosts, port 4789`,
		facts: [
			{label: 'VNI', value: `${network.vni ?? '?'}: the number in the VXLAN header of its packets`},
			{
				label: 'carried by',
				value: `UDP port 4789 between ${hosts.map((host) => `${host.name} ${bare(host.nics[0]?.address ?? '')}`.trimEnd()).join(', ')}`,
			},
			...common(network),
			...hosts.flatMap((host) => members(host, network).map(({label, value}) => ({label, value: `${value} on ${host.name}`}))),
		],
		meter: undefined,
	};
}

function common({subnet, gateway, v6, internal, driver}: NetworkView): Fact[] {
	return [
		...(subnet === undefined ? [] : [{label: 'subnet', value: subnet}]),
		...fact6('IPv6 subnet', v6?.subnet),
		...(driver === 'overlay' ? [] : [{label: 'gateway', value: internal ? 'none: it is internal' : (gateway ?? v6?.gateway ?? 'none')}]),
		...(internal ? [{label: 'internal', value: 'no way out, by nobody'}] : []),
	];
}

/** Its containers on a host. */
function members(host: HostView, {name}: NetworkView): Fact[] {
	return host.containers.flatMap((container) =>
		container.interfaces
			.filter(({network}) => network === name)
			.map((wire) => ({label: container.name, value: `${wire.dev} ${addresses(wire)} · ${wire.mac}`})),
	);
}
