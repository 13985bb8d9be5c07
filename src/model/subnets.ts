// Many subnets at once: which of them have an address in common with another. Pure.
import {networkOf, prefixOf} from './address.ts';

/** Subnets that others must keep clear of. Two share an address only when one holds the other, so that cutting to the shorter prefix tells. */
export class Subnets {
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
