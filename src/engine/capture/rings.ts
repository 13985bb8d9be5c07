// The rings of a capture: one in every namespace that is wanted, with the capture's own filter in the kernel. Namespaces that come get one, those that go are
// told. Who reads the rings: captures.ts, or a client that they are lent to: lending.ts.
import type {Native, NativeError} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {LinkNames, type ListeningNative} from '../../kernel/link-names.ts';
import type {Machine} from '../../kernel/machine.ts';
import type {Namespaces} from '../../kernel/namespaces.ts';
import type {Captured} from '../../model/capture.ts';
import type {Lab} from '../../model/lab.ts';
import {programOf, type FilterWish} from './filters.ts';
import {sitesOf, type NamedSite} from './sites.ts';

/** The rings of one capture have together so many blocks of 128 KiB, and each has a number between these. */
const allBlocks = 512;
const leastBlocks = 8;
const mostBlocks = 128;

export interface RingHost {
	readonly native: Pick<Native, 'compileFilter' | 'packetSocket' | 'ringPrepare' | 'close'> & ListeningNative;
	readonly namespaces: Pick<Namespaces, 'has' | 'hold' | 'watch'>;
	readonly machine: Pick<Machine, 'links'>;
	readonly lab: () => Lab | undefined;
}

export interface RingWish extends FilterWish {
	/** Hosts, containers and LANs; empty: all. */
	readonly nodes: readonly string[];
}

/** A ring that hears its namespace. Who gets it closes both. */
export interface OpenRing {
	readonly site: NamedSite;
	readonly socket: number;
	readonly blocks: number;
	readonly names: RingNames;
}

/** The names of a namespace's interfaces by their number, those of interfaces that are gone among them. */
export interface RingNames {
	readonly now: () => Promise<ReadonlyMap<number, string>>;
	/** Hears of no more. */
	readonly close: () => void;
}

/** Takes a ring over. Returns the function that is called when its namespace goes. */
export type Taker = (ring: OpenRing) => Promise<() => void>;

/** A namespace that is captured now; without `leave` its ring is being opened. */
interface Place {
	leave?: () => void;
}

export class SiteRings {
	/** What is wanted, there or not. */
	readonly sites: readonly NamedSite[];
	readonly #host: RingHost;
	readonly #filter: Uint8Array | undefined;
	readonly #blocks: number;
	readonly #here = new Map<string, Place>();
	#unwatch: () => void = () => undefined;

	/** Throws E_NAME_UNKNOWN, E_CONFLICT when the lab is not up, E_ARGUMENT for a filter that is none, E_PROGRAM_MISSING. */
	static async of(host: RingHost, wish: RingWish): Promise<SiteRings> {
		const lab = host.lab();
		if (lab === undefined) {
			throw new LabError('E_CONFLICT', {doing: 'capture', said: 'the lab is not up yet', hint: 'wait for `vethlab up` to end'});
		}

		const sites = sitesOf(lab, wish.nodes);
		return new SiteRings(host, sites, await programOf(host.native, wish));
	}

	private constructor(host: RingHost, sites: readonly NamedSite[], filter: Uint8Array | undefined) {
		this.#host = host;
		this.sites = sites;
		this.#filter = filter;
		this.#blocks = Math.min(mostBlocks, Math.max(leastBlocks, Math.floor(allBlocks / sites.length)));
	}

	/** Opens the rings of what is there, and from now on of what comes. Throws E_SPACE, E_KERNEL. */
	async open(taker: Taker): Promise<void> {
		this.#unwatch = this.#host.namespaces.watch({
			added: async (netns) =>
				this.#join(netns, taker).catch(() => {
					// it went while its ring was being opened
				}),
			removed: (netns) => {
				this.#here.get(netns)?.leave?.();
				this.#here.delete(netns);
			},
		});
		try {
			await Promise.all(this.sites.filter((site) => this.#isThere(site)).map(async ({netns}) => this.#join(netns, taker)));
		} catch (error) {
			this.close();
			throw kernelError(error);
		}
	}

	/** Opens no more. Rings that were taken stay their takers'. */
	close(): void {
		this.#unwatch();
		this.#here.clear();
	}

	/** Which nodes are there now, and which are not. */
	captured(): Captured {
		const names = (some: readonly NamedSite[]): readonly string[] => some.map(({name}) => name);
		return {
			nodes: names(this.sites.filter((site) => this.#isThere(site))),
			waiting: names(this.sites.filter((site) => !this.#isThere(site))),
		};
	}

	#isThere({netns}: NamedSite): boolean {
		return this.#host.namespaces.has(netns);
	}

	async #join(netns: string, taker: Taker): Promise<void> {
		const site = this.sites.find((one) => one.netns === netns);
		if (site === undefined) {
			return;
		}

		const place: Place = {};
		this.#here.set(netns, place);
		const ring = await this.#open(site);
		if (this.#here.get(netns) !== place) {
			// it has gone meanwhile
			ring.names.close();
			this.#host.native.close(ring.socket);
			return;
		}

		place.leave = await taker(ring);
		if (this.#here.get(netns) !== place) {
			place.leave();
		}
	}

	async #open(site: NamedSite): Promise<OpenRing> {
		const {native, namespaces, machine} = this.#host;
		const held = namespaces.hold(site.netns);
		let names: LinkNames | undefined;
		let socket: number | undefined;
		try {
			names = await LinkNames.listen(native, held.fd);
			socket = await native.packetSocket(held.fd);
			await native.ringPrepare(socket, this.#blocks, this.#filter);
			return {site, socket, blocks: this.#blocks, names: ringNames(names, machine, site)};
		} catch (error) {
			names?.close();
			if (socket !== undefined) {
				native.close(socket);
			}

			throw error;
		} finally {
			held.release();
		}
	}
}

function ringNames(names: LinkNames, machine: Pick<Machine, 'links'>, {netns}: NamedSite): RingNames {
	return {
		now: async () => names.with(await machine.links(netns).catch(() => [])),
		close: () => {
			names.close();
		},
	};
}

/** What the kernel refused, in words. */
export function kernelError(error: unknown): unknown {
	if (!(error instanceof Error) || !('syscall' in error)) {
		return error;
	}

	const {code, message} = error as NativeError;
	const isMemory = code === 'ENOMEM' || code === 'ENOBUFS';
	return new LabError(isMemory ? 'E_SPACE' : 'E_KERNEL', {
		doing: 'open a capture ring',
		said: message,
		hint: isMemory ? 'capture fewer nodes at once: name them' : '`vethlab doctor` shows whether this kernel can watch packets',
		cause: error,
	});
}
