// The rules of a namespace in the order in which one reads them: tables and built-in chains as a packet meets them, other chains behind the first rule that
// leads to them, every rule with its words. Pure.
import type {View} from '../api/messages.ts';
import type {ObservedChain, ObservedRule, ObservedRules} from '../model/observed.ts';
import type {Naming} from './matches.ts';
import {explainRule, type RuleWords} from './rule.ts';
import {tokens} from './tokens.ts';
import {hooksOf, unseenFrom, type Unseen} from './unseen.ts';

export interface ReadRule extends ObservedRule {
	/** undefined: not known; its text says it. */
	readonly words: RuleWords | undefined;
	/** Of what it drops; undefined: it drops nothing, or captures show it. */
	readonly unseen: Unseen | undefined;
}

export interface ReadChain extends ObservedChain {
	readonly rules: readonly ReadRule[];
	/** The rules that lead here: "FORWARD 2". Of a built-in chain none. */
	readonly callers: readonly string[];
	/** Of what its policy drops; undefined: it drops nothing, or captures show it. */
	readonly unseen: Unseen | undefined;
}

export interface ReadTable {
	readonly family: 4 | 6;
	readonly table: string;
	readonly chains: readonly ReadChain[];
}

/** As Netfilter calls them at one hook, by priority (linux/netfilter_ipv4.h, NF_IP_PRI_*); nat at its first, where it rewrites destinations. */
const tables = ['raw', 'mangle', 'nat', 'filter', 'security'];
const dropping: ReadonlySet<string> = new Set(['DROP', 'REJECT']);
const builtIn = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** All tables of both families, IPv4 first. `names`: what people call addresses and interfaces. */
export function readRules({chains, rules}: ObservedRules, names: Naming): readonly ReadTable[] {
	const groups = new Map<string, ObservedChain[]>();
	for (const chain of chains) {
		const key = `${chain.family} ${chain.table}`;
		groups.set(key, [...(groups.get(key) ?? []), chain]);
	}

	return [...groups.values()]
		.map((group) => readTable(group, rules, names))
		.toSorted((a, b) => a.family - b.family || placeIn(tables, a.table) - placeIn(tables, b.table));
}

function readTable(chains: readonly ObservedChain[], rules: readonly ObservedRule[], names: Naming): ReadTable {
	const [{family, table} = {family: 4 as const, table: ''}] = chains;
	const own = new Map(chains.map((chain): [string, ObservedRule[]] => [chain.chain, []]));
	for (const rule of rules) {
		if (rule.family === family && rule.table === table) {
			own.get(rule.chain)?.push(rule);
		}
	}

	const targets = new Map([...own.values()].flat().map((rule) => [rule, targetOf(rule.text)]));
	const hooks = hooksOf(
		chains,
		(chain) => own.get(chain) ?? [],
		(rule) => targets.get(rule),
	);
	const unseenIn = (chain: string): Unseen | undefined => unseenFrom(hooks.get(chain) ?? new Set());
	const read = (chain: ObservedChain): ReadChain => ({
		...chain,
		unseen: chain.policy === 'DROP' ? unseenIn(chain.chain) : undefined,
		rules: (own.get(chain.chain) ?? []).map((rule) => ({
			...rule,
			words: explainRule(rule, {isChain: (name) => own.has(name), policy: chain.policy, names}),
			unseen: dropping.has(targets.get(rule) ?? '') ? unseenIn(chain.chain) : undefined,
		})),
		callers: [...targets].filter(([, target]) => target === chain.chain).map(([rule]) => `${rule.chain} ${rule.number}`),
	});
	return {family, table, chains: inReadingOrder(chains, (chain) => (own.get(chain) ?? []).map((rule) => targets.get(rule))).map((chain) => read(chain))};
}

/** Built-in chains first; behind them what they lead to, depth first; then what nothing leads to. */
function inReadingOrder(chains: readonly ObservedChain[], targetsOf: (chain: string) => readonly (string | undefined)[]): readonly ObservedChain[] {
	const byName = new Map(chains.map((chain) => [chain.chain, chain]));
	const first = chains.filter(({policy}) => policy !== undefined).toSorted((a, b) => placeIn(builtIn, a.chain) - placeIn(builtIn, b.chain));
	const ordered = new Set(first);
	const follow = (name: string): void => {
		for (const target of targetsOf(name)) {
			const chain = target === undefined ? undefined : byName.get(target);
			if (chain !== undefined && !ordered.has(chain)) {
				ordered.add(chain);
				follow(chain.chain);
			}
		}
	};
	first.forEach(({chain}) => follow(chain));
	for (const chain of chains) {
		ordered.add(chain);
		follow(chain.chain);
	}

	return [...ordered];
}

/** The name behind -j or -g, also of a rule that has no words. */
function targetOf(text: string): string | undefined {
	const words = tokens(text) ?? [];
	return words[words.findLastIndex((word) => word === '-j' || word === '-g') + 1];
}

function placeIn(order: readonly string[], name: string): number {
	const place = order.indexOf(name);
	return place === -1 ? order.length : place;
}

/** What addresses and bridges are called on a host: containers by their addresses, networks by their bridges. */
export function namesOn({hosts, networks}: Pick<View, 'hosts' | 'networks'>, host: string): Naming {
	const names = new Map<string, string>();
	for (const {bridge, name} of networks.filter((network) => network.hosts.includes(host))) {
		if (bridge !== undefined && bridge !== name) {
			names.set(bridge, name);
		}
	}

	for (const {name, interfaces} of hosts.filter((one) => one.name === host).flatMap(({containers}) => containers)) {
		for (const address of interfaces.flatMap((one) => [one.address, one.address6])) {
			if (address !== undefined) {
				names.set(address.replace(/\/\d+$/, ''), name);
			}
		}
	}

	return (text) => names.get(text);
}

/** The host that a node is, or runs on; undefined: there is none of that name. */
export function hostOf({hosts}: Pick<View, 'hosts'>, node: string): string | undefined {
	return hosts.find(({name, containers}) => name === node || containers.some((container) => container.name === node))?.name;
}
