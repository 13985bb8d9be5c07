// Names of places by whose namespace they are in. It is asked for every sighting, so each is made once.
import {ownedName} from '../../api/wiring.ts';

export class OwnedNames {
	#owners: ReadonlyMap<string, string> = new Map();
	readonly #known = new Map<string, string>();

	/** By the name of a container that has no namespace of its own: whose it shares. */
	get owners(): ReadonlyMap<string, string> {
		return this.#owners;
	}

	set owners(owners: ReadonlyMap<string, string>) {
		this.#owners = owners;
		this.#known.clear();
	}

	/** "web/eth0" for "sidecar/eth0" */
	of(name: string): string {
		let owned = this.#known.get(name);
		if (owned === undefined) {
			owned = ownedName(name, this.#owners);
			this.#known.set(name, owned);
		}

		return owned;
	}
}
