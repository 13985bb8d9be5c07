// The methods and events of lent capture rings, a part of messages.ts: a client reads them itself, and what comes into them is no work of the engine's.
import type {CaptureWish, Lent, LentSite} from '../model/capture.ts';

/** Interfaces of a site by their number, those that are gone among them. */
type LinkNames = readonly (readonly [number, string])[];

export interface LendingMethods {
	/**
	 * Lends capture rings: the client reads them itself, and what comes into them is no work of the engine's. `take` gives those of `sites`, and of each site that a
	 * `site` event tells of later. End of input on the channel ends it, for rings that were not taken; with the others the client does as it likes.
	 */
	lend: {params: Omit<CaptureWish, 'interfaces' | 'count'> & {readonly channel: number}; result: Lent};
	/**
	 * The ring of a site, once: its packet socket, for PACKET_MMAP (packet(7)) with so many blocks of 128 KiB. The answer's first byte carries the descriptor (SCM_RIGHTS,
	 * unix(7)). The site's namespace lives as long as it is open: it is closed as soon as a `site_gone` event, or the end of the connection, tells that the site is over.
	 */
	take: {params: {readonly channel: number; readonly site: number}; result: {readonly blocks: number; readonly names: LinkNames}};
	/** The interfaces of a lent site by their number, those that are gone among them. */
	link_names: {params: {readonly channel: number; readonly site: number}; result: LinkNames};
}

export type LendingEvent =
	| {readonly event: 'site'; readonly channel: number; readonly site: LentSite}
	/** With what `link_names` would have said last. */
	| {readonly event: 'site_gone'; readonly channel: number; readonly site: number; readonly names: LinkNames};
