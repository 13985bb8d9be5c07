// The unit `docker:HOST`: what a Docker engine does to its host's kernel when it starts. Only the final state, in Docker's order, without
// its deleting and making again. Not its containers (bridge.ts and its brothers).
import {hash, macFrom} from '../base/names.ts';
import {mac, type Mac} from '../base/units.ts';
import {hostPart, subnetOf} from '../model/address.ts';
import type {DockerEngine, Host, Lab} from '../model/lab.ts';
import type {Family, Op, Unit} from '../plan/op.ts';
import type {DockerBridge} from './allocations.ts';
import {dockerdCommand} from './docker-words.ts';
import {chooseBridge, type BridgeChoice, type Surroundings} from './docker0.ts';
import {randomPorts} from './host-ports.ts';
import {bridgeAddresses6, docker0Range6, dropForwarded6, forwarding6, ownRoute6, ruleFamilies} from './ipv6.ts';
import type {Profile} from './profile.ts';
import {profiles} from './profiles.ts';
import type {Row} from './rows.ts';
import {bridgeRules, docker0Segment, refuseRouterAdvertisements, routeLoopback, segmentRules, type RuleSite} from './segment.ts';

export interface EngineStart {
	readonly unit: Unit;
	readonly bridge: DockerBridge;
}

/** `again`: the engine ran before, so forwarding is on already and the policy is left as it is. */
export function engineUnit(lab: Lab, host: Host, engine: DockerEngine, start: {readonly around: Surroundings; readonly again: boolean}): EngineStart {
	const choice = chooseBridge(host.name, engine, start.around);
	const profile = profiles[engine.engine];
	const subnet = subnetOf(choice.address);
	const v6 = docker0Range6(lab, host.name, engine);
	const bridge: DockerBridge = {
		dev: choice.dev,
		address: choice.address,
		v4: {subnet, gateway: hostPart(choice.address), pool: engine.fixedCidr ?? subnet, reserved: []},
		...(v6 !== undefined && {v6}),
		nextPort: {tcp: randomPorts.first, udp: randomPorts.first},
	};
	const segment = docker0Segment(engine, bridge);
	const site = {host, engine, profile};
	const families = ruleFamilies(site);
	const rows = (table: readonly Row[], family: Family): readonly Op[] => segmentRules(site, segment, table, {family});
	const ops: readonly Op[] = [
		...families.flatMap((family) => rows(profile.frame, family)),
		...bringUp(choice, host, engine, macOf(lab, host, profile)),
		...addresses6(site, bridge, start.around),
		...forwarding(host, engine, start.again),
		...(start.again ? [] : forwardingAtStart6(site)),
		...(engine.userlandProxy ? [] : [routeLoopback(host.name, choice.dev)]),
		...bridgeRules(site, segment, profile.bridge),
		...(v6 === undefined && isIPv6On(lab, host) ? rows(profile.bridge.filter(isOfEngine), 6) : []),
		{do: 'link.set', netns: host.name, dev: choice.dev, up: true, why: `${choice.dev} works from now on`},
		...(v6 !== undefined && (choice.exists || start.again) ? ownRoute6(site, {dev: choice.dev, subnet: v6.subnet}, start.around) : []),
		...families.filter((family) => profile.userFamilies.includes(family)).flatMap((family) => rows(profile.user, family)),
	];
	return {
		unit: {id: `docker:${host.name}`, after: [`host:${host.name}`], ops, docker: [dockerdCommand(engine)]},
		bridge,
	};
}

/** Whether a network of its own has IPv6. */
function isIPv6On(lab: Lab, {name}: Host): boolean {
	return lab.networks.some((network) => network.driver === 'bridge' && network.host === name && network.ipam6 !== undefined);
}

/** A row of docker0 alone is the whole engine's: the first bridge of a family brings it, whichever that is. */
function isOfEngine(row: Row): boolean {
	return row.make === 'rule' && row.when?.includes('docker0') === true;
}

function bringUp(choice: BridgeChoice, host: Host, engine: DockerEngine, address: Mac): readonly Op[] {
	const {dev} = choice;
	const netns = host.name;
	const made: readonly Op[] = choice.exists
		? []
		: [
				{
					do: 'link.add',
					netns,
					link: {kind: 'bridge', name: dev, mac: address},
					why: `${dev} is not there yet, so the engine makes it: the switch that its containers are plugged into`,
				},
			];
	const addressed: readonly Op[] = choice.keeps ? [] : [{do: 'addr.add', netns, dev, address: choice.address, broadcast: choice.broadcast, why: choice.why}];
	return [
		...made,
		refuseRouterAdvertisements(netns, dev),
		{
			do: 'link.set',
			netns,
			dev,
			mtu: engine.mtu,
			why: choice.keeps ? `${choice.why}; packets on it have up to ${engine.mtu} bytes` : `packets on ${dev} have up to ${engine.mtu} bytes`,
		},
		...addressed,
	];
}

/** Only an engine that finds forwarding off turns it on, and only then closes FORWARD. */
function forwarding(host: Host, engine: DockerEngine, again: boolean): readonly Op[] {
	const isOn = host.sysctls['net.ipv4.ip_forward'] === '1' || host.sysctls['net.ipv4.conf.all.forwarding'] === '1';
	if (!engine.ipForward || isOn) {
		return [];
	}

	const netns = host.name;
	const on: Op = {
		do: 'sysctl.set',
		netns,
		key: 'net.ipv4.ip_forward',
		value: '1',
		why: `${host.name} passes packets on between its interfaces: it becomes a router`,
		...(again ? {} : {was: '0'}),
	};
	const drop: Op = {do: 'policy.set', netns, family: 4, table: 'filter', chain: 'FORWARD', policy: 'DROP', why: 'but only those that a rule allows'};
	return engine.iptables && !again ? [on, drop] : [on];
}

function addresses6({host, profile}: RuleSite, {dev, v6}: DockerBridge, {addresses6: all}: Surroundings): readonly Op[] {
	const why = `${v6?.subnet} is its IPv6 subnet: its first address is ${dev}'s, and the containers' default gateway for IPv6`;
	return v6 === undefined
		? []
		: bridgeAddresses6(host.name, dev, {profile, range: v6, why}, new Set(all.filter((one) => one.dev === dev).map(({address}) => address)));
}

function forwardingAtStart6(site: RuleSite): readonly Op[] {
	const {host, engine, profile} = site;
	const drops = profile.ipv6.dropsForwarded === 'at-start' && engine.ipForward && ruleFamilies(site).includes(6);
	return [...(engine.ipv6 === undefined ? [] : forwarding6(site)), ...(drops ? [dropForwarded6(host.name)] : [])];
}

function macOf(lab: Lab, host: Host, profile: Profile): Mac {
	const derived = macFrom(lab.seed, host.name, 'docker0');
	const digits = hash(8, 'mac', String(lab.seed), host.name, 'docker0').match(/../g) ?? [];
	return profile.macs === 'address' ? (mac(['02', '42', ...digits].join(':')) ?? derived) : derived;
}
