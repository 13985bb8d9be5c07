// The network namespaces of a lab: name -> descriptor. A namespace lives as long as somebody holds it, and nobody but its processes and this table does.
import {LabError} from '../base/errors.ts';
import type {Native} from '../../native/index.ts';
import type {NetnsName} from '../plan/op.ts';

/** NETLINK_ROUTE (linux/netlink.h). */
const routeProtocol = 0;

/** No namespace of a lab has made so many links that the kernel's own count comes here. */
const firstNumber = 1_000_000;

interface Entry {
	readonly fd: number;
	/** A NETLINK_ROUTE socket opened inside; undefined when it was closed to save descriptors. */
	route: number | undefined;
	/** Calls under way that use `fd` or `route`: nothing is closed under them, as its number could at once belong to another namespace. */
	holders: number;
	isRemoved: boolean;
}

/** A namespace in use. Nothing of it is closed before `release`. */
export interface Held {
	readonly fd: number;
	/** The same for as long as it is the same namespace, which its name and its descriptor are not. */
	readonly identity: object;
	readonly release: () => void;
}

/** Who wants to know which namespaces there are. */
export interface NamespacesWatcher {
	/** It has a name now. When what is returned has resolved, the watcher sees all that happens in it; it does not reject. */
	readonly added: (name: NetnsName) => Promise<void>;
	/** Its name is being forgotten, and it goes with the last of its users. */
	readonly removed: (name: NetnsName) => void;
}

export class Namespaces {
	readonly #native: Pick<Native, 'netlinkSocket' | 'close'>;
	readonly #procDir: string;
	readonly #routesKept: number;
	readonly #entries = new Map<NetnsName, Entry>();
	/** Those whose route socket was used, the longest unused first. */
	readonly #used = new Set<Entry>();
	readonly #watchers = new Set<NamespacesWatcher>();
	/** Watchers that do not yet see all of a namespace that was added. */
	readonly #coming = new Set<Promise<void>>();
	#lastNumber = firstNumber - 1;

	/** `procDir`: where this process's `/proc` is for the programs that get paths. `routesKept`: how many used route sockets stay open. */
	constructor(native: Pick<Native, 'netlinkSocket' | 'close'>, procDir = '/proc', routesKept = 64) {
		this.#native = native;
		this.#procDir = procDir;
		this.#routesKept = routesKept;
	}

	/** Takes over both descriptors. Throws E_CONFLICT when the name is taken. */
	add(name: NetnsName, fd: number, route?: number): void {
		if (this.#entries.has(name)) {
			throw new LabError('E_CONFLICT', {doing: `add namespace ${name}`, said: 'a namespace of that name is already there'});
		}

		this.#entries.set(name, {fd, route, holders: 0, isRemoved: false});
		for (const {added} of this.#watchers) {
			const coming = added(name).finally(() => this.#coming.delete(coming));
			this.#coming.add(coming);
		}
	}

	/** When everybody who watches sees all that happens in the namespaces that were added until now. */
	async watched(): Promise<void> {
		await Promise.all(this.#coming);
	}

	/** Returns the function that ends it. */
	watch(watcher: NamespacesWatcher): () => void {
		this.#watchers.add(watcher);
		return () => {
			this.#watchers.delete(watcher);
		};
	}

	has(name: NetnsName): boolean {
		return this.#entries.has(name);
	}

	names(): readonly NetnsName[] {
		return [...this.#entries.keys()];
	}

	/** A number (ifindex) for a new link, whichever namespace it is born in. */
	newLinkNumber(): number {
		this.#lastNumber++;
		return this.#lastNumber;
	}

	/** Throws E_NAME_UNKNOWN. Whoever awaits something while using it takes `hold` instead. */
	fd(name: NetnsName): number {
		return this.#entry(name).fd;
	}

	/** What other programs open to enter it: `/proc/<pid>/fd/<n>`. Throws E_NAME_UNKNOWN. */
	path(name: NetnsName): string {
		return `${this.#procDir}/${process.pid}/fd/${this.fd(name)}`;
	}

	/** Forgets it. The kernel removes it when its last process is gone. One that is not there is fine. */
	remove(name: NetnsName): void {
		const entry = this.#entries.get(name);
		if (entry !== undefined) {
			for (const {removed} of this.#watchers) {
				removed(name);
			}

			this.#entries.delete(name);
			entry.isRemoved = true;
			this.#closeIfFree(entry);
		}
	}

	/** Throws E_NAME_UNKNOWN. */
	hold(name: NetnsName): Held {
		const entry = this.#entry(name);
		entry.holders++;
		return {fd: entry.fd, identity: entry, release: () => this.#release(entry)};
	}

	/** Its NETLINK_ROUTE socket, opened if need be. Requests on it are put in line by the addon. Throws E_NAME_UNKNOWN, rejects with a NativeError. */
	async holdRoute(name: NetnsName): Promise<Held> {
		const entry = this.#entry(name);
		entry.holders++;
		try {
			return this.#heldRoute(entry, entry.route ?? (await this.#openRoute(entry)));
		} catch (error) {
			this.#release(entry);
			throw error;
		}
	}

	/** As `holdRoute`, at once; undefined: it is not open, or there is no such namespace. */
	holdOpenRoute(name: NetnsName): Held | undefined {
		const entry = this.#entries.get(name);
		if (entry?.route === undefined) {
			return undefined;
		}

		entry.holders++;
		return this.#heldRoute(entry, entry.route);
	}

	#heldRoute(entry: Entry, fd: number): Held {
		this.#used.delete(entry);
		this.#used.add(entry);
		return {fd, identity: entry, release: () => this.#release(entry)};
	}

	async #openRoute(entry: Entry): Promise<number> {
		const fd = await this.#native.netlinkSocket(entry.fd, routeProtocol);
		if (entry.route !== undefined) {
			// another caller was as fast
			this.#native.close(fd);
			return entry.route;
		}

		entry.route = fd;
		return fd;
	}

	#entry(name: NetnsName): Entry {
		const entry = this.#entries.get(name);
		if (entry === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look up namespace ${name}`});
		}

		return entry;
	}

	#release(entry: Entry): void {
		entry.holders--;
		this.#closeIfFree(entry);
		for (const oldest of this.#used) {
			if (this.#used.size <= this.#routesKept) {
				break;
			}

			if (oldest.holders === 0) {
				this.#closeRoute(oldest);
			}
		}
	}

	#closeIfFree(entry: Entry): void {
		if (entry.isRemoved && entry.holders === 0) {
			this.#closeRoute(entry);
			this.#native.close(entry.fd);
		}
	}

	#closeRoute(entry: Entry): void {
		this.#used.delete(entry);
		if (entry.route !== undefined) {
			this.#native.close(entry.route);
			entry.route = undefined;
		}
	}
}
