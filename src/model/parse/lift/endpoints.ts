// A service's places on user-defined networks: from the tree to plain data.
import type {Endpoint} from '../../lab.ts';
import {get, textsOf, type Entry} from '../tree.ts';
import {defaultNetwork} from './networks.ts';
import {addressAt, macAt, numberAt, textAt} from './values.ts';

/** One for each network that the service names, in file order; the default network when it names none. */
export function liftEndpoints({key, value}: Entry): readonly Endpoint[] {
	const networks = get(value, 'networks');
	const named = new Set(networks?.kind === 'map' ? networks.entries.keys() : textsOf(networks));
	const names = named.size === 0 ? [defaultNetwork] : [...named];
	return names.map((network, index) => {
		const place = get(networks, network);
		const address6 = addressAt(place, 'ipv6_address');
		return {
			network,
			address: textAt(place, 'ipv4_address'),
			...(address6 !== undefined && {address6}),
			// The MAC of the service as a whole is that of its first network, as in Docker Compose.
			mac: macAt(place, 'mac_address') ?? (index === 0 ? macAt(value, 'mac_address') : undefined),
			aliases: [...new Set([...ownName(key, textAt(value, 'container_name')), ...textsOf(get(place, 'aliases'))])],
			interfaceName: textAt(place, 'interface_name'),
			gatewayPriority: numberAt(place, 'gw_priority') ?? 0,
		};
	});
}

/** Docker Compose makes the service's name an alias; when the container is called the same, nothing is added by it. */
function ownName(service: string, containerName: string | undefined): readonly string[] {
	return containerName === undefined || containerName === service ? [] : [service];
}
