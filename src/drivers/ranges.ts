// Which addresses the user-defined networks have: what the file says, else the first range of the engine's pools that nothing is in the way of.
// Pure. docker0's own search is docker0.ts.
import {LabError} from '../base/errors.ts';
import {hostPart, networkOf, nthAddress, prefixOf, subnetOf} from '../model/address.ts';
import type {Host, Lab, Network} from '../model/lab.ts';
import type {AddressRange} from './allocations.ts';
import {rangesOf, surroundingsOf} from './docker0.ts';
import {defaultNetwork} from './endpoint.ts';
import type {Ledger} from './ledger.ts';
import {bridgeOf, hostsOf} from './networks/index.ts';

/**
 * Writes the ranges of all networks into the ledger, and the addresses that containers ask for. Networks whose subnets the file gives come first,
 * so that none of them meets a range that was chosen; Docker would refuse such a network. E_CONFLICT when two of a host overlap,
 * E_RANGE_EXHAUSTED when no range is left.
 */
export function planRanges(lab: Lab, ledger: Ledger): void {
	const docker0s = lab.hosts.map((host): [string, Subnets] => [host.name, new Subnets(host.docker === undefined ? [] : [ledger.docker(host.name).subnet])]);
	const used = new Map(docker0s);
	const isGiven = ({ipam}: Network): boolean => ipam.subnet !== undefined;
	for (const network of [...lab.networks.filter(isGiven), ...lab.networks.filter((one) => !isGiven(one))]) {
		if (network.name === defaultNetwork) {
			throw new LabError('E_CONFLICT', {doing: 'create network bridge', said: 'operation is not permitted on predefined bridge network'});
		}

		const names = hostsOf(network);
		const hosts = lab.hosts.filter(({name}) => names.includes(name));
		const others = names.flatMap((name) => used.get(name) ?? []);
		const given = network.ipam.subnet;
		const subnet = given === undefined ? freeSubnet(network.name, hosts, others) : givenSubnet(network.name, given, others);
		others.forEach((one) => one.add(subnet));
		ledger.setNetwork(network.name, {...rangeOf(network, subnet), dev: bridgeOf(lab, network)});
	}

	for (const {name, attach} of lab.services) {
		for (const {network, address} of attach.mode === 'networks' ? attach.endpoints : []) {
			if (address !== undefined && network !== defaultNetwork) {
				ledger.promise(network, address, name);
			}
		}
	}
}

/** Subnets that others must keep clear of. Two share an address only when one holds the other, so that cutting to the shorter prefix tells. */
class Subnets {
	/** By prefix length: network addresses. */
	readonly #held = new Map<number, Set<string>>();

	constructor(subnets: readonly string[]) {
		subnets.forEach((subnet) => this.add(subnet));
	}

	add(subnet: string): void {
		const prefix = prefixOf(subnet);
		this.#held.set(prefix, (this.#held.get(prefix) ?? new Set()).add(networkOf(subnet)));
	}

	meets(subnet: string): boolean {
		const own = prefixOf(subnet);
		const network = networkOf(subnet);
		return [...this.#held].some(([prefix, held]) =>
			prefix <= own ? held.has(networkOf(`${network}/${prefix}`)) : [...held].some((one) => networkOf(`${one}/${own}`) === network),
		);
	}
}

function rangeOf({ipam}: Network, subnet: string): AddressRange {
	const {range, gateway, reserved} = ipam;
	return {subnet, pool: range === undefined ? subnet : subnetOf(range), gateway: gateway ?? hostPart(nthAddress(subnet, 1)), reserved};
}

/** Docker compares it with its own networks alone: one that is equal to a LAN is fine. */
function givenSubnet(network: string, given: string, others: readonly Subnets[]): string {
	const subnet = subnetOf(given);
	if (others.some((one) => one.meets(subnet))) {
		throw new LabError('E_CONFLICT', {
			doing: `create network ${network}`,
			said: 'invalid pool request: Pool overlaps with other one on this address space',
			hint: `give networks.${network} another subnet`,
		});
	}

	return subnet;
}

/** Ranges in use by Docker or on a wire of the host are passed over; routes through a gateway are not looked at (moby/moby#42598). */
function freeSubnet(network: string, hosts: readonly Host[], others: readonly Subnets[]): string {
	const wires = new Subnets(hosts.flatMap((host) => surroundingsOf(host).connected.map(({subnet}) => subnet)));
	for (const candidate of rangesOf(hosts[0]?.docker)) {
		if (![wires, ...others].some((one) => one.meets(candidate))) {
			return candidate;
		}
	}

	throw new LabError('E_RANGE_EXHAUSTED', {
		doing: `find a range for network ${network}`,
		said: 'all predefined address pools have been fully subnetted',
		hint: `give networks.${network} a subnet`,
	});
}
