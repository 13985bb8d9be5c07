// The table of targets: what a rule does with a packet that fits, in words. One that is not here, or an option that its row does not know, is not explained.
// To add one: a row, and a rule in test/explain/rule.test.ts. Source: iptables-extensions(8).
import type {Naming} from './matches.ts';

/** What kind of end it is, for colours. `pass`: the packet goes on to the next rule. */
export type Fate = 'accept' | 'drop' | 'rewrite' | 'go' | 'return' | 'pass';

export interface Action {
	readonly fate: Fate;
	readonly text: string;
}

interface Row {
	readonly fate: Fate;
	/** '' when it can stand without an option. undefined: only with one. */
	readonly plain?: string;
	/** Its first option and the words for its value; the rest must be in `also`. undefined: not explained with that value. */
	readonly option?: readonly [name: string, words: (value: string, names: Naming) => string | undefined];
	/** Options without a value that add words. */
	readonly also?: Readonly<Record<string, string>>;
}

/** "10.0.0.1:80" with a name behind the address; ":80" is only a port. */
function rewritten(end: 'destination' | 'source'): (value: string, names: Naming) => string {
	return (value, names) => {
		const [, address = '', port = ''] = /^(\[[\da-f:.]+\]|[\da-f:.]*?:[\da-f:.]*:[\da-f:.]*|[^:]*)(?::([\d-]+))?$/i.exec(value) ?? ['', value, ''];
		if (address === '') {
			return `${end} port becomes ${port}`;
		}

		const name = names(address.replaceAll(/[[\]]/g, ''));
		return `${end} becomes ${value}${name === undefined ? '' : ` (${name})`}`;
	};
}

const random = {'--random': ', a port by chance', '--random-fully': ', a port by chance', '--persistent': ', the same for each client'};

const targets: Readonly<Record<string, Row>> = {
	ACCEPT: {fate: 'accept', plain: 'accept'},
	DROP: {fate: 'drop', plain: 'drop'},
	REJECT: {fate: 'drop', option: ['--reject-with', (value) => `refuse with ${value}`]},
	DNAT: {fate: 'rewrite', option: ['--to-destination', rewritten('destination')], also: random},
	SNAT: {fate: 'rewrite', option: ['--to-source', rewritten('source')], also: random},
	MASQUERADE: {
		fate: 'rewrite',
		plain: 'source becomes the address of the way out',
		option: ['--to-ports', (value) => `source becomes the address of the way out, with port ${value}`],
		also: random,
	},
	REDIRECT: {
		fate: 'rewrite',
		plain: 'destination becomes this host',
		option: ['--to-ports', (value) => `destination becomes this host, port ${value}`],
		also: random,
	},
	MARK: {fate: 'pass', option: ['--set-xmark', (value) => (value.endsWith('/0xffffffff') ? `mark ${value.slice(0, -11)}` : undefined)]},
	LOG: {fate: 'pass', plain: 'log', option: ['--log-prefix', (value) => `log as "${value.trim()}"`]},
	TCPMSS: {
		fate: 'pass',
		option: ['--set-mss', (value) => `segments of at most ${value} bytes`],
		also: {'--clamp-mss-to-pmtu': 'segments as large as the way out takes'},
	},
	CT: {fate: 'pass', also: {'--notrack': 'do not track'}},
	NOTRACK: {fate: 'pass', plain: 'do not track'},
	CHECKSUM: {fate: 'pass', also: {'--checksum-fill': 'fill in the checksum'}},
	TRACE: {fate: 'pass', plain: 'trace through the rules'},
};

/** What a target that is no chain does; undefined when it is not known, or not with these options. */
export function actionOf(name: string, words: readonly string[], names: Naming): Action | undefined {
	const row = targets[name];
	if (row === undefined) {
		return undefined;
	}

	const {fate, plain, option, also = {}} = row;
	let text = plain ?? '';
	let rest = words;
	const [first, value, ...others] = words;
	if (option !== undefined && first === option[0] && value !== undefined) {
		const told = option[1](value, names);
		if (told === undefined) {
			return undefined;
		}

		text = told;
		rest = others;
	}

	for (const word of rest) {
		const more = also[word];
		if (more === undefined) {
			return undefined;
		}

		text += more;
	}

	return text === '' ? undefined : {fate, text};
}
