// Addresses as rules and routes ask for them.
import {addressOf} from '../journey/nat.ts';
import type {Address} from '../journey/print.ts';

export type IsAddress = (address: Address) => boolean;

/** "172.17.0.0/16", "10.0.0.0/255.0.255.0", "fd00::/64" or one address; undefined: it is none. */
export function subnetTest(text: string): IsAddress | undefined {
	const [name = '', length] = text.split('/');
	const wanted = addressOf(name);
	if (wanted === undefined) {
		return undefined;
	}

	if (typeof wanted === 'number') {
		const mask = length?.includes('.') === true ? addressOf(length) : maskOf(length === undefined ? 32 : Number(length));
		return typeof mask === 'number' ? (address) => typeof address === 'number' && ((address ^ wanted) & mask) === 0 : undefined;
	}

	const bits = length === undefined ? 128 : Number(length);
	return (address) => typeof address === 'string' && commonBits(address, wanted) >= bits;
}

/** The network's last address, to which IPv4 broadcasts go: of "172.17.0.0/16" 172.17.255.255. */
export function broadcastOf(subnet: string): Address | undefined {
	const [name = '', length] = subnet.split('/');
	const address = addressOf(name);
	// a network of two addresses has no room for one (RFC 3021)
	return typeof address === 'number' && Number(length) < 31 ? address | ~maskOf(Number(length)) : undefined;
}

/** 224.0.0.0/4, ff00::/8 */
export function isMulticast(address: Address): boolean {
	return typeof address === 'number' ? address >>> 28 === 14 : address.charCodeAt(0) === 0xff;
}

/** Whether an address is in a range "10.0.0.1-10.0.0.9"; undefined: that is none. */
export function rangeTest(text: string): IsAddress | undefined {
	const [first, last] = text.split('-').map((one) => addressOf(one));
	return first === undefined || last === undefined || typeof first !== typeof last
		? undefined
		: (address) => typeof address === typeof first && inOrder(address) >= inOrder(first) && inOrder(address) <= inOrder(last);
}

/** As addresses are counted. */
function inOrder(address: Address): Address {
	return typeof address === 'number' ? address >>> 0 : address;
}

function maskOf(length: number): number {
	return length === 0 ? 0 : -1 << (32 - length);
}

function commonBits(a: string, b: string): number {
	for (let at = 0; at < 16; at++) {
		const other = a.charCodeAt(at) ^ b.charCodeAt(at);
		if (other !== 0) {
			return at * 8 + Math.clz32(other) - 24;
		}
	}

	return 128;
}
