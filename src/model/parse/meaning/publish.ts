// Published ports: two fixed ports of one host that would clash. Which of a range is taken is seen when the lab runs.
import type {Publish, Service} from '../../lab.ts';
import {itemsOf} from '../tree.ts';
import type {Context} from './context.ts';

interface Claim {
	readonly service: string;
	readonly publish: Publish;
	/** undefined: every address of the host. */
	readonly listensOn: string | undefined;
}

export function checkPublish(context: Context): void {
	const {lab, tree, report} = context;
	const taken = new Map<string, Claim[]>();
	for (const service of lab.services) {
		const binding = bindingOf(service, context);
		for (const publish of service.publish) {
			const {hostPorts, protocol} = publish;
			if (hostPorts === undefined || hostPorts.first !== hostPorts.last) {
				continue;
			}

			const listensOn = publish.hostAddress ?? binding;
			const key = `${service.host} ${hostPorts.first}/${protocol}`;
			const claims = taken.get(key) ?? [];
			const other = claims.find((claim) => overlap(claim.listensOn, listensOn));
			if (other !== undefined) {
				const index = itemsOf(tree.node('services', service.name, 'ports')).findIndex(({at}) => at === publish.at);
				report.error(
					tree.place('services', service.name, 'ports', index),
					`port ${hostPorts.first}/${protocol} on host "${service.host}" is already published by "${other.service}" (line ${other.publish.at.line})`,
					`Docker: "Bind for ${listensOn ?? '0.0.0.0'}:${hostPorts.first} failed: port is already allocated"`,
				);
			}

			taken.set(key, [...claims, {service: service.name, publish, listensOn}]);
		}
	}
}

/** Where ports without an address listen, when all networks of the service that publish say the same. */
function bindingOf({attach}: Service, {networks}: Context): string | undefined {
	const bindings = (attach.mode === 'networks' ? attach.endpoints : []).flatMap(({network}) => {
		const found = networks.get(network);
		return found?.driver === 'bridge' && !found.internal ? [found.hostBinding] : [];
	});
	const [first] = bindings;
	return bindings.every((binding) => binding === first) ? first : undefined;
}

/** Whether two sockets on these addresses and one port exclude each other; undefined is every address, IPv4 and IPv6. */
function overlap(a: string | undefined, b: string | undefined): boolean {
	return a === undefined || b === undefined || a === b || (isIPv6(a) === isIPv6(b) && (isAny(a) || isAny(b)));
}

function isAny(address: string): boolean {
	return address === '0.0.0.0' || address === '::';
}

function isIPv6(address: string): boolean {
	return address.includes(':');
}
