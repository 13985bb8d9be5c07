// What iptables-save prints, as chains and rules. Pure. Native nft tables are not in it: each front end shows its own.
import type {ObservedChain, ObservedRule, ObservedRules} from '../../model/observed.ts';
import type {Family} from '../../plan/op.ts';

/** Reads `iptables-save -c` (or without `-c`: the counters are 0). Lines of other kinds are passed over. */
export function parseSave(text: string, family: Family): ObservedRules {
	const chains: ObservedChain[] = [];
	const rules: ObservedRule[] = [];
	const counts = new Map<string, number>();
	let table = '';
	for (const line of text.split('\n')) {
		if (line.startsWith('*')) {
			table = line.slice(1);
		} else if (line.startsWith(':')) {
			const [chain = '', policy, counted = ''] = line.slice(1).split(' ');
			const [packets, bytes] = /^\[(\d+):(\d+)\]$/.exec(counted)?.slice(1) ?? [];
			chains.push({family, table, chain, policy: policy === '-' ? undefined : policy, packets: Number(packets ?? 0), bytes: Number(bytes ?? 0)});
		} else {
			const found = /^(?:\[(\d+):(\d+)\] )?-A (\S+) ?(.*)$/.exec(line);
			if (found !== null) {
				const [, packets = '0', bytes = '0', chain = '', rule = ''] = found;
				const number = (counts.get(`${table} ${chain}`) ?? 0) + 1;
				counts.set(`${table} ${chain}`, number);
				rules.push({family, table, chain, number, text: rule, packets: Number(packets), bytes: Number(bytes)});
			}
		}
	}

	return {chains, rules};
}
