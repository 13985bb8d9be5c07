// What the kernel would hold after a plan: its ops done on paper. For comparing plans with what real engines made.
import type {Op, Unit} from '../../src/plan/op.ts';

/** Lines as the fixtures in test/fixtures/docker have them: chains and policies sorted, rules chain by chain in their order. */
export interface Folded {
	readonly chains: readonly string[];
	/** Of hosts; those inside a container are apart. */
	readonly rules: ReadonlyMap<string, readonly string[]>;
	readonly inside: ReadonlyMap<string, Pick<Folded, 'chains' | 'rules'>>;
	readonly addresses: readonly string[];
	readonly routes: readonly string[];
	/** Of IPv6: `h1 net.ipv6.conf.all.forwarding = 1`, as they are at the end. */
	readonly sysctls6: readonly string[];
	readonly listening: readonly string[];
	readonly proxies: readonly string[];
	readonly files: ReadonlyMap<string, string>;
}

export function fold(units: readonly Unit[]): Folded {
	return foldOps(units.flatMap(({ops}) => ops));
}

export function foldOps(all: readonly Op[]): Folded {
	const containers = new Set(all.flatMap((op) => (op.do === 'container.start' && op.container.netns === op.container.name ? [op.container.name] : [])));
	const isInside = (op: Op): boolean => 'table' in op && containers.has(op.netns);
	const inside = [...containers].map((name): [string, Folded] => [name, foldFlat(all.filter((op) => isInside(op) && 'netns' in op && op.netns === name))]);
	return {...foldFlat(all.filter((op) => !isInside(op))), inside: new Map(inside)};
}

function foldFlat(ops: readonly Op[]): Folded {
	const chains: string[] = [];
	const rules = new Map<string, string[]>();
	const lines = {addresses: [] as string[], routes: [] as string[], listening: [] as string[], proxies: [] as string[]};
	const files = new Map<string, string>();
	const sysctls6 = new Map<string, string>();
	for (const op of ops) {
		if (op.do === 'chain.add') {
			chains.push(`${op.family} ${op.table} :${op.chain}`);
		} else if (op.do === 'policy.set') {
			chains.push(`${op.family} ${op.table} :${op.chain} ${op.policy}`);
		} else if (op.do === 'rule.add') {
			const key = `${op.family} ${op.table} ${op.chain}`;
			const before = rules.get(key) ?? [];
			const index = op.insert === true ? (op.number ?? 1) - 1 : before.length;
			rules.set(key, before.toSpliced(index, 0, op.rule));
		} else if (op.do === 'addr.add') {
			lines.addresses.push(`${op.netns} ${op.dev} ${op.address} ${op.nodad === true ? 'nodad' : (op.broadcast ?? '-')}`);
		} else if (op.do === 'route.add') {
			lines.routes.push(`${op.netns} ${op.to} via ${op.via ?? '-'}${op.dev === undefined ? '' : ` dev ${op.dev}`}`);
		} else if (op.do === 'sysctl.set' && op.key.startsWith('net.ipv6.')) {
			sysctls6.set(`${op.netns} ${op.key}`, op.value);
		} else if (op.do === 'port.bind') {
			lines.listening.push(`${op.protocol} ${op.address.includes(':') ? `[${op.address}]` : op.address}:${op.port}`);
		} else if (op.do === 'proxy.start') {
			lines.proxies.push(
				`docker-proxy -proto ${op.protocol} -host-ip ${op.address} -host-port ${op.port} -container-ip ${op.toAddress} -container-port ${op.toPort}`,
			);
		} else if (op.do === 'file.write') {
			files.set(`${op.node} /etc/${op.file}`, op.content);
		}
	}

	return {
		chains: chains.toSorted(),
		rules,
		inside: new Map(),
		addresses: lines.addresses,
		routes: lines.routes,
		sysctls6: [...sysctls6].map(([key, value]) => `${key} = ${value}`).toSorted(),
		listening: lines.listening.toSorted(),
		proxies: lines.proxies.toSorted(),
		files,
	};
}

/** Chains in the order of their names, for comparing. */
export function byChain(rules: ReadonlyMap<string, readonly string[]>): readonly (readonly [string, readonly string[]])[] {
	return [...rules].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
