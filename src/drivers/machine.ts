// The unit `host:NAME`: a machine with its NICs, bridges made by hand, routes, sysctls, files and servers. Not its Docker engine.
import {interfaceName, interfaceSysctl} from '../base/names.ts';
import type {Host, HostBridge, Lab, Nic} from '../model/lab.ts';
import type {Family, Op, Unit} from '../plan/op.ts';
import {serveArgument} from '../plan/serve.ts';
import {machineFiles} from './files.ts';
import {closesForward6} from './ipv6.ts';

export function machineUnit(lab: Lab, host: Host): Unit {
	const netns = host.name;
	const sysctls = Object.entries(host.sysctls).map(([key, value]): Op => ({do: 'sysctl.set', netns, key, value, why: `the file sets it for ${netns}`}));
	const routes = host.routes.map((route): Op => ({
		do: 'route.add',
		netns,
		to: route.to,
		...(route.via !== undefined && {via: route.via}),
		...(route.dev !== undefined && {dev: route.dev}),
		why: `the way to ${route.to} is ${route.via ?? route.dev ?? 'not known'}`,
	}));
	const gateway = [host.gateway, host.gateway6]
		.filter((via) => via !== undefined)
		.map((via): Op => ({do: 'route.add', netns, to: 'default', via, why: `what ${netns} knows no other way for goes to ${via}`}));
	const ops: readonly Op[] = [
		{do: 'netns.add', netns, why: `${netns} is a machine: it has a network stack of its own`},
		{do: 'link.set', netns, dev: 'lo', up: true, why: `${netns} can talk to itself`},
		...host.nics.flatMap((nic) => nicOps(lab, host, nic)),
		...host.bridges.flatMap((bridge) => bridgeOps(lab, host, bridge)),
		...sysctls,
		...gateway,
		...routes,
		...machineFiles(lab, host),
		{do: 'host.start', host: netns, why: `processes, /proc, /sys and the name of ${netns} are its own too`},
		...host.serve.map((serve): Op => ({
			do: 'serve.start',
			host: netns,
			serve,
			why: `${netns} serves ${serveArgument(serve).split(':').slice(0, 2).join(' on port ')}`,
		})),
	];
	return {id: `host:${netns}`, after: [...new Set(host.nics.map(({lan}) => `lan:${lan}`))], ops};
}

function nicOps(lab: Lab, host: Host, nic: Nic): readonly Op[] {
	const {dev, lan, mac, mtu, address, address6} = nic;
	const netns = host.name;
	const lanMtu = lab.lans.find(({name}) => name === lan)?.mtu ?? mtu;
	const master = interfaceName(lan);
	const enslaved = host.bridges.some(({ports}) => ports.includes(dev));
	const addressed: readonly Op[] = [
		...(address === undefined ? [] : [{do: 'addr.add' as const, netns, dev, address, why: `${netns}'s address on ${lan}`}]),
		...(address6 === undefined
			? []
			: [longThere(netns, dev), {do: 'addr.add' as const, netns, dev, address: address6, why: `${netns}'s IPv6 address on ${lan}`}]),
	];
	return [
		{
			do: 'link.add',
			netns: `lan:${lan}`,
			link: {kind: 'veth', name: interfaceName(`${netns}-${dev}`), master, up: true, mtu: lanMtu, peer: {netns, name: dev, mac, mtu}},
			why: `a cable from the switch of ${lan} to ${dev} of ${netns}`,
		},
		...addressed,
		{do: 'link.set', netns, dev, up: true, why: addressed.length === 0 && !enslaved ? `${dev} is plugged in, without an address` : `${dev} works`},
	];
}

/**
 * A machine was on its LAN long before anything else happens: nothing waits for its duplicate address detection (RFC 4862 5.4), not its link-local
 * address either, which it asks its neighbours with.
 */
function longThere(netns: string, dev: string): Op {
	return {
		do: 'sysctl.set',
		netns,
		key: interfaceSysctl(6, dev, 'accept_dad'),
		value: '0',
		why: `${netns} has its IPv6 addresses at once: nobody is asked first whether he has them`,
	};
}

function bridgeOps(lab: Lab, host: Host, {dev, address, ports}: HostBridge): readonly Op[] {
	const netns = host.name;
	const addressed: readonly Op[] =
		address === undefined ? [] : [{do: 'addr.add', netns, dev, address, why: `a bridge can have an address, and then it is one of ${netns}'s own`}];
	return [
		{do: 'link.add', netns, link: {kind: 'bridge', name: dev}, why: `a bridge made by hand, beside those of Docker`},
		...ports.map((port): Op => ({
			do: 'link.set',
			netns,
			dev: port,
			master: dev,
			why: `${port} is only a plug of ${dev} from now on: its packets belong to the bridge`,
		})),
		...addressed,
		{do: 'link.set', netns, dev, up: true, why: `${dev} works`},
		...forwarded(lab, host, dev),
	];
}

/**
 * A Docker engine sets the policy of FORWARD to DROP, and where br_netfilter is on (bridge-nf-call-iptables and -ip6tables, the default of new namespaces)
 * frames between two ports of any bridge pass that chain: without a rule of its own a bridge made by hand is deaf on such a host.
 */
export function forwarded(lab: Lab, host: Host, dev: string): readonly Op[] {
	const families: readonly Family[] = [...(host.docker?.iptables === true ? [4 as const] : []), ...(closesForward6(lab, host) ? [6 as const] : [])];
	return families.map((family) => ({
		do: 'rule.add',
		netns: host.name,
		family,
		table: 'filter',
		chain: 'FORWARD',
		rule: `-i ${dev} -o ${dev} -j ACCEPT`,
		why: `frames between ports of ${dev} pass ${family === 4 ? 'iptables' : 'ip6tables'} too, and Docker's policy would drop them`,
	}));
}
