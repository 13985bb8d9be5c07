// The counters of rules that iptables-save has listed before: as long as nobody has changed a rule, one trip to nf_tables says what has become of them,
// and no program is started. Rules that are kept elsewhere (iptables-legacy) are listed anew each time.
import type {ObservedChain, ObservedRules} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import type {Held} from './namespaces.ts';
import {dumpOf, rows} from './netlink/dump.ts';
import {flags, writeMessage} from './netlink/message.ts';
import {nftChain, nftCounter, nftGeneration, nftMessage, nftRule} from './netlink/nftables.ts';
import {Outbox, type Mail} from './netlink/outbox.ts';

/** NETLINK_NETFILTER (linux/netlink.h), and IPv4's and IPv6's protocol families (linux/netfilter.h). */
const netfilterProtocol = 12;
const familyOf: Readonly<Record<number, 4 | 6>> = {2: 4, 10: 6};

interface Count {
	readonly packets: number;
	readonly bytes: number;
}

/** What the kernel holds at one moment. Chains and rules are under "4 nat DOCKER". */
interface Counted {
	readonly generation: number;
	readonly chains: ReadonlyMap<string, Count>;
	readonly rules: ReadonlyMap<string, readonly Count[]>;
}

interface Place {
	readonly family: 4 | 6;
	readonly table: string;
	readonly chain: string;
}

export class RuleCounters {
	readonly #native: Pick<Native, 'netlinkSocket' | 'netlinkRequest' | 'close'>;
	/** By the identity of a namespace: its rules, and the generation that they are of. */
	readonly #known = new WeakMap<object, {readonly generation: number; readonly listed: ObservedRules}>();

	constructor(native: Pick<Native, 'netlinkSocket' | 'netlinkRequest' | 'close'>) {
		this.#native = native;
	}

	/** The rules of a namespace with their counters of now. `list` is called when they may be others than the last time; rejects as it does. */
	async read(held: Held, list: () => Promise<ObservedRules>): Promise<ObservedRules> {
		const known = this.#known.get(held.identity);
		const before = await this.#look(held);
		if (known !== undefined && before?.generation === known.generation) {
			return counted(known.listed, before);
		}

		const listed = await list();
		const after = before === undefined ? undefined : await this.#look(held);
		if (after !== undefined && after.generation === before?.generation && isWhole(listed, after)) {
			this.#known.set(held.identity, {generation: after.generation, listed});
		} else {
			this.#known.delete(held.identity);
		}

		return listed;
	}

	/** undefined: the kernel does not say, or the rules changed meanwhile. */
	async #look(held: Held): Promise<Counted | undefined> {
		let fd: number;
		try {
			fd = await this.#native.netlinkSocket(held.fd, netfilterProtocol);
		} catch {
			return undefined;
		}

		try {
			const outbox = new Outbox();
			const askGeneration = () =>
				outbox.add(fd, (out, seq) =>
					writeMessage(out, {type: nftMessage.getGeneration, flags: flags.request, seq}, nftGeneration, {header: {}, attributes: {}}),
				);
			askGeneration();
			outbox.addDump(fd, dumpOf(nftMessage.getChain, nftChain, {}));
			outbox.addDump(fd, dumpOf(nftMessage.getRule, nftRule, {}));
			askGeneration();
			return read(await outbox.post(this.#native));
		} finally {
			this.#native.close(fd);
		}
	}
}

function read(mail: Mail): Counted | undefined {
	const [generation, ...later] = rows(mail, nftMessage.generation, nftGeneration).map(({attributes}) => attributes.id);
	if (mail.refused.size > 0 || generation === undefined || later.length !== 1 || later[0] !== generation) {
		return undefined;
	}

	const chains = new Map<string, Count>();
	for (const {header, attributes} of rows(mail, nftMessage.addChain, nftChain)) {
		const family = familyOf[header.family];
		if (family !== undefined) {
			chains.set(keyOf({family, table: attributes.table ?? '', chain: attributes.name ?? ''}), countOf(attributes.counters));
		}
	}

	const rules = new Map<string, Count[]>();
	for (const {header, attributes} of rows(mail, nftMessage.addRule, nftRule)) {
		const family = familyOf[header.family];
		if (family !== undefined) {
			const key = keyOf({family, table: attributes.table ?? '', chain: attributes.chain ?? ''});
			const count = countOf(attributes.expressions?.find(({name}) => name === 'counter')?.data);
			const others = rules.get(key);
			if (others === undefined) {
				rules.set(key, [count]);
			} else {
				others.push(count);
			}
		}
	}

	return {generation, chains, rules};
}

/**
 * Whether the list is of these tables: every rule is there, and every chain but for built-in ones, which the nft front end lists before they are.
 * An empty list may stand for tables that are kept elsewhere.
 */
function isWhole(listed: ObservedRules, {chains, rules}: Counted): boolean {
	const numbers = new Map(listed.rules.map((rule) => [keyOf(rule), rule.number]));
	const isThere = (chain: ObservedChain) => {
		const key = keyOf(chain);
		const isEmptyBuiltIn = chain.policy !== undefined && !numbers.has(key) && !rules.has(key);
		return isEmptyBuiltIn || (chains.has(key) && rules.get(key)?.length === numbers.get(key));
	};
	return listed.chains.some((chain) => chains.has(keyOf(chain))) && listed.chains.every((chain) => isThere(chain));
}

function counted(listed: ObservedRules, {chains, rules}: Counted): ObservedRules {
	return {
		chains: listed.chains.map((chain) => ({...chain, ...chains.get(keyOf(chain))})),
		rules: listed.rules.map((rule) => ({...rule, ...rules.get(keyOf(rule))?.[rule.number - 1]})),
	};
}

function countOf(data: Buffer | undefined): Count {
	const {packets, bytes} = data === undefined ? {} : nftCounter.read(data, 0, data.length);
	return {packets: number(packets), bytes: number(bytes)};
}

/** Exact up to 2^53. */
function number(value: Buffer | undefined): number {
	return value === undefined ? 0 : Number(value.readBigUInt64BE());
}

function keyOf({family, table, chain}: Place): string {
	return `${family} ${table} ${chain}`;
}
