// What the checks of meaning get: the lab as it would be, the tree for places, and lookups by name. A check reports; it changes nothing.
import type {Endpoint, Host, Lab, Lan, Network, Service} from '../../lab.ts';
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
	/** Who is on a network, by its name. */
	readonly residents: ReadonlyMap<string, readonly Resident[]>;
}

interface Resident {
	readonly service: string;
	readonly endpoint: Endpoint;
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
		residents: residentsOf(lab.services),
	};
}

function residentsOf(services: readonly Service[]): ReadonlyMap<string, readonly Resident[]> {
	const residents = new Map<string, Resident[]>();
	for (const {name, attach} of services) {
		for (const endpoint of attach.mode === 'networks' ? attach.endpoints : []) {
			const others = residents.get(endpoint.network);
			if (others === undefined) {
				residents.set(endpoint.network, [{service: name, endpoint}]);
			} else {
				others.push({service: name, endpoint});
			}
		}
	}

	return residents;
}

function byName<Thing extends {readonly name: string}>(things: readonly Thing[]): ReadonlyMap<string, Thing> {
	return new Map(things.map((thing) => [thing.name, thing]));
}
