// Numbers of host ports, which addresses exclude each other on one, and which are servers' of the host. What the engine gave to whom: ledger.ts.
import type {Lab, Publish} from '../model/lab.ts';
import {profiles} from './profiles.ts';

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

/** A port for a publish, as an engine looks for it. */
interface Candidate {
	readonly host: string;
	readonly publish: Publish;
	readonly port: number;
	/** By service. */
	readonly runs: (service: string) => boolean;
}

/**
 * Whether the engine takes another port because a server of the host has this one: the host's own, or that of a container in its network namespace. It hears
 * of it when it binds the port. An exact port has no other, and Docker 20.10 looks no further in a range either (bridge driver, allocatePort).
 */
export function isPassedOver({hosts, services}: Lab, {host, publish: {hostPorts, protocol}, port, runs}: Candidate): boolean {
	const own = hosts.find(({name}) => name === host);
	const isRange = hostPorts !== undefined && hostPorts.first !== hostPorts.last;
	if (hostPorts !== undefined && !(isRange && profiles[own?.docker?.engine ?? '28'].looksOnInRange)) {
		return false;
	}

	const guests = services.filter((service) => service.host === host && service.attach.mode === 'host' && runs(service.name));
	const served = [...(own?.serve ?? []), ...guests.flatMap(({serve}) => serve)];
	return served.some((one) => one.port === port && (one.kind === 'udp' ? 'udp' : 'tcp') === protocol);
}
