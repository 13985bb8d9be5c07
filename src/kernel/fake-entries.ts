// The neighbours and forwarding entries of one namespace of the fake machine: those that were set, for nothing is learned where there are no packets.
import {constants} from 'node:os';
import type {ObservedFdbEntry, ObservedNeighbour} from '../model/observed.ts';
import type {OpOf} from '../plan/op.ts';
import type {Errno} from './fake-net.ts';

const {errno} = constants;

export type EntryOp = OpOf<'fdb.set' | 'neigh.set'>;

export class FakeEntries {
	neighbours: readonly ObservedNeighbour[] = [];
	fdb: readonly ObservedFdbEntry[] = [];

	/** Takes the place of the entry for the same MAC or address. */
	set(op: EntryOp): Errno {
		if (op.do === 'fdb.set') {
			const others = this.fdb.filter(({dev, mac}) => dev !== op.dev || mac !== op.mac);
			this.fdb = [...others, {dev: op.dev, mac: op.mac, dst: op.dst, master: undefined, isPermanent: true}];
		} else {
			const others = this.neighbours.filter(({dev, address}) => dev !== op.dev || address !== op.address);
			this.neighbours = [...others, {dev: op.dev, address: op.address, mac: op.mac, state: 'PERMANENT'}];
		}

		return undefined;
	}

	remove(op: EntryOp): Errno {
		const before = this.fdb.length + this.neighbours.length;
		if (op.do === 'fdb.set') {
			this.fdb = this.fdb.filter(({dev, mac, dst}) => dev !== op.dev || mac !== op.mac || dst !== op.dst);
		} else {
			this.neighbours = this.neighbours.filter(({dev, address}) => dev !== op.dev || address !== op.address);
		}

		return this.fdb.length + this.neighbours.length === before ? errno.ENOENT : undefined;
	}

	/** A link that goes takes its entries along. */
	forget(link: string): void {
		this.neighbours = this.neighbours.filter(({dev}) => dev !== link);
		this.fdb = this.fdb.filter(({dev}) => dev !== link);
	}
}
