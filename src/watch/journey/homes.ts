// Whose addresses are whose: which node a packet is for, and which of its ports are not its own because they are published.
import type {NodeWiring, ProxyWiring} from '../../model/wiring.ts';
import {addressOf, type Ends} from './nat.ts';
import {type Address, protocols} from './print.ts';

interface Home {
	readonly addresses: ReadonlySet<Address>;
	readonly wiring: NodeWiring;
}

/** ::1 */
const loopback6 = addressOf('::1');
const anywhere = new Set(['0.0.0.0', '::']);

export class Homes {
	readonly #homes = new Map<string, Home>();

	learn(nodes: readonly NodeWiring[]): void {
		this.#homes.clear();
		for (const wiring of nodes) {
			const addresses = wiring.addresses.flatMap((text) => addressOf(text) ?? []);
			this.#homes.set(wiring.name, {addresses: new Set(addresses), wiring});
		}
	}

	/** It is an address of this node. */
	has(node: string, address: Address): boolean {
		// 127.0.0.0/8
		return address === loopback6 || (typeof address === 'number' && address >>> 24 === 127) || (this.#homes.get(node)?.addresses.has(address) ?? false);
	}

	/** It goes to a port that the node publishes for a container. */
	isPublished(node: string, print: Ends): boolean {
		return this.#homes.get(node)?.wiring.published.some((port) => isFor(port, print)) ?? false;
	}

	hasProxies(node: string): boolean {
		return (this.#homes.get(node)?.wiring.proxies.length ?? 0) > 0;
	}

	/** The proxy that listens where the packet goes to. */
	proxyAt(node: string, print: Ends): ProxyWiring | undefined {
		return this.#homes.get(node)?.wiring.proxies.find((proxy) => isFor(proxy, print));
	}

	/** The proxies that go on to where the packet goes. */
	proxiesTo(node: string, {protocol, destination, destinationPort}: Ends): readonly ProxyWiring[] {
		return (this.#homes.get(node)?.wiring.proxies ?? []).filter(
			(proxy) =>
				proxy.port === destinationPort && protocols[proxy.protocol] === protocol && proxy.to.some((address) => addressOf(address) === destination),
		);
	}
}

function isFor({protocol, hostAddress, hostPort}: Pick<ProxyWiring, 'protocol' | 'hostAddress' | 'hostPort'>, print: Ends): boolean {
	return (
		hostPort === print.destinationPort &&
		protocols[protocol] === print.protocol &&
		(anywhere.has(hostAddress) ? hostAddress.includes(':') === (typeof print.destination === 'string') : addressOf(hostAddress) === print.destination)
	);
}
