// Networks whose host has no address on them, and those without a gateway. Pure.
import type {Network} from './lab.ts';

/** Whether the bridge has no address of this family. An engine that knows no gateway modes looks at `inhibit_ipv4` alone. */
export function isBare(network: Network, family: 4 | 6, knowsModes: boolean): boolean {
	if (network.driver !== 'bridge') {
		return false;
	}

	const mode = family === 4 ? network.gatewayMode : network.gatewayMode6;
	return (knowsModes && mode === 'isolated') || (family === 4 && network.inhibitIPv4);
}

/**
 * Whether an engine that gives internal networks no way out keeps no address for a gateway that the file does not name. A bridge that has an address
 * needs one all the same (libnetwork, GetSkipGwAlloc of the drivers).
 */
export function needsNoGateway(network: Network, family: 4 | 6): boolean {
	return network.internal && (network.driver === 'macvlan' || isBare(network, family, true));
}
