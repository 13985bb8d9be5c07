// Journeys as data, for programs.
import {endOf, type Ground, reasonsOf} from './ends.ts';
import type {Hop, Journey} from './journey.ts';
import {endsText} from './print.ts';
import {changesOf} from './text.ts';

/** "2026-11-21T15:08:39.274094123Z"; `at` in nanoseconds since `epoch`, in seconds. */
export function timeText(epoch: number, at: number): string {
	const second = Math.floor(at / 1e9);
	return `${new Date((epoch + second) * 1000).toISOString().slice(0, 19)}.${String(at - second * 1e9).padStart(9, '0')}Z`;
}

/** A journey for `--json`. Hops name the one that they came from by its place in the list, from 0. */
export function journeyData(journey: Journey, ground: Ground, epoch: number): object {
	const {number, about, hops, links, proxied} = journey;
	const {is, at} = endOf(journey, ground);
	const indices = new Map(hops.map((hop, index) => [hop, index]));
	const place = (hop: Hop): object => ({at: hop.place.at, direction: hop.place.direction});
	return {
		number,
		time: timeText(epoch, hops[0]?.at ?? 0),
		...about,
		end: is,
		endedAt: at.map(place),
		reasons: reasonsOf(journey, ground),
		links: links.map((link) => ({is: link.is, number: link.to.number})),
		proxied,
		hops: hops.map((hop) => ({
			...place(hop),
			// of a packet with addresses
			packet: hop.print.isIp ? endsText(hop.print) : undefined,
			time: timeText(epoch, hop.at),
			from: hop.from === undefined ? undefined : indices.get(hop.from.hop),
			sinceNanoseconds: hop.from === undefined ? undefined : hop.at - hop.from.hop.at,
			changes: changesOf(hop),
		})),
	};
}
