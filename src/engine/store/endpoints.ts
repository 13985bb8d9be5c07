// Endpoints of overlay networks in the store: this engine announces its own, and hears of others'. One key for each address, and making it is taking
// the address: two engines cannot have the same. Not tied to anybody's life: an engine that is gone leaves its containers reachable.
import {LabError} from '../../base/errors.ts';
import {mac} from '../../base/units.ts';
import type {Peer} from '../../drivers/index.ts';
import type {Change, Entry, Guard, Store} from './store.ts';

/** `1` is the version of the values' form. */
const prefix = '/vl/1/ep/';

export class Endpoints {
	readonly #store: Store;
	/** What this engine has announced: key -> value. */
	readonly #own = new Map<string, string>();
	readonly #known = new Map<string, string>();
	readonly #heard: () => void;
	#end: (() => void) | undefined;

	/** `heard`: others' endpoints have changed. */
	constructor(store: Store, heard: () => void) {
		this.#store = store;
		this.#heard = heard;
	}

	/** Others' endpoints, as far as is known; in the order of their keys. */
	get foreign(): readonly Peer[] {
		return [...this.#known]
			.filter(([key]) => !this.#own.has(key))
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.flatMap(([, value]) => peerOf(value));
	}

	/** Learns who is there, and hears of every change from then on. */
	async follow(): Promise<void> {
		this.#end?.();
		const {rev, entries} = await this.#store.list(prefix);
		this.#known.clear();
		this.#learn(entries.map((entry) => ({do: 'put', ...entry})));
		this.#end = this.#store.watch(prefix, rev, {
			changed: (_rev, changes) => {
				this.#learn(changes);
				if (changes.some(({key}) => !this.#own.has(key))) {
					this.#heard();
				}
			},
			lost: () => {
				void this.follow().then(this.#heard);
			},
		});
	}

	/** From now on these endpoints are this engine's, and no others. E_CONFLICT when somebody else has one of the addresses; then nothing has changed. */
	async announce(peers: readonly Peer[]): Promise<void> {
		const wanted = new Map(peers.map((peer) => [`${prefix}${peer.network}/${peer.address}`, valueOf(peer)]));
		const fresh = [...wanted].filter(([key, value]) => this.#own.get(key) !== value);
		await this.#claim(fresh);
		for (const [key, value] of this.#own) {
			if (!wanted.has(key)) {
				// oxlint-disable-next-line no-await-in-loop -- each on its own: a key that somebody took over meanwhile stays, and the others go
				await this.#store.transact({guards: [{key, is: 'value', value}], changes: [{do: 'delete', key}]});
				this.#own.delete(key);
			}
		}
	}

	/** All of them, or none. */
	async #claim(fresh: readonly (readonly [key: string, value: string])[]): Promise<void> {
		if (fresh.length === 0) {
			return;
		}

		const before = new Map(this.#own);
		// the store may tell of the change before it answers: it is our own
		fresh.forEach(([key, value]) => this.#own.set(key, value));
		const answer = await this.#store.transact({
			guards: fresh.map(([key]) => guardOf(key, before.get(key))),
			changes: fresh.map(([key, value]) => ({do: 'put', key, value})),
		});
		if (!answer.ok) {
			fresh.forEach(([key]) => this.#own.delete(key));
			before.forEach((value, key) => this.#own.set(key, value));
			throw taken(answer.found.find(({key, value}) => before.get(key) !== value));
		}
	}

	#learn(changes: readonly Change[]): void {
		for (const change of changes) {
			if (change.do === 'put') {
				this.#known.set(change.key, change.value);
			} else {
				this.#known.delete(change.key);
			}
		}
	}
}

/** Nobody has it, or we do. */
function guardOf(key: string, own: string | undefined): Guard {
	return own === undefined ? {key, is: 'absent'} : {key, is: 'value', value: own};
}

function taken(found: Entry | undefined): LabError {
	const [holder] = found === undefined ? [] : peerOf(found.value);
	const [network, address] = found?.key.slice(prefix.length).split('/') ?? [];
	return new LabError('E_CONFLICT', {
		doing: `take the address ${address ?? ''} of overlay network ${network ?? ''}`,
		said: 'Address already in use',
		hint: holder === undefined ? 'another engine has it' : `${holder.names[0] ?? 'a container'} on ${holder.host} has it`,
	});
}

function valueOf({network, address, mac: hardware, host, vtep, names}: Peer): string {
	return JSON.stringify({network, address, mac: hardware, host, vtep, names});
}

function fieldsOf(value: string): Readonly<Record<string, unknown>> {
	try {
		const read: unknown = JSON.parse(value);
		return typeof read === 'object' && read !== null ? {...read} : {};
	} catch {
		return {};
	}
}

/** None, when the value is not of the form that this version writes. */
function peerOf(value: string): readonly Peer[] {
	const {network, address, mac: hardware, host, vtep, names} = fieldsOf(value);
	const own = typeof hardware === 'string' ? mac(hardware) : undefined;
	return typeof network === 'string' &&
		typeof address === 'string' &&
		own !== undefined &&
		typeof host === 'string' &&
		typeof vtep === 'string' &&
		Array.isArray(names)
		? [{network, address, mac: own, host, vtep, names: names.map(String)}]
		: [];
}
