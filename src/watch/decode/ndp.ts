// Options of neighbour discovery (RFC 4861 4.6): a type, a length in eights of bytes, and what the type says.
import {ipv6At, macAt, named, u32, u8} from './bytes.ts';
import type {Field} from './walk.ts';

const types: Readonly<Record<number, string>> = {
	1: 'Source link-layer address',
	2: 'Target link-layer address',
	3: 'Prefix information',
	4: 'Redirected header',
	5: 'MTU',
	14: 'Nonce',
	24: 'Route information',
	25: 'Recursive DNS server',
	31: 'DNS search list',
};

/** Calls `see` with the place of each whole option. One of no length ends them: the rest cannot be understood. */
function eachOption(bytes: Uint8Array, start: number, limit: number, see: (at: number, length: number) => void): void {
	for (let at = start; at + 8 <= limit;) {
		const length = u8(bytes, at + 1) * 8;
		if (length === 0 || at + length > limit) {
			return;
		}

		see(at, length);
		at += length;
	}
}

/** The MAC address in the options, the source's or the target's. */
export function linkAddressIn(bytes: Uint8Array, start: number, limit: number): string | undefined {
	let found: string | undefined;
	eachOption(bytes, start, limit, (at, length) => {
		const type = u8(bytes, at);
		found ??= (type === 1 || type === 2) && length === 8 ? macAt(bytes, at + 2) : undefined;
	});
	return found;
}

export function optionFields(bytes: Uint8Array, start: number, limit: number): readonly Field[] {
	const fields: Field[] = [];
	eachOption(bytes, start, limit, (at, length) => {
		fields.push(
			{name: 'icmpv6.opt.type', value: u8(bytes, at), text: named(u8(bytes, at), types[u8(bytes, at)]), start: at, end: at + 1},
			{name: 'icmpv6.opt.length', value: u8(bytes, at + 1), text: `${u8(bytes, at + 1)} (${length} bytes)`, start: at + 1, end: at + 2},
			...valueFields(bytes, at, length),
		);
	});
	return fields;
}

function valueFields(bytes: Uint8Array, at: number, length: number): readonly Field[] {
	switch (u8(bytes, at)) {
		case 1:
		case 2: {
			return length === 8 ? [{name: 'icmpv6.opt.linkaddr', value: macAt(bytes, at + 2), start: at + 2, end: at + 8}] : [];
		}

		case 3: {
			return length === 32
				? [
						{name: 'icmpv6.opt.prefix.length', value: u8(bytes, at + 2), start: at + 2, end: at + 3},
						{name: 'icmpv6.opt.prefix', value: ipv6At(bytes, at + 16), start: at + 16, end: at + 32},
					]
				: [];
		}

		case 5: {
			return [{name: 'icmpv6.opt.mtu', value: u32(bytes, at + 4), start: at + 4, end: at + 8}];
		}

		default: {
			return [];
		}
	}
}
