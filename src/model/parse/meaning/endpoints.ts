// Services on user-defined networks: a place on each once, with an interface of its own. Addresses are in `subnets.ts`.
import type {Endpoint, Service} from '../../lab.ts';
import {isExternal} from '../lift/networks.ts';
import {itemsOf, textOf, type Path} from '../tree.ts';
import type {Context} from './context.ts';

export function checkEndpoints(context: Context): void {
	for (const service of context.lab.services) {
		if (service.attach.mode === 'networks') {
			checkOnce(service, context);
			checkMac(service, service.attach.endpoints, context);
			checkInterfaces(service, service.attach.endpoints, context);
			for (const endpoint of service.attach.endpoints) {
				checkEngine(service, endpoint, context);
				checkDocker0(service, endpoint, context);
			}
		}
	}
}

function checkOnce({name}: Service, {tree, report}: Context): void {
	const seen = new Set<string>();
	for (const [index, item] of itemsOf(tree.node('services', name, 'networks')).entries()) {
		const network = textOf(item) ?? '';
		if (seen.has(network)) {
			report.error(tree.place('services', name, 'networks', index), `"${name}" is on network "${network}" already`, 'a container is on a network once');
		}

		seen.add(network);
	}
}

/** `mac_address` of a service is that of its first network. */
function checkMac({name}: Service, [first]: readonly Endpoint[], {tree, report}: Context): void {
	const path = ['services', name, 'mac_address'];
	const inside = first && textOf(tree.node('services', name, 'networks', first.network, 'mac_address'));
	if (first !== undefined && inside !== undefined && tree.has(...path) && textOf(tree.node(...path)) !== inside) {
		report.error(tree.place(...path), `the MAC on network "${first.network}" is given twice, and the other one is ${inside}`, 'keep one of the two');
	}
}

function checkInterfaces({name}: Service, endpoints: readonly Endpoint[], {tree, report}: Context): void {
	const taken = new Map<string, string>();
	for (const {network, interfaceName} of endpoints) {
		const place = tree.place(...pathOf(name, network), 'interface_name');
		const other = interfaceName === undefined ? undefined : taken.get(interfaceName);
		if (interfaceName === undefined) {
			continue;
		}

		if (interfaceName === 'lo') {
			report.error(place, 'every container has an interface "lo" already', 'call it something else, such as eth0');
		} else if (other !== undefined) {
			report.error(place, `"${interfaceName}" is already its interface on network "${other}"`);
		}

		taken.set(interfaceName, other ?? network);
	}
}

/** Words that Docker has from 28.0 on (its release notes: `--gw-priority`, `com.docker.network.endpoint.ifname`). */
const since28 = ['interface_name', 'gw_priority'] as const;

function checkEngine({name, host}: Service, {network}: Endpoint, {tree, hosts, report}: Context): void {
	for (const key of since28) {
		if (hosts.get(host)?.docker?.engine === '20.10' && tree.has(...pathOf(name, network), key)) {
			report.error(
				tree.key(...pathOf(name, network), key),
				`Docker 20.10, the engine of host "${host}", does not know "${key}"`,
				'remove it, or set "engine: 28"',
			);
		}
	}
}

/** A file may call docker0 an external network; that it has fewer features is worth saying. */
function checkDocker0({name}: Service, {network}: Endpoint, {tree, networks, report}: Context): void {
	const {dockerName = network} = networks.get(network) ?? {};
	if (dockerName !== 'bridge' || !isExternal(tree.node('networks', network))) {
		return;
	}

	for (const [key, what, said] of [
		['aliases', 'docker0 has no name server, so nobody would find these names', 'network-scoped aliases are only supported for user-defined networks'],
		['ipv4_address', 'on docker0 addresses cannot be chosen', 'user specified IP address is supported on user defined networks only'],
		['ipv6_address', 'on docker0 addresses cannot be chosen', 'user specified IP address is supported on user defined networks only'],
	] as const) {
		if (tree.has(...pathOf(name, network), key)) {
			report.error(tree.key(...pathOf(name, network), key), what, `Docker: "${said}"`);
		}
	}
}

function pathOf(service: string, network: string): Path {
	return ['services', service, 'networks', network];
}
