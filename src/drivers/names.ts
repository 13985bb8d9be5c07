// Which names and addresses each container's name server (127.0.0.11) knows: those of its user-defined networks. Plain data, made anew from the
// allocations whenever they change; asking and answering is the engine's resolver. docker0 has no names.
import {containerId} from '../base/names.ts';
import {hostPart} from '../model/address.ts';
import type {Lab, Service} from '../model/lab.ts';
import type {Allocations} from './allocations.ts';
import {defaultNetwork, dockerName, endpointsOf, findNetwork, gatewayNetwork, gatewayOrder, linksOnDocker0} from './endpoint.ts';

export interface NetworkNames {
	readonly network: string;
	/**
	 * Lower-case name -> addresses, in file order of the containers: names and aliases, short ids, and each of them with `.NETWORK` behind it.
	 */
	readonly entries: ReadonlyMap<string, readonly string[]>;
	/** Address -> "web.front" */
	readonly reverse: ReadonlyMap<string, string>;
}

/** By container: its networks, the one with the default route first, which is the order of asking. Containers without such a network are not in it. */
export type NameTable = ReadonlyMap<string, readonly NetworkNames[]>;

interface Member {
	/** "172.18.0.2" or "fd00:77::2" */
	readonly address: string;
	/** undefined: another lab's. */
	readonly service: string | undefined;
	/** The container's own name first, which is what its address is called. */
	readonly names: readonly string[];
}

export function namesOf(lab: Lab, allocations: Allocations): NameTable {
	const members = membersOf(lab, allocations);
	const tables = new Map([...members].map(([key, {network, all}]) => [key, {all, names: tableOf(dockerName(lab, network), network, all)}]));
	const found = lab.services.map((service): [string, readonly NetworkNames[]] => {
		const wires = gatewayOrder(lab, allocations.containers.get(service.name)?.interfaces ?? []);
		return [
			service.name,
			wires.flatMap(({network = ''}): readonly NetworkNames[] => {
				const table = tables.get(keyOf(lab, network, service));
				return table === undefined ? [] : [withLinks(lab, service, table.names, table.all)];
			}),
		];
	});
	return new Map(found.filter(([, networks]) => networks.length > 0));
}

/** An engine knows the containers of its own host alone, also where a macvlan network reaches others; of an overlay network all hosts know all. */
function keyOf(lab: Lab, network: string, {host}: Service): string {
	return findNetwork(lab, network)?.driver === 'overlay' ? network : `${network} ${host}`;
}

function membersOf(lab: Lab, allocations: Allocations): ReadonlyMap<string, {readonly network: string; readonly all: readonly Member[]}> {
	const members = new Map<string, {readonly network: string; readonly all: Member[]}>();
	const enter = (key: string, network: string, member: Member): void => {
		const known = members.get(key) ?? {network, all: []};
		known.all.push(member);
		members.set(key, known);
	};
	for (const service of lab.services) {
		for (const {network, address, address6} of allocations.containers.get(service.name)?.interfaces ?? []) {
			if (network !== undefined && network !== defaultNetwork && network !== gatewayNetwork) {
				const names = dnsNames(lab, service, network);
				for (const one of [address, address6].filter((each) => each !== undefined)) {
					enter(keyOf(lab, network, service), network, {service: service.name, address: hostPart(one), names});
				}
			}
		}
	}

	for (const {network, address, names} of allocations.foreign) {
		enter(network, network, {service: undefined, address, names});
	}

	return members;
}

/** Links on a user-defined network are names that only this container knows, and that come before what others are called there (libnetwork, resolveName). */
function withLinks(lab: Lab, linker: Service, names: NetworkNames, members: readonly Member[]): NetworkNames {
	if (linker.links.length === 0 || linksOnDocker0(linker)) {
		return names;
	}

	const entries = new Map(names.entries);
	for (const {service, alias} of linker.links) {
		const addresses = members.filter((member) => member.service === service).map(({address}) => address);
		for (const name of [alias, `${alias}.${dockerName(lab, names.network)}`].map((one) => one.toLowerCase())) {
			if (addresses.length === 0) {
				entries.delete(name);
			} else {
				entries.set(name, addresses);
			}
		}
	}

	return {...names, entries};
}

/** `called`: what Docker calls the network. */
function tableOf(called: string, network: string, members: readonly Member[]): NetworkNames {
	const entries = new Map<string, string[]>();
	for (const {names, address} of members) {
		for (const name of [...new Set(names.map((one) => one.toLowerCase()))].flatMap((one) => [one, `${one}.${called.toLowerCase()}`])) {
			const known = entries.get(name);
			if (known === undefined) {
				entries.set(name, [address]);
			} else {
				known.push(address);
			}
		}
	}

	return {network, entries, reverse: new Map(members.map(({names, address}) => [address, `${names[0] ?? ''}.${called}`]))};
}

/** `DNSNames` of `docker inspect`: name, aliases, short id and hostname; engine 20.10 keeps the last two among the aliases. */
export function dnsNames(lab: Lab, service: Service, network: string): readonly string[] {
	const hostname = service.hostname === undefined ? [] : [service.hostname];
	const aliases = endpointsOf(service).find((endpoint) => endpoint.network === network)?.aliases ?? [];
	return [service.containerName, ...aliases, containerId(lab.name, service.name).slice(0, 12), ...hostname];
}
