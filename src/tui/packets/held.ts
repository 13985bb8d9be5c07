// The packets that are held: some from the first look at the map on, whose dots they are, and more when somebody has looked at the packets themselves.
import {PacketStore} from '../../watch/store/store.ts';

const mostBytes = {unasked: 64 * 1024 * 1024, asked: 512 * 1024 * 1024} as const;

export class HeldPackets {
	#isVisited = false;
	#store: PacketStore | undefined;

	constructor(store?: PacketStore) {
		this.#store = store;
	}

	/** It takes memory from the first look on, not before. */
	get store(): PacketStore {
		return (this.#store ??= new PacketStore({bytes: mostBytes.unasked}));
	}

	/** Somebody has looked at the packets themselves. */
	get isVisited(): boolean {
		return this.#isVisited;
	}

	/** Somebody looks at them. */
	visit(): void {
		if (!this.#isVisited) {
			this.#isVisited = true;
			this.store.mostBytes = mostBytes.asked;
		}
	}
}
