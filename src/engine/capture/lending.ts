// Rings that are lent: a client gets the descriptors of their sockets, maps and reads them itself, and nothing of what comes into them is the engine's work.
// It says which namespaces there are, as they come and go, and what the interfaces of each are called.
import type {Native} from '../../../native/index.ts';
import type {Event} from '../../api/messages.ts';
import {LabError} from '../../base/errors.ts';
import type {Lent, LentSite} from '../../model/capture.ts';
import type {Carrying} from '../connection.ts';
import type {Running} from '../requests.ts';
import {type OpenRing, type RingHost, type RingWish, SiteRings} from './rings.ts';

export interface LendingHost extends RingHost {
	readonly native: RingHost['native'] & Pick<Native, 'sendDescriptor'>;
}

interface Taken {
	readonly blocks: number;
	readonly names: readonly (readonly [number, string])[];
}

/** What a client of lent rings may ask for. */
export interface Lending {
	/** The descriptor of a site's ring, once. Throws E_NAME_UNKNOWN when the site is not there any more. */
	take(site: number): Promise<Carrying<Taken>>;
	/** What its interfaces are called, by their number. Of a site that has gone: nothing; its names were told when it went. */
	names(site: number): Promise<readonly (readonly [number, string])[]>;
}

/** A namespace whose ring is lent, or waits to be taken. */
interface Place {
	readonly ring: OpenRing;
	isTaken: boolean;
}

/** Starts to lend. Throws E_NAME_UNKNOWN, E_ARGUMENT for a filter that is none, E_PROGRAM_MISSING, E_SPACE, E_KERNEL. */
export async function startLending(
	host: LendingHost,
	{channel, ...wish}: RingWish & {readonly channel: number},
	tell: (event: Event) => void,
): Promise<{readonly running: Running; readonly lent: Lent}> {
	const rings = await SiteRings.of(host, wish);
	const places = new Places(host.native);
	const lent: LentSite[] = [];
	const state = {hasBegun: false, isOver: false};
	const came = async (ring: OpenRing): Promise<() => void> => {
		const site = places.add(ring);
		if (state.isOver) {
			places.clear();
		} else if (state.hasBegun) {
			tell({event: 'site', channel, site});
		} else {
			lent.push(site);
		}

		return () => {
			// its names are asked for while there is still somebody to ask
			void places.remove(site.number).then((names) => {
				tell({event: 'site_gone', channel, site: site.number, names});
			});
		};
	};
	const end = (): void => {
		state.isOver = true;
		rings.close();
		places.clear();
	};
	try {
		await rings.open(came);
	} catch (error) {
		end();
		throw error;
	}

	state.hasBegun = true;
	const nothing = (): void => undefined;
	return {
		running: {write: nothing, resize: nothing, pause: nothing, resume: nothing, end, hangUp: end, lending: places},
		lent: {...rings.captured(), sites: lent},
	};
}

class Places implements Lending {
	readonly #native: LendingHost['native'];
	readonly #places = new Map<number, Place>();
	#last = 0;

	constructor(native: LendingHost['native']) {
		this.#native = native;
	}

	add(ring: OpenRing): LentSite {
		this.#last++;
		this.#places.set(this.#last, {ring, isTaken: false});
		return {number: this.#last, name: ring.site.name, description: ring.site.description};
	}

	/** Its last names. */
	async remove(site: number): Promise<readonly (readonly [number, string])[]> {
		const place = this.#places.get(site);
		this.#places.delete(site);
		if (place === undefined) {
			return [];
		}

		const names = place.ring.names.now();
		this.#forget(place);
		return [...(await names)];
	}

	clear(): void {
		for (const place of this.#places.values()) {
			this.#forget(place);
		}

		this.#places.clear();
	}

	async take(site: number): Promise<Carrying<Taken>> {
		const names = await this.names(site);
		const place = this.#places.get(site);
		if (place === undefined || place.isTaken) {
			throw new LabError('E_NAME_UNKNOWN', {doing: 'lend a capture ring', said: `site ${site} has none to lend`});
		}

		const {socket, blocks} = place.ring;
		place.isTaken = true;
		return {
			result: {blocks, names},
			carry: (connection, bytes) => {
				try {
					if (connection !== undefined) {
						this.#native.sendDescriptor(connection, socket, bytes);
					}
				} finally {
					this.#native.close(socket);
				}
			},
		};
	}

	async names(site: number): Promise<readonly (readonly [number, string])[]> {
		return [...((await this.#places.get(site)?.ring.names.now()) ?? [])];
	}

	#forget({ring, isTaken}: Place): void {
		ring.names.close();
		if (!isTaken) {
			this.#native.close(ring.socket);
		}
	}
}
