// Mode bridge: a namespace of its own, plugged into the engine's bridge by a veth pair; address, default route, published ports.
import {interfaceName, macFrom, vethName} from '../base/names.ts';
import {mac, type Mac} from '../base/units.ts';
import {broadcastOf, prefixOf} from '../model/address.ts';
import type {Op} from '../plan/op.ts';
import type {DockerBridge, Interface} from './allocations.ts';
import {hostnameOf, ownNamespaceSysctls} from './container-start.ts';
import {nothingHeld, type AttachmentOf, type Driver, type Site} from './driver.ts';
import {bridgeValues, conditionsOf} from './engine.ts';
import {ownNetns} from './own-netns.ts';
import {planPublishes} from './publish.ts';
import {opsOfRows} from './rows.ts';

const dev = 'eth0';

export const bridge: Driver<'bridge'> = {
	mode: 'bridge',
	plan(site, attach) {
		const {lab, host, service, ledger} = site;
		const docker = ledger.docker(host.name);
		ledger.needPlug(host.name, docker.dev, service.name);
		const address = ledger.freeAddress(host.name, service.name);
		const wire: Interface = {
			dev,
			address: `${address}/${prefixOf(docker.subnet)}`,
			mac: macOf(site, attach, address),
			gateway: docker.gateway,
			mtu: site.engine.mtu,
			veth: interfaceName(vethName('bridge', service.name)),
			bridge: docker.dev,
			netns: host.name,
		};
		ledger.enter(service.name, {...nothingHeld, interfaces: [wire]});
		const ports = planPublishes(site, address, service.publish);
		return {
			ops: [...ownNetns(site, address), ...outerOps(site, docker, wire, address), ...innerOps(site, docker, wire, macWhy(site, attach)), ...ports.ops],
			lease: {interfaces: [wire], published: ports.published},
			netns: service.name,
			filesOf: service.name,
			hostname: hostnameOf(lab, service),
			uts: 'own',
			sysctls: {...ownNamespaceSysctls, ...service.sysctls},
			after: [],
			notes: ports.notes,
		};
	},
	expect: (service) => [
		`${service.name} has lo and eth0, with an address that nobody else on its bridge has`,
		`${service.name}'s default route is its bridge's address`,
		`what ${service.name} sends to the world leaves with its host's address`,
		...(service.publish.length === 0
			? [`nobody outside ${service.host} reaches ${service.name}`]
			: [`others reach ${service.name} only by its published ports`]),
	],
};

/** The host's side: the cable, the rules that guard the address. */
function outerOps(site: Site, docker: DockerBridge, wire: Interface, address: string): readonly Op[] {
	const {host, engine, profile, service} = site;
	const hairpin = !engine.userlandProxy;
	const values = {...bridgeValues(host.name, docker.dev, docker.subnet, 4), service: service.name, address};
	const guard = engine.iptables ? opsOfRows(profile.container, {netns: host.name, family: 4, holds: conditionsOf(engine), values}) : [];
	return [
		{
			do: 'link.add',
			netns: host.name,
			link: {
				kind: 'veth',
				name: wire.veth,
				master: docker.dev,
				mtu: engine.mtu,
				...(hairpin && {hairpin}),
				peer: {netns: service.name, name: wire.dev, mtu: engine.mtu},
			},
			why: `a cable: one end is a port of ${docker.dev}, the other is ${wire.dev} in ${service.name}${hairpin ? '; hairpin: the port may send a frame back where it came from' : ''}`,
		},
		...guard,
		{do: 'link.set', netns: host.name, dev: wire.veth, up: true, why: `${host.name}'s end of the cable works`},
	];
}

/** The container's side: MAC, address, default route. */
function innerOps({host, profile, service}: Site, docker: DockerBridge, wire: Interface, reason: string): readonly Op[] {
	const inside = {netns: service.name, dev: wire.dev};
	const ipv6: Op = {
		do: 'sysctl.set',
		netns: service.name,
		key: `net.ipv6.conf.${wire.dev}.disable_ipv6`,
		value: '1',
		why: `this network has no IPv6, so ${wire.dev} gets no IPv6 address either`,
	};
	return [
		{do: 'link.set', ...inside, mac: wire.mac, why: reason},
		{do: 'addr.add', ...inside, address: wire.address ?? '', broadcast: broadcastOf(docker.subnet), why: `the lowest free address of ${docker.pool}`},
		...(profile.ipv6Off === 'eth0' ? [ipv6] : []),
		{do: 'link.set', ...inside, up: true, why: `${service.name}'s end of the cable works`},
		{
			do: 'route.add',
			netns: service.name,
			to: 'default',
			via: docker.gateway,
			dev: wire.dev,
			why: `everything that is not on ${docker.dev} goes to ${docker.dev}'s own address, and ${host.name} passes it on`,
		},
	];
}

function macWhy({profile}: Site, attach: AttachmentOf<'bridge'>): string {
	if (attach.mac !== undefined) {
		return 'the MAC that the file gives it';
	}

	return profile.macs === 'address'
		? `Docker ${profile.version} makes the MAC of 02:42 and the IP address`
		: `a MAC of its own; Docker ${profile.version} gives a new one at every start`;
}

function macOf(site: Site, attach: AttachmentOf<'bridge'>, address: string): Mac {
	const derived = macFrom(site.lab.seed, site.service.name, ...(site.start === 0 ? [] : [`start ${site.start}`]));
	const ofAddress = mac(['02', '42', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':'));
	return attach.mac ?? (site.profile.macs === 'address' ? (ofAddress ?? derived) : derived);
}
