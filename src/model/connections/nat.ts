// What a connection's entry rewrites, in the words of those who set it up, and the rules that made it so. The entry itself only knows addresses; rules
// come from the plan. What a rule asks for that an entry does not tell (a mark, a time) makes it no explanation.
import {contains} from '../address.ts';
import type {FlowTuple, ObservedFlow} from '../observed.ts';

/** A rule of the nat table that was made on a node. */
export interface NatRule {
	readonly chain: string;
	readonly target: 'MASQUERADE' | 'SNAT' | 'DNAT' | 'REDIRECT';
	/** Its options, without chain and target. */
	readonly options: readonly Option[];
	/** Of SNAT and DNAT: "172.17.0.2:80", ":53"; of REDIRECT "9090". */
	readonly to: string;
	readonly command: string;
	readonly why: string;
	/** No step of the lab made it. */
	readonly isByHand: boolean;
}

interface Option {
	readonly name: string;
	readonly value: string;
	readonly isInverted: boolean;
}

/** An interface, and the subnets behind it. */
interface Behind {
	readonly dev: string;
	readonly subnets: readonly string[];
}

/** What is known of a node besides its connections. */
export interface NatFacts {
	readonly bridges: readonly Behind[];
	/** Its other interfaces. */
	readonly nics: readonly Behind[];
	/** The node's own addresses. */
	readonly local: ReadonlySet<string>;
	readonly published: readonly {
		readonly protocol: string;
		readonly hostPort: number;
		readonly container: string;
		readonly addresses: readonly string[];
		readonly port: number;
	}[];
	readonly rules: readonly NatRule[];
}

export interface Nat {
	/** "none", "masquerade", "SNAT", "published port", "DNAT", "hairpin", or two of them: "published port, masquerade". */
	readonly words: string;
	readonly rules: readonly NatRule[];
}

const command =
	/^(?:ip netns exec \S+ )?ip6?tables -t nat -(?<verb>[AID]) (?<chain>\S+) (?:\d+ )?(?<options>.*?) ?-j (?<target>MASQUERADE|SNAT|DNAT|REDIRECT)(?: --to-(?:source|destination|ports) (?<to>\S+))?(?: --(?:random|random-fully|persistent))*$/;

/** A command, or a rule that is there, as the command that makes it. */
interface Done {
	readonly command: string;
	readonly why: string;
	readonly isByHand?: boolean;
}

/** The rules of the nat table that commands have made on one node, in the order in which packets meet them; what was deleted is not among them. */
export function natRules(done: readonly Done[]): readonly NatRule[] {
	let rules: NatRule[] = [];
	for (const {command: text, why, isByHand = false} of done) {
		const {verb, chain = '', options = '', target, to = ''} = command.exec(text)?.groups ?? {};
		if (target === 'MASQUERADE' || target === 'SNAT' || target === 'DNAT' || target === 'REDIRECT') {
			const rule: NatRule = {chain, target, options: optionsOf(options), to, command: text, why, isByHand};
			const isSame = (other: NatRule): boolean => other.chain === chain && other.command.endsWith(text.slice(text.indexOf(` ${chain} `)));
			rules = verb === 'D' ? without(rules, isSame) : verb === 'I' ? [rule, ...rules] : [...rules, rule];
		}
	}

	return rules;
}

function without(rules: readonly NatRule[], isMeant: (rule: NatRule) => boolean): NatRule[] {
	const at = rules.findIndex(isMeant);
	return rules.filter((_, index) => index !== at);
}

function optionsOf(text: string): readonly Option[] {
	return [...text.matchAll(/(?<no>! )?(?<name>--?[a-z-]+) (?<value>"(?:[^"\\]|\\.)*"|\S+)/g)].map(({groups}) => ({
		name: groups?.['name'] ?? '',
		value: groups?.['value'] ?? '',
		isInverted: groups?.['no'] !== undefined,
	}));
}

/** What the entry rewrites. */
export function natOf(flow: ObservedFlow, facts: NatFacts): Nat {
	const {orig, reply, nat} = flow;
	const turned = nat === 'destination' || nat === 'both' ? (ruleFor(flow, facts, orig, 'DNAT') ?? ruleFor(flow, facts, orig, 'REDIRECT')) : undefined;
	const asSent: FlowTuple = {src: orig.src, sport: orig.sport, dst: reply.src, dport: reply.sport};
	const masked = nat === 'source' || nat === 'both' ? (ruleFor(flow, facts, asSent, 'MASQUERADE') ?? ruleFor(flow, facts, asSent, 'SNAT')) : undefined;
	const rules = [turned, masked].filter((rule) => rule !== undefined);
	const source = masked?.target === 'MASQUERADE' ? 'masquerade' : 'SNAT';
	const destination = isPublished(flow, facts) ? 'published port' : turned?.target === 'REDIRECT' ? 'redirect' : 'DNAT';
	switch (nat) {
		case 'none': {
			return {words: 'none', rules};
		}

		case 'source': {
			return {words: source, rules};
		}

		case 'destination': {
			return {words: destination, rules};
		}

		case 'both': {
			return {words: isHairpin(flow, facts) ? 'hairpin' : `${destination}, ${source}`, rules};
		}
	}
}

function isPublished({protocol, orig, reply}: ObservedFlow, {published}: NatFacts): boolean {
	return published.some((one) => one.protocol === protocol && one.hostPort === orig.dport && one.port === reply.sport && one.addresses.includes(reply.src));
}

/** Back by the bridge that it came from: both its ends are behind one. */
function isHairpin({orig, reply}: ObservedFlow, facts: NatFacts): boolean {
	const dev = deviceOf(orig.src, facts.bridges);
	return dev !== undefined && dev === deviceOf(reply.src, facts.bridges);
}

function deviceOf(address: string, devices: readonly Behind[]): string | undefined {
	return devices.find(({subnets}) => subnets.some((subnet) => contains(subnet, address)))?.dev;
}

function ruleFor(flow: ObservedFlow, facts: NatFacts, packet: FlowTuple, target: NatRule['target']): NatRule | undefined {
	return facts.rules.find(
		(rule) => rule.target === target && isTo(rule, flow, facts) && rule.options.every((option) => holds(option, flow.protocol, packet, facts)),
	);
}

/** Whether the entry says what the rule's target says. */
function isTo({target, to}: NatRule, {reply}: ObservedFlow, {local}: NatFacts): boolean {
	if (target === 'REDIRECT') {
		return (local.has(reply.src) || reply.src.startsWith('127.')) && (to === '' || isAmong(to.replace('-', ':'), reply.sport));
	}

	const [address, port] = target === 'DNAT' ? [reply.src, reply.sport] : [reply.dst, reply.dport];
	const shown = address.includes(':') ? `[${address}]` : address;
	return target === 'MASQUERADE' || [shown, `${shown}:${port}`, `:${port}`].includes(to);
}

function holds({name, value, isInverted}: Option, protocol: ObservedFlow['protocol'], packet: FlowTuple, facts: NatFacts): boolean {
	const is = (): boolean | undefined => {
		switch (name) {
			case '-m': {
				return true;
			}

			case '-s': {
				return contains(value, packet.src);
			}

			case '-d': {
				return contains(value, packet.dst);
			}

			case '-p': {
				return value === protocol;
			}

			case '--comment': {
				return true;
			}

			case '--sports':
			case '--sport': {
				return isAmong(value, packet.sport);
			}

			case '--dports':
			case '--dport': {
				return isAmong(value, packet.dport);
			}

			case '-i': {
				return isDevice(value, deviceOf(packet.src, [...facts.bridges, ...facts.nics]));
			}

			case '-o': {
				return isDevice(value, deviceOf(packet.dst, [...facts.bridges, ...facts.nics]));
			}

			case '--src-type': {
				return value === 'LOCAL' ? facts.local.has(packet.src) || packet.src.startsWith('127.') : undefined;
			}

			case '--dst-type': {
				return value === 'LOCAL' ? facts.local.has(packet.dst) || packet.dst.startsWith('127.') : undefined;
			}

			default: {
				return undefined;
			}
		}
	};

	const answer = is();
	return answer !== undefined && (name === '-m' || answer !== isInverted);
}

/** undefined: by which interface it came, or left, is not known. */
function isDevice(wanted: string, dev: string | undefined): boolean | undefined {
	return dev === undefined ? undefined : wanted.endsWith('+') ? dev.startsWith(wanted.slice(0, -1)) : dev === wanted;
}

/** "80", "8000:8010", "80,443". */
function isAmong(ports: string, port: number | undefined): boolean {
	return ports.split(',').some((range) => {
		const [first = '', last = first] = range.split(':');
		return port !== undefined && Number(first) <= port && port <= Number(last);
	});
}
