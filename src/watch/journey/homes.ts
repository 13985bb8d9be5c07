// Whose addresses are whose: which node a packet is for, and which of its ports are not its own because they are published.
import type {NodeWiring, ProxyWiring, PublishedWiring} from '../../model/wiring.ts';
import {addressOf, type Ends} from './nat.ts';
import {type Address, protocols} from './print.ts';

/** Where something listens, as prints have it. */
interface Port {
	readonly protocol: number;
	/** Undefined: none that is known. */
	readonly address: Address | undefined;
	/** At all addresses of its version. */
	readonly isAnywhere: boolean;
	readonly isIpv6: boolean;
	readonly port: number;
}

interface Proxy {
	readonly wiring: ProxyWiring;
	readonly listens: Port;
	readonly to: ReadonlySet<Address>;
}

interface Home {
	readonly addresses: ReadonlySet<Address>;
	readonly published: readonly Port[];
	readonly proxies: readonly Proxy[];
}

/** ::1 */
const loopback6 = addressOf('::1');
const anywhere = new Set(['0.0.0.0', '::']);

export class Homes {
	readonly #homes = new Map<string, Home>();

	learn(nodes: readonly NodeWiring[]): void {
		this.#homes.clear();
		for (const wiring of nodes) {
			const proxies = wiring.proxies.map((proxy): Proxy => ({wiring: proxy, listens: portOf(proxy), to: addressesOf(proxy.to)}));
			this.#homes.set(wiring.name, {addresses: addressesOf(wiring.addresses), published: wiring.published.map((port) => portOf(port)), proxies});
		}
	}

	/** It is an address of this node. */
	has(node: string, address: Address): boolean {
		// 127.0.0.0/8
		return address === loopback6 || (typeof address === 'number' && address >>> 24 === 127) || (this.#homes.get(node)?.addresses.has(address) ?? false);
	}

	/** It goes to a port that the node publishes for a container. */
	isPublished(node: string, print: Ends): boolean {
		return this.#homes.get(node)?.published.some((port) => isFor(port, print)) ?? false;
	}

	hasProxies(node: string): boolean {
		return (this.#homes.get(node)?.proxies.length ?? 0) > 0;
	}

	/** The proxy that listens where the packet goes to. */
	proxyAt(node: string, print: Ends): ProxyWiring | undefined {
		return this.#homes.get(node)?.proxies.find(({listens}) => isFor(listens, print))?.wiring;
	}

	/** The proxies that go on to where the packet goes. */
	proxiesTo(node: string, {protocol, destination, destinationPort}: Ends): readonly ProxyWiring[] {
		const proxies = this.#homes.get(node)?.proxies ?? [];
		return proxies
			.filter(({wiring, listens, to}) => wiring.port === destinationPort && listens.protocol === protocol && to.has(destination))
			.map(({wiring}) => wiring);
	}
}

function addressesOf(texts: readonly string[]): ReadonlySet<Address> {
	return new Set(texts.flatMap((text) => addressOf(text) ?? []));
}

function portOf({protocol, hostAddress, hostPort}: PublishedWiring): Port {
	return {
		protocol: protocols[protocol],
		address: addressOf(hostAddress),
		isAnywhere: anywhere.has(hostAddress),
		isIpv6: hostAddress.includes(':'),
		port: hostPort,
	};
}

function isFor({protocol, address, isAnywhere, isIpv6, port}: Port, print: Ends): boolean {
	return (
		port === print.destinationPort &&
		protocol === print.protocol &&
		(isAnywhere ? isIpv6 === (typeof print.destination === 'string') : address === print.destination)
	);
}
