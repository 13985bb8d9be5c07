// The packets that are held: some from the first look at the map on, whose dots they are, and more when somebody has looked at the packets themselves.
import {PacketStore, usualBytes} from '../../watch/store/store.ts';

/** Of packets that nobody has asked for yet. */
const unaskedBytes = 64 * 1024 * 1024;

export class HeldPackets {
	#isVisited = false;
	#store: PacketStore | undefined;

	constructor(store?: PacketStore) {
		this.#store = store;
	}

	/** It takes memory from the first look on, not before. */
	get store(): PacketStore {
		return (this.#store ??= new PacketStore({bytes: unaskedBytes}));
	}

	/** Somebody has looked at the packets themselves. */
	get isVisited(): boolean {
		return this.#isVisited;
	}

	/** Somebody looks at them. */
	visit(): void {
		if (!this.#isVisited) {
			this.#isVisited = true;
			this.store.mostBytes = usualBytes;
		}
	}
}
