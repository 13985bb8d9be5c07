// Names derived from what they stand for, never random: the same file gives the same names, on every machine.
import {hash as digest} from 'node:crypto';
import {mac, type Mac} from './units.ts';

/** The kernel's longest interface name in bytes (IFNAMSIZ - 1, linux/if.h). */
export const longestInterfaceName = 15;

/** `digits` lower-case hex digits that stand for these words. Words are separated, so ('ab','c') differs from ('a','bc'). */
export function hash(digits: number, ...words: readonly string[]): string {
	return digest('sha256', words.join('\0')).slice(0, digits);
}

/** The outer end of a container's veth pair: `veth` and seven hex digits, as Docker names it. */
export function vethName(network: string, container: string): string {
	return `veth${hash(7, 'veth', network, container)}`;
}

/** A container's id: 64 hex digits; Docker shows the first 12. */
export function containerId(lab: string, container: string): string {
	return hash(64, 'container', lab, container);
}

/** `wanted` if it fits an interface name, else its beginning and a hash of the whole. */
export function interfaceName(wanted: string): string {
	return Buffer.byteLength(wanted) <= longestInterfaceName ? wanted : `${wanted.replaceAll(/[^\w.-]/g, '').slice(0, 8)}-${hash(6, wanted)}`;
}

/** An interface's setting: 4, "eth0.5", "arp_notify" -> "net.ipv4.conf.eth0/5.arp_notify". A dot within a name is written as a slash (sysctl(8)). */
export function interfaceSysctl(family: 4 | 6, dev: string, setting: string): string {
	return `net.ipv${family}.conf.${dev.replaceAll('.', '/')}.${setting}`;
}

/** A locally administered unicast MAC derived from the lab's seed and the words: `02:` and five hashed bytes. */
export function macFrom(seed: number, ...words: readonly string[]): Mac {
	const digits = hash(10, 'mac', String(seed), ...words);
	const value = mac(`02:${(digits.match(/../g) ?? []).join(':')}`);
	if (value === undefined) {
		throw new Error(`a hash gave no MAC: ${digits}`);
	}

	return value;
}
