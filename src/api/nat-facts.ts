// What a view and the command log tell of a node, for explaining its connections.
import {contains, hostPart, subnetOf} from '../model/address.ts';
import {natRules, type NatFacts} from '../model/connections/nat.ts';
import type {HostView, OpLogEntry, View} from './messages.ts';

/** `node`: a host, or a container with a network namespace of its own, which has rules only. */
export function natFacts(view: View, entries: readonly OpLogEntry[], node: string): NatFacts {
	const host = view.hosts.find(({name}) => name === node);
	return {
		bridges: (host?.bridges ?? []).map(({dev, address, address6}) => ({dev, subnets: both(address, address6).map((one) => subnetOf(one))})),
		nics: host === undefined ? [] : nicsOf(host),
		local: new Set(host === undefined ? [] : localAddresses(host)),
		published: (host?.containers ?? []).flatMap(({name, interfaces, published}) => {
			const addresses = interfaces.flatMap(({address, address6}) => both(address, address6).map((one) => hostPart(one)));
			return published.map(({protocol, hostPort, port}) => ({protocol, hostPort, port, container: name, addresses}));
		}),
		rules: natRules(entries.filter(({where}) => where === node)),
	};
}

/** What is on the network of none of them is behind the one with the gateway. */
function nicsOf({nics, gateway, gateway6}: HostView): NatFacts['nics'] {
	const near = nics.map(({dev, address, address6}) => ({dev, subnets: both(address, address6).map((one) => subnetOf(one))}));
	const far = near.flatMap(({dev, subnets}) => [
		...(gateway !== undefined && subnets.some((subnet) => contains(subnet, gateway)) ? [{dev, subnets: ['0.0.0.0/0']}] : []),
		...(gateway6 !== undefined && subnets.some((subnet) => contains(subnet, gateway6)) ? [{dev, subnets: ['::/0']}] : []),
	]);
	return [...near, ...far];
}

/** Address -> who has it, in the words of the file: hosts and containers. */
export function addressNames(view: View): ReadonlyMap<string, string> {
	return new Map(
		view.hosts.flatMap((host) => [
			...localAddresses(host).map((address) => [address, host.name] as const),
			...host.containers.flatMap(({name, mode, interfaces}) =>
				mode === 'host' || mode === 'container'
					? []
					: interfaces.flatMap(({address, address6}) => both(address, address6).map((one) => [hostPart(one), name] as const)),
			),
		]),
	);
}

function localAddresses({nics, bridges}: HostView): readonly string[] {
	return [...nics, ...bridges].flatMap(({address, address6}) => both(address, address6).map((one) => hostPart(one)));
}

function both(address: string | undefined, address6: string | undefined): readonly string[] {
	return [address, address6].filter((one) => one !== undefined);
}
