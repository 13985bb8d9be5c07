// What the checks of meaning get: the lab as it would be, the tree for places, and lookups by name. A check reports; it changes nothing.
import type {Host, Lab, Lan, Network, Service} from '../../lab.ts';
import type {Report} from '../report.ts';
import type {Reference} from '../structure.ts';
import {SourceTree, type Node} from '../tree.ts';

export interface Context {
	readonly lab: Lab;
	readonly tree: SourceTree;
	readonly references: readonly Reference[];
	readonly report: Report;
	readonly hosts: ReadonlyMap<string, Host>;
	readonly services: ReadonlyMap<string, Service>;
	readonly lans: ReadonlyMap<string, Lan>;
	/** Those that nobody is on too. */
	readonly networks: ReadonlyMap<string, Network>;
}

export function contextOf({
	lab,
	root,
	references,
	report,
}: {
	readonly lab: Lab;
	readonly root: Node;
	readonly references: readonly Reference[];
	readonly report: Report;
}): Context {
	return {
		lab,
		tree: new SourceTree(root),
		references,
		report,
		hosts: byName(lab.hosts),
		services: byName(lab.services),
		lans: byName(lab.lans),
		networks: byName(lab.networks),
	};
}

function byName<Thing extends {readonly name: string}>(things: readonly Thing[]): ReadonlyMap<string, Thing> {
	return new Map(things.map((thing) => [thing.name, thing]));
}
