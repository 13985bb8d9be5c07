// Everybody who must know who is where, while the lab runs: containers' name servers, the store that engines share, the hosts of overlay networks.
// Told before anything happens, so that no name is unknown and no first packet is lost.
import {announced, namesOf, peerUnits, type Allocations, type NameTable, type Peer} from '../drivers/index.ts';
import type {Lab} from '../model/lab.ts';
import type {Op} from '../plan/op.ts';
import type {Applier} from './apply.ts';
import {Endpoints} from './store/endpoints.ts';
import type {Store} from './store/store.ts';

interface Parts {
	readonly applier: Applier;
	readonly store: Store;
	/** What name servers answer from now on, for when they are asked. */
	readonly names: (table: () => NameTable) => void;
	/** Containers on another machine came or went: `foreign` has changed. */
	readonly heard: () => void;
}

export class Directory {
	readonly #parts: Parts;
	readonly #endpoints: Endpoints;

	constructor(parts: Parts) {
		this.#parts = parts;
		this.#endpoints = new Endpoints(parts.store, parts.heard);
	}

	/** Endpoints on overlay networks that are others'. */
	get foreign(): readonly Peer[] {
		return this.#endpoints.foreign;
	}

	/** Learns who is on overlay networks already, and follows it from then on. */
	async open(): Promise<readonly Peer[]> {
		await this.#endpoints.follow();
		return this.foreign;
	}

	/** Does a lab's first plan, in which the entries of its hosts are steps like others. E_CONFLICT when an address is another engine's. */
	async begin(lab: Lab, allocations: Allocations, work: () => Promise<void>): Promise<void> {
		await this.#announce(lab, allocations);
		try {
			await work();
		} catch (error) {
			await this.#endpoints.announce([]);
			throw error;
		}
	}

	/** After a change that has happened. E_CONFLICT as `begin`, and the errors of entries. */
	async tell(lab: Lab, allocations: Allocations): Promise<void> {
		await this.#announce(lab, allocations);
		await settle(this.#parts.applier, lab, allocations);
	}

	/** Does a change of which everybody knows before; when it fails, everybody is told what was before. */
	async change(before: readonly [Lab, Allocations], after: readonly [Lab, Allocations], work: () => Promise<unknown>): Promise<void> {
		try {
			await this.tell(...after);
			await work();
		} catch (error) {
			await this.tell(...before);
			throw error;
		}
	}

	async #announce(lab: Lab, allocations: Allocations): Promise<void> {
		this.#parts.names(() => namesOf(lab, allocations));
		await this.#endpoints.announce(announced(lab, allocations));
	}
}

/** Brings the entries of overlay networks' hosts to what they must be: writes what is missing, takes back what is too much. */
async function settle(applier: Applier, lab: Lab, allocations: Allocations): Promise<void> {
	for (const {id, ops} of peerUnits(lab, allocations)) {
		const wanted = new Set(ops.map(entryOf));
		const there = new Set(applier.opsOf(id).map(entryOf));
		if (ops.some((op) => !there.has(entryOf(op))) || there.size > wanted.size) {
			// oxlint-disable no-await-in-loop -- an address may have passed from one container to another: the old entry goes before the new one comes
			await applier.removeOps(id, (op) => !wanted.has(entryOf(op)));
			await applier.extend(
				id,
				ops.filter((op) => !there.has(entryOf(op))),
			);
			// oxlint-enable no-await-in-loop
		}
	}
}

/** What an entry says, without the reason for it. */
function entryOf(op: Op): string {
	return JSON.stringify({...op, why: ''});
}
