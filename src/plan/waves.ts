// The order of applying: whatever does not wait for each other is done together, one kind of op after the other, so that the applier can put
// hundreds of netlink messages into one request and hundreds of rules into one restore. What is done stays what the plan says.
import type {Op, Unit, Verb} from './op.ts';

export interface PlacedOp {
	readonly unit: string;
	readonly op: Op;
}

/**
 * Ops of a lower rank come before those of a higher one; equal ranks keep the order of units and of the plan (a Machine keeps it per namespace and per
 * thing that is touched). Rules name interfaces that need not be there yet, and a host's first process belongs to no link; files belong to nothing, and are
 * written while the kernel makes namespaces; a socket's address must be there.
 */
const ranks: Readonly<Record<Verb, number>> = {
	'netns.add': 0,
	'file.write': 0,
	'link.add': 1,
	'link.set': 1,
	'addr.add': 1,
	'addr.del': 1,
	'route.add': 1,
	'fdb.set': 1,
	'neigh.set': 1,
	'sysctl.set': 1,
	'chain.add': 1,
	'policy.set': 1,
	'rule.add': 1,
	'host.start': 1,
	'port.bind': 2,
	'dns.start': 2,
	'proxy.start': 3,
	'serve.start': 3,
	'container.start': 3,
};
/** From here on a unit waits for those that it names; below, the order within the wave is enough: the network of a lab is one wave. */
const firstOfUnits = 2;

/** Cuts units into waves: each is done when the one before it is done. Throws when units wait for each other in a circle. */
export function waves(units: readonly Unit[]): readonly (readonly PlacedOp[])[] {
	const network = new Map<number, PlacedOp[]>();
	const processes = levels(units).flatMap((level) => {
		const own = new Map<number, PlacedOp[]>();
		for (const unit of level) {
			for (const op of unit.ops) {
				const rank = ranks[op.do];
				const of = rank < firstOfUnits ? network : own;
				const wave = of.get(rank) ?? [];
				wave.push({unit: unit.id, op});
				of.set(rank, wave);
			}
		}

		return byRank(own);
	});
	return [...byRank(network), ...processes];
}

function byRank(groups: ReadonlyMap<number, readonly PlacedOp[]>): readonly (readonly PlacedOp[])[] {
	return [...groups].toSorted(([a], [b]) => a - b).map(([, wave]) => wave);
}

/** Groups units by how many others must be up before them. A unit that is not in the list counts as up. */
function levels(units: readonly Unit[]): readonly (readonly Unit[])[] {
	const byId = new Map(units.map((unit) => [unit.id, unit]));
	const depths = new Map<string, number>();
	const depth = (unit: Unit, path: ReadonlySet<string>): number => {
		const known = depths.get(unit.id);
		if (known !== undefined) {
			return known;
		}

		if (path.has(unit.id)) {
			throw new Error(`units wait for each other: ${[...path, unit.id].join(' -> ')}`);
		}

		const before = unit.after.flatMap((id) => byId.get(id) ?? []);
		const own = before.length === 0 ? 0 : 1 + Math.max(...before.map((other) => depth(other, new Set([...path, unit.id]))));
		depths.set(unit.id, own);
		return own;
	};

	const result: Unit[][] = [];
	for (const unit of units) {
		(result[depth(unit, new Set())] ??= []).push(unit);
	}

	return result;
}
