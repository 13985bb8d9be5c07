// The table of matches: whether a packet at a hook is what an option of a rule asks for. What is not here cannot be judged, and neither can its rule.
// To add one: a row, and a rule in test/watch/hits/matches.test.ts. Source: iptables-extensions(8).
import type {RuleOption} from '../../explain/tokens.ts';
import {isSameFlow, turned} from '../journey/nat.ts';
import {type Address, protocols} from '../journey/print.ts';
import {type IsAddress, isMulticast, rangeTest, subnetTest} from './addresses.ts';
import type {Local, Row, Test} from './asked.ts';
import {physdev} from './ports.ts';
import type {Entry} from './tracking.ts';
import {untold} from './untold.ts';
import {flagsOf, portsTest} from './values.ts';

/** What a rule's protocol is called (protocols(5)), as numbers of IANA. */
const protocolNumbers: Readonly<Record<string, number>> = {
	...protocols,
	'ipv6-icmp': protocols.icmpv6,
	icmp6: protocols.icmpv6,
	igmp: 2,
	gre: 47,
	esp: 50,
	ah: 51,
	sctp: 132,
	udplite: 136,
};
const all = 'all';

function protocol(): Row {
	return {
		values: 1,
		test([name = '']) {
			const number = protocolNumbers[name] ?? (/^\d+$/.test(name) ? Number(name) : undefined);
			return name === all ? () => true : number === undefined ? undefined : ({packet}) => packet.protocol === number;
		},
	};
}

function address(end: 'source' | 'destination', read: (text: string) => IsAddress | undefined): Row {
	return {
		values: 1,
		test([text = '']) {
			const isMeant = read(text);
			return isMeant && (({packet}) => isMeant(packet[end]));
		},
	};
}

function device(way: 'in' | 'out'): Row {
	return {
		values: 1,
		test: ([name = '']) => (name.endsWith('+') ? (asked) => asked[way].startsWith(name.slice(0, -1)) : (asked) => asked[way] === name),
	};
}

/** Further fragments have no ports; a host that tracks connections puts datagrams together before it asks. */
function ports(...ends: readonly ('sourcePort' | 'destinationPort')[]): Row {
	return {
		values: 1,
		test([text = '']) {
			const isMeant = portsTest(text);
			return isMeant && (({packet}) => ends.some((end) => isMeant(packet[end])));
		},
	};
}

const tcpFlags: Row = {
	values: 2,
	test([mask = '', wanted = '']) {
		const [looked, set] = [flagsOf(mask), flagsOf(wanted)];
		return looked === undefined || set === undefined ? undefined : ({packet}) => (packet.flags & looked) === set;
	},
};

/** "8", "3/4", "any" */
const icmpType: Row = {
	values: 1,
	test([text = '']) {
		const [type, code] = text.split('/');
		return text === 'any' || text === '255'
			? () => true
			: /^\d+(?:\/\d+)?$/.test(text)
				? ({packet: {icmp}}) => icmp >> 8 === Number(type) && (code === undefined || (icmp & 255) === Number(code))
				: undefined;
	},
};

const addressTypes: Readonly<Record<string, (address: Address, local: Local) => boolean>> = {
	LOCAL: (one, {isOwn}) => isOwn(one),
	BROADCAST: (one, {isBroadcast}) => isBroadcast(one),
	MULTICAST: (one) => isMulticast(one),
	UNICAST: (one, {isOwn, isBroadcast}) => !isOwn(one) && !isBroadcast(one) && !isMulticast(one),
};

function addressType(end: 'source' | 'destination'): Row {
	return {
		values: 1,
		test([text = '']) {
			const types = text.split(',').map((name) => addressTypes[name]);
			return types.includes(undefined) ? undefined : ({packet, local}) => types.some((is) => is?.(packet[end], local));
		},
	};
}

const states = new Set(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']);

const state: Row = {
	values: 1,
	test([text = '']) {
		const wanted = text.split(',');
		return wanted.some((one) => !states.has(one) && one !== 'DNAT' && one !== 'SNAT')
			? undefined
			: ({tracked}) => {
					const {entry} = tracked;
					return (
						wanted.includes(tracked.state) ||
						(entry !== undefined && ((wanted.includes('DNAT') && isTurned(entry, 'to')) || (wanted.includes('SNAT') && isTurned(entry, 'from'))))
					);
				};
	},
};

/** NAT has rewritten the destination, or the source, of the connection's first packet. */
function isTurned({orig, reply}: Entry, end: 'to' | 'from'): boolean {
	const asSent = turned(reply);
	const rest = end === 'to' ? {source: orig.source, sourcePort: orig.sourcePort} : {destination: orig.destination, destinationPort: orig.destinationPort};
	return !isSameFlow({...asSent, ...rest}, orig);
}

function ofEntry(entryTest: (text: string) => ((entry: Entry, isReply: boolean) => boolean) | undefined): Row {
	return {
		values: 1,
		test([text = '']) {
			const isMeant = entryTest(text);
			return isMeant && (({tracked: {entry, isReply}}) => (entry === undefined ? false : entry.isGuess ? undefined : isMeant(entry, isReply)));
		},
	};
}

function originalAddress(which: 'orig' | 'reply', end: 'source' | 'destination'): Row {
	return ofEntry((text) => {
		const isMeant = subnetTest(text);
		return isMeant && ((entry) => isMeant(entry[which][end]));
	});
}

function originalPort(which: 'orig' | 'reply', end: 'sourcePort' | 'destinationPort'): Row {
	return ofEntry((text) => {
		const isMeant = portsTest(text);
		return isMeant && ((entry) => isMeant(entry[which][end]));
	});
}

const direction = ofEntry((text) => (text === 'ORIGINAL' || text === 'REPLY' ? (_, isReply) => isReply === (text === 'REPLY') : undefined));

const conntrackProtocol: Row = {
	values: 1,
	test([name = '']) {
		const number = protocolNumbers[name] ?? Number(name);
		return ({tracked}) => tracked.entry?.orig.protocol === number;
	},
};

/** "0x1", "0x1/0xff" */
const mark: Row = {
	values: 1,
	test([text = '']) {
		const [value = Number.NaN, mask = 0xff_ff_ff_ff] = text.split('/').map(Number);
		return Number.isNaN(value) || Number.isNaN(mask) ? undefined : ({packet}) => (packet.mark & mask) >>> 0 === value;
	},
};

const kinds = new Set(['unicast', 'broadcast', 'multicast']);
const packetType: Row = {values: 1, test: ([text = '']) => (kinds.has(text) ? ({packet}) => packet.kind === text : undefined)};

const sides = {'--sport': ports('sourcePort'), '--dport': ports('destinationPort')};

/** Match -> option -> row. '' holds what every rule knows. */
const matches: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
	'': {
		'-p': protocol(),
		'-s': address('source', subnetTest),
		'-d': address('destination', subnetTest),
		'-i': device('in'),
		'-o': device('out'),
	},
	tcp: {...sides, '--tcp-flags': tcpFlags},
	udp: sides,
	sctp: sides,
	multiport: {'--sports': ports('sourcePort'), '--dports': ports('destinationPort'), '--ports': ports('sourcePort', 'destinationPort')},
	addrtype: {'--src-type': addressType('source'), '--dst-type': addressType('destination')},
	conntrack: {
		'--ctstate': state,
		'--ctproto': conntrackProtocol,
		'--ctorigsrc': originalAddress('orig', 'source'),
		'--ctorigdst': originalAddress('orig', 'destination'),
		'--ctreplsrc': originalAddress('reply', 'source'),
		'--ctrepldst': originalAddress('reply', 'destination'),
		'--ctorigsrcport': originalPort('orig', 'sourcePort'),
		'--ctorigdstport': originalPort('orig', 'destinationPort'),
		'--ctreplsrcport': originalPort('reply', 'sourcePort'),
		'--ctrepldstport': originalPort('reply', 'destinationPort'),
		'--ctdir': direction,
	},
	state: {'--state': state},
	comment: {'--comment': {values: 1, test: () => () => true}},
	mark: {'--mark': mark},
	icmp: {'--icmp-type': icmpType},
	icmp6: {'--icmpv6-type': icmpType},
	iprange: {'--src-range': address('source', rangeTest), '--dst-range': address('destination', rangeTest)},
	pkttype: {'--pkt-type': packetType},
	physdev,
	...untold,
};

/** How many values an option takes; undefined: not known. */
export function valuesOf(module: string, option: string): number | undefined {
	return matches[module]?.[option]?.values;
}

/** A rule's options as one test; undefined: one of them is not known. */
export function testOf(options: readonly RuleOption[]): Test | undefined {
	const tests: Test[] = [];
	for (const {module, name, isNot, values} of options) {
		const row = name === '' ? undefined : matches[module]?.[name];
		const test = row === undefined ? undefined : isNot ? (row.testNot?.(values) ?? inverted(row.test(values))) : row.test(values);
		if (test !== undefined) {
			tests.push(test);
		} else if (name !== '' || matches[module] === undefined) {
			return undefined;
		}
	}

	return (asked) => {
		let is: boolean | undefined = true;
		for (const test of tests) {
			const one = test(asked);
			if (one === false) {
				return false;
			}

			is = one === undefined ? undefined : is;
		}

		return is;
	};
}

/** What would have to be known of a packet that a rule with these options cannot be told of; undefined: it can, or an option is not known. */
export function untoldOf(options: readonly RuleOption[]): string | undefined {
	return options.flatMap(({module, name}) => matches[module]?.[name]?.untold ?? [])[0];
}

function inverted(test: Test | undefined): Test | undefined {
	return (
		test &&
		((asked) => {
			const is = test(asked);
			return is === undefined ? undefined : !is;
		})
	);
}
