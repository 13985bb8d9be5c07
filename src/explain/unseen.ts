// Packets that no capture shows: what a host drops of its own before it has come to an interface. Rules count it, and that is all there is of it.
import type {ObservedRule} from '../model/observed.ts';

/** Of what a rule, or a policy, drops: `all` has come to no interface, or what the host itself sent has not, while the rest came in by one. */
export type Unseen = 'all' | 'own';

/** Hooks that only what the host itself sends comes to, and those that it comes to as well; behind them are its interfaces (netfilter_ipv4.h). */
const ownHook = 'OUTPUT';
const lastHook = 'POSTROUTING';

/** Of what is dropped in a chain that packets come to from these built-in chains; undefined: all of it has come in by an interface. */
export function unseenFrom(hooks: ReadonlySet<string>): Unseen | undefined {
	return hooks.has(ownHook) || hooks.has(lastHook) ? (hooks.size === 1 && hooks.has(ownHook) ? 'all' : 'own') : undefined;
}

/** For each chain of a table the built-in chains from which packets come to it. `targetOf`: the chain that a rule leads to. */
export function hooksOf(
	chains: readonly {readonly chain: string; readonly policy: string | undefined}[],
	rulesOf: (chain: string) => readonly ObservedRule[],
	targetOf: (rule: ObservedRule) => string | undefined,
): ReadonlyMap<string, ReadonlySet<string>> {
	const hooks = new Map(chains.map(({chain}): [string, Set<string>] => [chain, new Set()]));
	const follow = (hook: string, chain: string): void => {
		const own = hooks.get(chain);
		if (own !== undefined && !own.has(hook)) {
			own.add(hook);
			for (const rule of rulesOf(chain)) {
				follow(hook, targetOf(rule) ?? '');
			}
		}
	};
	for (const {chain, policy} of chains) {
		if (policy !== undefined) {
			follow(chain, chain);
		}
	}

	return hooks;
}

/** "what it drops has come to no interface: no capture shows it". `node`: whose rules they are. */
export function unseenText(unseen: Unseen, node: string): string {
	return `what it drops ${unseen === 'all' ? '' : `of what ${node} itself sends `}has come to no interface: no capture shows it`;
}
