// The way of a container's questions for names: its resolv.conf says 127.0.0.11, and rules in its own namespace lead port 53 there to the ports
// where the engine's name server listens. Only on user-defined networks; docker0 has no names. Who answers what is the engine's resolver.
import {hash} from '../base/names.ts';
import {port, type Port} from '../base/units.ts';
import type {Lab, Protocol, Service} from '../model/lab.ts';
import type {Op, OpOf} from '../plan/op.ts';
import {defaultNetwork, endpointsOf} from './endpoint.ts';
import {randomPorts} from './host-ports.ts';

const address = '127.0.0.11';

/** Whether a container has the engine's name server. */
export function hasNameServer(service: Service): boolean {
	return endpointsOf(service).some(({network}) => network !== defaultNetwork);
}

/** In the order of Docker's own (both engines; libnetwork's setup of the resolver). */
export function nameServerOps(lab: Lab, {name}: Service): readonly Op[] {
	const udpPort = portOf(lab, 'udp');
	const tcpPort = portOf(lab, 'tcp');
	return [
		...way(name, 'OUTPUT', 'DOCKER_OUTPUT'),
		...way(name, 'POSTROUTING', 'DOCKER_POSTROUTING'),
		...there(name, 'udp', udpPort),
		...there(name, 'tcp', tcpPort),
		{do: 'dns.start', container: name, netns: name, udpPort, tcpPort, why: `the engine's name server listens inside ${name}, at ${address}`},
	];
}

function way(netns: string, from: 'OUTPUT' | 'POSTROUTING', chain: string): readonly Op[] {
	return [
		{do: 'chain.add', netns, family: 4, table: 'nat', chain, why: `rules for ${netns}'s name server`},
		ruleOp(netns, from, `-d ${address}/32 -j ${chain}`, `what ${netns} sends to ${address} passes them`),
	];
}

function there(netns: string, protocol: Protocol, to: Port): readonly Op[] {
	const of = `-p ${protocol} -m ${protocol}`;
	return [
		ruleOp(
			netns,
			'DOCKER_OUTPUT',
			`-d ${address}/32 ${of} --dport 53 -j DNAT --to-destination ${address}:${to}`,
			`questions by ${protocol} go to the port where the name server is`,
		),
		ruleOp(netns, 'DOCKER_POSTROUTING', `-s ${address}/32 ${of} --sport ${to} -j SNAT --to-source :53`, `answers by ${protocol} come from port 53`),
	];
}

function ruleOp(netns: string, chain: string, rule: string, why: string): OpOf<'rule.add'> {
	return {do: 'rule.add', netns, family: 4, table: 'nat', chain, rule, insert: true, why};
}

/** Docker takes any free port. Ours is the same every time and in every container, so that all of them have the very same rules, which is cheaper (kernel/rule-copies.ts). */
function portOf(lab: Lab, protocol: Protocol): Port {
	const {first, last} = randomPorts;
	const chosen = port(first + (Number.parseInt(hash(8, 'dns', lab.name, protocol), 16) % (last - first + 1)));
	if (chosen === undefined) {
		throw new Error(`no port between ${first} and ${last}`);
	}

	return chosen;
}
