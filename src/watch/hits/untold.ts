// Matches of which packets do not tell: what they ask is known to the kernel alone, at the moment when the packet comes. What can be told of them is: that
// a rule asks for something else besides, which the packet is not. Source: iptables-extensions(8).
import type {Row} from './asked.ts';

/** It only says how another option asks. */
function detail(values: 0 | 1): Row {
	return {values, test: () => () => true};
}

/** `reason`: what one would have to know of a packet. */
function kernelsOwn(values: Row['values'], untold: string): Row {
	return {values, test: () => () => undefined, untold};
}

const listed = 'whether its address was in the list of "recent"';

/** Of what comes from elsewhere no process of this host is the owner (xt_owner.c). */
function ofProcess(values: 0 | 1, untold: string): Row {
	return {
		values,
		test:
			() =>
			({isOwn}) =>
				isOwn ? undefined : false,
		untold,
	};
}

export const untold: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
	limit: {'--limit': kernelsOwn(1, 'how many had come just before'), '--limit-burst': detail(1)},
	owner: {
		'--uid-owner': ofProcess(1, 'whose process sent it'),
		'--gid-owner': ofProcess(1, 'whose process sent it'),
		'--suppl-groups': detail(0),
		'--socket-exists': ofProcess(0, 'whether a process sent it, or the kernel'),
	},
	recent: {
		// it puts the address into the list, and asks for nothing
		'--set': {values: 0, test: () => () => true},
		'--rcheck': kernelsOwn(0, listed),
		'--update': kernelsOwn(0, listed),
		'--remove': kernelsOwn(0, listed),
		'--seconds': detail(1),
		'--hitcount': detail(1),
		'--reap': detail(0),
		'--rttl': detail(0),
		'--name': detail(1),
		'--mask': detail(1),
		'--rsource': detail(0),
		'--rdest': detail(0),
	},
	set: {'--match-set': kernelsOwn(2, 'what was in the set (ipset)')},
};
