// IPv6 addresses and subnets as numbers: "fd00:77::/64" is a range of 128-bit numbers. Only address.ts asks here, for both families have its functions.
import {Address6} from 'ip-address';
import {LabError} from '../base/errors.ts';

export interface Range6 {
	readonly first: bigint;
	readonly last: bigint;
	readonly prefix: number;
}

/** An address, alone (128 bits) or with its prefix length. E_ARGUMENT when it is none. */
export function range6(cidr: string): Range6 {
	const [address = '', length = '128', ...rest] = cidr.split('/');
	if (rest.length > 0 || !isPrefix6(length) || !isPlain6(address)) {
		throw new LabError('E_ARGUMENT', {doing: `read the subnet "${cidr}"`, hint: 'write it like fd00:77::/64'});
	}

	const prefix = Number(length);
	const size = 1n << BigInt(128 - prefix);
	const value = new Address6(address).bigInt();
	const first = value - (value % size);
	return {first, last: first + size - 1n, prefix};
}

/** As RFC 5952 writes it, which is how the kernel's tools print it. */
export function text6(value: bigint): string {
	return Address6.fromBigInt(value).correctForm();
}

/** "fe80::1": no prefix, no zone. */
export function isPlain6(text: string): boolean {
	return text.includes(':') && !/[/%]/.test(text) && Address6.isValid(text);
}

/** A prefix length: 0 to 128 without leading zeros. */
export function isPrefix6(text: string): boolean {
	return /^(?:\d|[1-9]\d|1[01]\d|12[0-8])$/.test(text);
}
