// What a network driver is: how one kind of user-defined network is made, and how a container is plugged into it. Addresses, names, default route
// and published ports are the same for all (endpoint.ts, attach.ts). To add one: a member of Network, a file here, a line in index.ts.
import type {Lab, Network} from '../../model/lab.ts';
import type {Op} from '../../plan/op.ts';
import type {NetworkRange} from '../allocations.ts';
import type {Plugged} from '../cable.ts';
import type {Site} from '../driver.ts';
import type {Plug} from '../endpoint.ts';
import type {Segment} from '../segment.ts';

export type NetworkOf<D extends Network['driver']> = Extract<Network, {readonly driver: D}>;

export interface NetworkDriver<D extends Network['driver']> {
	readonly driver: D;
	/** Hosts whose engines know it. */
	hosts(network: NetworkOf<D>): readonly string[];
	/** Its Linux bridge, if it has one. */
	bridge(lab: Lab, network: NetworkOf<D>): string | undefined;
	/** What `docker network create` does to the kernel. */
	create(lab: Lab, network: NetworkOf<D>, range: NetworkRange): readonly Op[];
	/** A container's interface on it, without its default route. */
	plugIn(site: Site, network: NetworkOf<D>, plug: Plug): Plugged;
	/** Where the ports of its containers are published; undefined: Docker ignores them. */
	publishesOn(site: Site, network: NetworkOf<D>): Segment | undefined;
	/** Words for `docker network create`, after its own name and before the network's. */
	options(network: NetworkOf<D>): readonly string[];
}
