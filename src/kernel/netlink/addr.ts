// Addresses of links: RTM_NEWADDR and its relatives. Sources: rtnetlink(7), linux/if_addr.h.
import {cString, ip, u32, u8} from './values.ts';
import {format} from './message.ts';

/** RTM_*ADDR. */
export const addrMessage = {add: 20, remove: 21, get: 22} as const;
/** IFA_F_NODAD: an IPv6 address that is used at once, without asking whether somebody else has it. */
export const noDuplicateCheck = 2;

/** `address` is the peer's on a point-to-point link, else the same as `local`; IPv6 has `address` only. */
export const addr = format(8, {family: [0, u8], prefix: [1, u8], flags: [2, u8], scope: [3, u8], index: [4, u32]}, {
	address: [1, ip],
	local: [2, ip],
	label: [3, cString],
	broadcast: [4, ip],
	flags: [8, u32],
	protocol: [11, u8],
} as const);

/** RT_SCOPE_* (linux/rtnetlink.h), for addresses and routes. */
export const scopes = {global: 0, site: 200, link: 253, host: 254, nowhere: 255} as const;
export type Scope = keyof typeof scopes;

/** A scope's name; a number without one counts as global, which it is nearest to. */
export function scopeName(number: number): Scope {
	switch (number) {
		case scopes.site: {
			return 'site';
		}

		case scopes.link: {
			return 'link';
		}

		case scopes.host: {
			return 'host';
		}

		case scopes.nowhere: {
			return 'nowhere';
		}

		default: {
			return 'global';
		}
	}
}
