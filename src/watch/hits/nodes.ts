// What the lab's wiring tells of one node: which addresses are its own, and where it sends what is for others.
import type {NodeWiring} from '../../model/wiring.ts';
import {addressOf} from '../journey/nat.ts';
import type {Address} from '../journey/print.ts';
import {broadcastOf, type IsAddress, isMulticast, subnetTest} from './addresses.ts';
import type {Local} from './asked.ts';

interface Route {
	readonly isFor: IsAddress;
	readonly dev: string;
	/** Length of its prefix. */
	readonly bits: number;
}

/** 255.255.255.255 */
const everybody = -1;
/** Groups that every host is in, and every router: 224.0.0.1; ff02::1, ff02::2 (RFC 1112, RFC 4291 2.8). */
const groups = new Set(['224.0.0.1', 'ff01::1', 'ff02::1', 'ff02::2', 'ff05::2'].map((text) => addressOf(text)));
const loopback6 = addressOf('::1');
const solicited = addressOf('ff02::1:ff00:0');

export class NodeGround implements Local {
	readonly #addresses: ReadonlySet<Address>;
	readonly #broadcasts: ReadonlySet<Address>;
	/** The longest prefix first. */
	readonly #routes: readonly Route[];

	constructor({addresses, routes}: Pick<NodeWiring, 'addresses' | 'routes'>) {
		this.#addresses = new Set(addresses.flatMap((text) => addressOf(text) ?? []));
		this.#broadcasts = new Set([everybody, ...routes.flatMap(({to, isDirect}) => (isDirect ? (broadcastOf(to) ?? []) : []))]);
		this.#routes = routes
			.flatMap(({to, dev}): readonly Route[] => {
				const isFor = subnetTest(to);
				return isFor === undefined ? [] : [{isFor, dev, bits: Number(to.split('/')[1] ?? 128)}];
			})
			.toSorted((a, b) => b.bits - a.bits);
	}

	readonly isOwn = (address: Address): boolean => this.#addresses.has(address) || isLoopback(address);

	readonly isBroadcast = (address: Address): boolean => this.#broadcasts.has(address);

	readonly ownFor = (address: Address): Address =>
		this.isOwn(address) ? address : ([...this.#addresses].find((own) => typeof own === typeof address && !isLoopback(own)) ?? address);

	/** Its own processes are to get it. */
	takes(address: Address): boolean {
		return this.isOwn(address) || this.isBroadcast(address) || (isMulticast(address) && this.#isMember(address));
	}

	/** The interface by which it sends to an address; undefined: it has no way. */
	deviceTo(address: Address): string | undefined {
		return this.isOwn(address) ? 'lo' : this.#routes.find(({isFor}) => isFor(address))?.dev;
	}

	/** Of the group of a solicited node all are whose address ends alike (RFC 4291 2.7.1). */
	#isMember(address: Address): boolean {
		return (
			groups.has(address) ||
			(typeof address === 'string' &&
				typeof solicited === 'string' &&
				address.startsWith(solicited.slice(0, 13)) &&
				[...this.#addresses].some((own) => typeof own === 'string' && own.slice(13) === address.slice(13)))
		);
	}
}

/** 127.0.0.0/8, ::1 */
function isLoopback(address: Address): boolean {
	return typeof address === 'number' ? address >>> 24 === 127 : address === loopback6;
}
