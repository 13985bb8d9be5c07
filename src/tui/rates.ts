// Counters made speeds: what each link carried between two readings of the kernel.
import type {Counters} from '../api/messages.ts';
import type {Meter} from './layout/scene.ts';

export interface Rate {
	/** Bytes per second. */
	readonly rxBytes: number;
	readonly txBytes: number;
	/** Since the reading before. */
	readonly rxPackets: number;
	readonly txPackets: number;
	readonly dropped: number;
}

/** By node and device; a link without traffic is not in it. */
export type Rates = ReadonlyMap<string, Rate>;

const nothing: Rate = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, dropped: 0};

function keyOf(node: string, dev: string): string {
	return `${node} ${dev}`;
}

/** Rates between two readings. A link that is new, or whose counters went back because it was made again, has none yet. */
export function ratesBetween(before: Counters, after: Counters): Rates {
	const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000);
	const old = new Map(before.links.map((link) => [keyOf(link.node, link.dev), link]));
	const rates = new Map<string, Rate>();
	for (const link of after.links) {
		const key = keyOf(link.node, link.dev);
		const was = old.get(key);
		if (was === undefined || link.rxPackets < was.rxPackets || link.txPackets < was.txPackets) {
			continue;
		}

		const rate = {
			rxBytes: Math.max(0, link.rxBytes - was.rxBytes) / seconds,
			txBytes: Math.max(0, link.txBytes - was.txBytes) / seconds,
			rxPackets: link.rxPackets - was.rxPackets,
			txPackets: link.txPackets - was.txPackets,
			dropped: Math.max(0, link.rxDropped + link.txDropped - was.rxDropped - was.txDropped),
		};
		if (rate.rxPackets + rate.txPackets + rate.dropped > 0) {
			rates.set(key, rate);
		}
	}

	return rates;
}

/** A meter's figures as its owner sees them: `in` is what arrives there. */
export function read(
	rates: Rates,
	{node, dev, isTurned}: Meter,
): {readonly inBytes: number; readonly outBytes: number; readonly inPackets: number; readonly outPackets: number; readonly dropped: number} {
	const {rxBytes, txBytes, rxPackets, txPackets, dropped} = rates.get(keyOf(node, dev)) ?? nothing;
	return isTurned
		? {inBytes: txBytes, outBytes: rxBytes, inPackets: txPackets, outPackets: rxPackets, dropped}
		: {inBytes: rxBytes, outBytes: txBytes, inPackets: rxPackets, outPackets: txPackets, dropped};
}

/** Packets and drops per reading over all links that packets enter the lab by: each packet is counted where it is received. */
export function totals(rates: Rates): {readonly packets: number; readonly dropped: number} {
	let packets = 0;
	let dropped = 0;
	for (const rate of rates.values()) {
		packets += rate.rxPackets;
		dropped += rate.dropped;
	}

	return {packets, dropped};
}
