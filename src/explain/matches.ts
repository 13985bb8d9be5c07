// The table of matches: what an option of a rule asks of a packet, in words. An option that is not here, or a value that a row does not know, is not
// explained at all, and neither is its rule. To add one: a row, and a rule in test/explain/rule.test.ts. Source: iptables-extensions(8).
import type {Part} from './packets.ts';
import type {RuleOption} from './tokens.ts';

/** What a rule's words are told with: names that people gave to addresses and interfaces. */
export type Naming = (addressOrInterface: string) => string | undefined;

interface Row {
	/** How many values follow it. */
	readonly values: 0 | 1 | 2;
	/** undefined: not with these values, or not turned round. */
	readonly part: (values: readonly string[], isNot: boolean, names: Naming) => Part | undefined;
}

/** An address without the length of a prefix that holds only it. */
export function bareAddress(text: string): string {
	return text.replace(/^([\d.]+)\/32$/, '$1').replace(/^([\da-f:.]*:[\da-f:.]*)\/128$/i, '$1');
}

/** With the name that people know it by: "172.17.0.2 (web)". */
export function named(text: string, names: Naming): string {
	const name = names(text);
	return name === undefined ? text : `${text} (${name})`;
}

function address(end: 'from' | 'to'): Row {
	return {values: 1, part: ([text = ''], isNot, names) => ({is: 'address', end, text: named(bareAddress(text), names), isNot})};
}

function device(way: 'in' | 'out'): Row {
	return {
		values: 1,
		part: ([text = ''], isNot, names) => ({is: 'interface', way, text: text.endsWith('+') ? `${text.slice(0, -1)}*` : named(text, names), isNot}),
	};
}

/** "80", "8000:8010" as "8000-8010", "80,443". */
function port(end: 'from' | 'to'): Row {
	return {values: 1, part: ([text = ''], isNot) => ({is: 'port', end, text: text.replaceAll(':', '-').replaceAll(',', ', '), isNot})};
}

/** Words for some values of an option; another value is not explained. */
function words(table: Readonly<Record<string, string>>): Row {
	return {values: 1, part: ([value = ''], isNot) => said(isNot ? undefined : table[value])};
}

function said(text: string | undefined): Part | undefined {
	return text === undefined ? undefined : {is: 'said', text};
}

/** With the value in the words' place of %; `not` for the option turned round. */
function says(text: string, not?: string): Row {
	return {
		values: 1,
		part: ([value = ''], isNot) => said((isNot ? not : text)?.replace('%', () => value)),
	};
}

const addressTypes = {
	LOCAL: 'an address of this host',
	UNICAST: 'a unicast address',
	BROADCAST: 'a broadcast address',
	MULTICAST: 'a multicast address',
} as const;

function addressType(end: 'from' | 'to'): Row {
	return {
		values: 1,
		part: ([value = ''], isNot) => {
			const what = Object.entries(addressTypes).find(([type]) => type === value)?.[1];
			return said(what === undefined ? undefined : `${isNot ? 'not ' : ''}${end} ${what}`);
		},
	};
}

const states: Readonly<Record<string, string>> = {
	NEW: 'that begin a connection',
	ESTABLISHED: 'of a known connection',
	RELATED: 'related to a known connection',
	INVALID: 'that fit no connection',
	UNTRACKED: 'that are not tracked',
	DNAT: 'whose destination was rewritten',
	SNAT: 'whose source was rewritten',
};

const state: Row = {
	values: 1,
	part: ([value = ''], isNot) => {
		const all = value.split(',');
		const both = all.length === 2 && all.includes('ESTABLISHED') && all.includes('RELATED');
		const told = both ? ['of or related to a known connection'] : all.flatMap((one) => states[one] ?? []);
		return isNot || told.length < (both ? 1 : all.length) ? undefined : said(told.join(' or '));
	},
};

const ports = {'--dport': port('to'), '--sport': port('from')};
const icmp: Readonly<Record<string, string>> = {'0': 'echo replies', '3': 'unreachable', '8': 'echo requests', '11': 'time exceeded'};
const icmp6: Readonly<Record<string, string>> = {
	'1': 'unreachable',
	'128': 'echo requests',
	'129': 'echo replies',
	'135': 'neighbour questions',
	'136': 'neighbour answers',
};

/** Match -> option -> row. '' holds what every rule knows. */
const matches: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
	'': {
		'-p': {values: 1, part: ([text = ''], isNot) => ({is: 'protocol', text, isNot})},
		'-s': address('from'),
		'-d': address('to'),
		'-i': device('in'),
		'-o': device('out'),
	},
	tcp: {
		...ports,
		'--tcp-flags': {
			values: 2,
			part: ([mask = '', set = ''], isNot) => said(!isNot && mask === 'FIN,SYN,RST,ACK' && set === 'SYN' ? 'that ask for a connection (SYN)' : undefined),
		},
	},
	udp: ports,
	sctp: ports,
	multiport: {'--dports': port('to'), '--sports': port('from')},
	addrtype: {'--dst-type': addressType('to'), '--src-type': addressType('from')},
	conntrack: {
		'--ctstate': state,
		'--ctorigdst': says('of connections opened to %', 'of connections not opened to %'),
		'--ctorigdstport': says('of connections opened to port %', 'of connections not opened to port %'),
		'--ctorigsrc': says('of connections opened by %', 'of connections not opened by %'),
		'--ctdir': words({ORIGINAL: "in the opener's direction", REPLY: 'in the direction of the answers'}),
	},
	state: {'--state': state},
	comment: {'--comment': {values: 1, part: ([text = '']) => ({is: 'comment', text})}},
	mark: {'--mark': says('marked %', 'not marked %')},
	limit: {'--limit': says('as long as there are no more than %'), '--limit-burst': says('after a burst of %')},
	icmp: {'--icmp-type': words(icmp)},
	icmp6: {'--icmpv6-type': words(icmp6)},
	iprange: {'--src-range': says('from %', 'not from %'), '--dst-range': says('to %', 'not to %')},
	owner: {'--uid-owner': says('of processes of user %', 'not of processes of user %')},
	pkttype: {'--pkt-type': words({unicast: 'for one machine', broadcast: 'for all machines', multicast: 'for a group of machines'})},
};

/** How many values an option takes; undefined: not known. */
export function valuesOf(module: string, option: string): number | undefined {
	return matches[module]?.[option]?.values;
}

/** What the options ask, one part each; undefined when one of them is not known, or two ask about the same. */
export function partsOf(options: readonly RuleOption[], names: Naming): readonly Part[] | undefined {
	const parts: Part[] = [];
	for (const {module, name, isNot, values} of options) {
		const match = matches[module];
		const part = match?.[name]?.part(values, isNot, names);
		if (match === undefined || (name !== '' && part === undefined)) {
			return undefined;
		}

		parts.push(...(part === undefined ? [] : [part]));
	}

	const places = parts.flatMap((part) => placeOf(part) ?? []);
	return new Set(places).size === places.length ? parts : undefined;
}

/** The place of a phrase that has room for one part only. */
function placeOf(part: Part): string | undefined {
	switch (part.is) {
		case 'protocol': {
			return part.is;
		}

		case 'interface': {
			return part.way;
		}

		case 'address':
		case 'port': {
			return `${part.is} ${part.end}`;
		}

		default: {
			return undefined;
		}
	}
}
