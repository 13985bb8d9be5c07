// Numbers of host ports, and which addresses exclude each other on one. Who has which: ledger.ts.

/** Docker takes random host ports from net.ipv4.ip_local_port_range, which is this unless somebody changed it. */
export const randomPorts = {first: 32_768, last: 60_999} as const;

/** Whether a socket on one address takes what comes to another: 0.0.0.0 covers all of IPv4, :: all of IPv6. */
export function covers(wide: string, address: string): boolean {
	return wide === address || (wide === '0.0.0.0' && !address.includes(':')) || (wide === '::' && address.includes(':'));
}

export function* range(first: number, last: number): Generator<number> {
	for (let value = first; value <= last; value++) {
		yield value;
	}
}

/** All random ports once, beginning at `next`. */
export function* randomFrom(next: number): Generator<number> {
	yield* range(next, randomPorts.last);
	yield* range(randomPorts.first, next - 1);
}
