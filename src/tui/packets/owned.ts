// Names and places of sightings by whose namespace they are in. That is asked for every sighting, so each is made once.
import {ownedName} from '../../api/wiring.ts';
import type {Packet, Point} from '../../watch/files/packet.ts';
import type {Place, Places} from '../../watch/journey/places.ts';

export class Owned {
	readonly #places: Places;
	#owners: ReadonlyMap<string, string> = new Map();
	readonly #names = new Map<string, string>();
	readonly #byPoint = new Map<Point, Readonly<Record<'in' | 'out', Place>>>();

	constructor(places: Places) {
		this.#places = places;
	}

	/** By the name of a container that has no namespace of its own: whose it shares. */
	get owners(): ReadonlyMap<string, string> {
		return this.#owners;
	}

	set owners(owners: ReadonlyMap<string, string>) {
		this.#owners = owners;
		this.#names.clear();
		this.#byPoint.clear();
	}

	/** "web/eth0" for "sidecar/eth0" */
	name(name: string): string {
		let owned = this.#names.get(name);
		if (owned === undefined) {
			owned = ownedName(name, this.#owners);
			this.#names.set(name, owned);
		}

		return owned;
	}

	/** Where a packet was seen. */
	place({point, direction = 'in'}: Pick<Packet, 'point' | 'direction'>): Place {
		let places = this.#byPoint.get(point);
		if (places === undefined) {
			const name = this.name(point.name);
			places = {in: this.#places.at(name, 'in'), out: this.#places.at(name, 'out')};
			this.#byPoint.set(point, places);
		}

		return places[direction];
	}
}
