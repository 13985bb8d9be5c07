// Addresses and subnets as the files write them: "172.17.0.2", "172.17.0.0/16", "fd00:77::2", "fd00:77::/64". Pure arithmetic; who may use which
// address is the drivers' business. What is not an address or subnet here is a mistake of the caller (E_ARGUMENT): files are checked with isIPv4,
// isCidr and their brothers first.
import {Address4} from 'ip-address';
import {LabError} from '../base/errors.ts';
import {isPlain6, isPrefix6, range6, text6} from './address6.ts';

interface Range {
	readonly first: number;
	readonly last: number;
	readonly prefix: number;
}

/** "172.17.0.2": four decimal numbers, no prefix, no leading zeros (inet_pton(3)). */
export function isIPv4(text: string): boolean {
	return !text.includes('/') && isPlain(text) && Address4.isValid(text);
}

/** "fe80::1": no prefix, no zone. */
export function isIPv6(text: string): boolean {
	return isPlain6(text);
}

/** "fd00:77::1/64": an address or a subnet with its prefix length. */
export function isCidr6(text: string): boolean {
	const [address = '', prefix = '', ...rest] = text.split('/');
	return rest.length === 0 && isPrefix6(prefix) && isPlain6(address);
}

/** The family of an address or subnet. */
export function familyOf(text: string): 4 | 6 {
	return text.includes(':') ? 6 : 4;
}

/** The one spelling that the kernel's tools print: "FD00:77:0::2" -> "fd00:77::2" (RFC 5952). Prefixes stay; IPv4 has one spelling anyway. */
export function canonical(text: string): string {
	const slash = text.indexOf('/');
	return familyOf(text) === 4 ? text : `${text6(range6(hostPart(text)).first)}${slash === -1 ? '' : text.slice(slash)}`;
}

/** "172.17.0.1/16": an address or a subnet with its prefix length. */
export function isCidr(text: string): boolean {
	const [address = '', prefix, ...rest] = text.split('/');
	return rest.length === 0 && prefix !== undefined && /^(?:\d|[12]\d|3[0-2])$/.test(prefix) && isIPv4(address);
}

/** The address without its prefix: "172.17.0.1/16" -> "172.17.0.1". */
export function hostPart(cidr: string): string {
	const slash = cidr.indexOf('/');
	return slash === -1 ? cidr : cidr.slice(0, slash);
}

/** The prefix length: "172.17.0.1/16" -> 16; a lone address has 32, or 128. */
export function prefixOf(cidr: string): number {
	return (familyOf(cidr) === 6 ? range6(cidr) : rangeOf(cidr)).prefix;
}

/** The subnet that an address with prefix lies in: "172.17.0.1/16" -> "172.17.0.0/16". */
export function subnetOf(cidr: string): string {
	return `${networkOf(cidr)}/${prefixOf(cidr)}`;
}

/** The first address of the subnet: "172.17.0.1/16" -> "172.17.0.0". */
export function networkOf(cidr: string): string {
	return familyOf(cidr) === 6 ? text6(range6(cidr).first) : toText(rangeOf(cidr).first);
}

/** The last address of the subnet: "172.17.0.1/16" -> "172.17.255.255". IPv6 has no broadcast: there it is an address like any other. */
export function broadcastOf(cidr: string): string {
	return familyOf(cidr) === 6 ? text6(range6(cidr).last) : toText(rangeOf(cidr).last);
}

/** How many addresses the subnet has, its own and the broadcast address included. */
export function sizeOf(cidr: string): number {
	return 2 ** ((familyOf(cidr) === 6 ? 128 : 32) - prefixOf(cidr));
}

/** Whether the subnet holds the address (or all of a smaller subnet); never one of the other family. */
export function contains(subnet: string, address: string): boolean {
	if (familyOf(subnet) !== familyOf(address)) {
		return false;
	}

	const [outer, inner] = familyOf(subnet) === 6 ? [range6(subnet), range6(address)] : [rangeOf(subnet), rangeOf(address)];
	return inner.first >= outer.first && inner.last <= outer.last;
}

/** Whether two subnets have an address in common. */
export function overlaps(a: string, b: string): boolean {
	return overlapsWith(a)(b);
}

/** The same for one subnet and many others. */
export function overlapsWith(subnet: string): (other: string) => boolean {
	const family = familyOf(subnet);
	const range = family === 6 ? range6 : rangeOf;
	const {first, last} = range(subnet);
	return (other) => {
		if (familyOf(other) !== family) {
			return false;
		}

		const {first: otherFirst, last: otherLast} = range(other);
		return first <= otherLast && otherFirst <= last;
	};
}

/** The n-th address of the subnet, counted from its network address as 0. E_RANGE_EXHAUSTED when it has no such address. */
export function nthAddress(subnet: string, n: number): string {
	if (!Number.isInteger(n) || n < 0 || n >= sizeOf(subnet)) {
		throw new LabError('E_RANGE_EXHAUSTED', {doing: `take address number ${n} of ${subnet}`});
	}

	return familyOf(subnet) === 6 ? text6(range6(subnet).first + BigInt(n)) : toText(rangeOf(subnet).first + n);
}

/**
 * The lowest address that is not taken, or undefined when none is left. The subnet's network and broadcast addresses are never given
 * (except from a /31 or /32, which have none: RFC 3021). `within` narrows the search to a part of the subnet; the first and last
 * addresses of that part are ordinary ones.
 */
export function lowestFree(subnet: string, taken: ReadonlySet<string>, within: string = subnet): string | undefined {
	const whole = rangeOf(subnet);
	const part = rangeOf(within);
	const edge = whole.prefix < 31 ? 1 : 0;
	const last = Math.min(whole.last - edge, part.last);
	for (let candidate = Math.max(whole.first + edge, part.first); candidate <= last; candidate += 1) {
		const address = toText(candidate);
		if (!taken.has(address)) {
			return address;
		}
	}

	return undefined;
}

/** Negative, zero or positive, as `a` comes before, is, or comes after `b`: for sorting addresses as numbers and not as text. */
export function compareAddresses(a: string, b: string): number {
	return toNumber(hostPart(a)) - toNumber(hostPart(b));
}

function rangeOf(cidr: string): Range {
	const slash = cidr.indexOf('/');
	const prefix = slash === -1 ? 32 : Number(cidr.slice(slash + 1));
	if (!Number.isInteger(prefix) || prefix < 0 || prefix > 32 || slash === cidr.length - 1) {
		throw new LabError('E_ARGUMENT', {doing: `read the subnet "${cidr}"`, hint: 'write it like 172.17.0.0/16'});
	}

	const size = 2 ** (32 - prefix);
	const address = toNumber(slash === -1 ? cidr : cidr.slice(0, slash));
	const first = address - (address % size);
	return {first, last: first + size - 1, prefix};
}

/** The address as an unsigned 32-bit number, big end first. */
function toNumber(address: string): number {
	const parts = isPlain(address) ? address.split('.').map(Number) : [];
	if (parts.length !== 4 || parts.some((part) => part > 255)) {
		throw new LabError('E_ARGUMENT', {doing: `read the address "${address}"`, hint: 'write it like 172.17.0.2'});
	}

	return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function toText(value: number): string {
	return `${Math.floor(value / 16_777_216)}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function isPlain(text: string): boolean {
	return /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text);
}

/** The first address of a range that a machine of the subnet can have: not the subnet's own, which is its network or the address of all its routers. */
export function firstHost(subnet: string, range: string = subnet): string {
	const first = nthAddress(subnetOf(range), 0);
	return first === networkOf(subnet) ? nthAddress(subnet, 1) : first;
}
