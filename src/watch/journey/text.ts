// Journeys as people read them: a line for a packet, or a line for each place that it passed.
import {endpoint} from '../decode/walk.ts';
import {endOf, type End, type Ground, macText, reasonsOf} from './ends.ts';
import {type Hop, type Journey, pathTo} from './journey.ts';
import type {Place} from './places.ts';
import {addressText, type Print, protocols} from './print.ts';

/** What was done to a packet between two sightings. */
export interface Change {
	readonly what: 'DNAT' | 'SNAT' | 'un-DNAT' | 'un-SNAT' | 'TTL' | 'MAC' | 'into VXLAN' | 'out of VXLAN' | 'fragment' | 'put together';
	/** "192.168.50.10:8080 -> 172.17.0.2:80" */
	readonly text: string;
}

/** What is new since the sighting before; nothing for the first. */
export function changesOf({from, print, rewrite}: Hop): readonly Change[] {
	if (from === undefined) {
		return [];
	}

	const before = from.hop.print;
	const changes: Change[] = [];
	const change = (what: Change['what'], was: string, is: string): void => {
		changes.push({what, text: `${was} -> ${is}`});
	};
	// further fragments have no ports
	const havePorts = before.offset === 0 && print.offset === 0;
	const end = (address: Print['source'], port: number, {protocol}: Print): string =>
		endpoint(addressText(address), havePorts && (protocol === protocols.tcp || protocol === protocols.udp) ? port : undefined);
	const isSourceNew = before.source !== print.source || (havePorts && before.sourcePort !== print.sourcePort);
	const isDestinationNew = before.destination !== print.destination || (havePorts && before.destinationPort !== print.destinationPort);
	// an answer's addresses are put back: its source is where the question went
	const [toDestination, toSource] = rewrite === 'back' ? (['un-SNAT', 'un-DNAT'] as const) : (['DNAT', 'SNAT'] as const);
	if (rewrite !== undefined && isDestinationNew) {
		change(toDestination, end(before.destination, before.destinationPort, before), end(print.destination, print.destinationPort, print));
	}

	if (rewrite !== undefined && isSourceNew) {
		change(toSource, end(before.source, before.sourcePort, before), end(print.source, print.sourcePort, print));
	}

	if (print.tunnel !== undefined && before.tunnel === undefined) {
		const {vni, source, destination} = print.tunnel;
		changes.push({what: 'into VXLAN', text: `${vni}, ${addressText(source)} -> ${addressText(destination)}`});
	}

	if (print.tunnel === undefined && before.tunnel !== undefined) {
		changes.push({what: 'out of VXLAN', text: String(before.tunnel.vni)});
	}

	if (print.isFragment && (print.offset !== before.offset || print.end !== before.end)) {
		changes.push({what: 'fragment', text: fragmentText(print)});
	}

	if (before.isFragment && !print.isFragment) {
		changes.push({what: 'put together', text: `${print.end} bytes`});
	}

	const [outer, outerBefore] = [print.tunnel ?? print, before.tunnel ?? before];
	const isSameWrap = (print.tunnel === undefined) === (before.tunnel === undefined);
	if (isSameWrap && outer.ttl !== outerBefore.ttl) {
		change('TTL', String(outerBefore.ttl), String(outer.ttl));
	}

	if (isSameWrap && outer.sourceMac !== outerBefore.sourceMac) {
		change('MAC', macText(outerBefore.sourceMac), macText(outer.sourceMac));
	}

	if (isSameWrap && outer.destinationMac !== outerBefore.destinationMac) {
		change('MAC', macText(outerBefore.destinationMac), macText(outer.destinationMac));
	}

	return changes;
}

/** "bytes 1480 to 2959" */
function fragmentText({offset, end: to}: Print): string {
	return `bytes ${offset} to ${to - 1}`;
}

/** Of what a packet says so much is shown in a line, in characters. */
const mostInfo = 48;

/** What a packet says, short: of TCP its flags and its length; the rest are numbers that say little of the way. */
export function shortInfo({info}: Journey['about']): string {
	const flags = /^\[[^\]]*\](?: .*?(?<length>Len=[1-9]\d*))?/.exec(info);
	const text = flags === null ? info : [flags[0].replace(/\].*/, ']'), flags.groups?.['length']].filter((part) => part !== undefined).join(' ');
	return text.length > mostInfo ? `${text.slice(0, mostInfo - 1)}…` : text;
}

/** Those of a line: TTL and MAC addresses change with every router. */
const shown = new Set<Change['what']>(['DNAT', 'SNAT', 'un-DNAT', 'un-SNAT', 'into VXLAN', 'out of VXLAN', 'fragment', 'put together']);

/** What is new since the sighting before and belongs into a line. */
export function notesOf(hop: Hop): readonly Change[] {
	return changesOf(hop).filter(({what}) => shown.has(what));
}

/** "[DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0". Both sightings at one interface are one word. */
function wordsOf(path: readonly Hop[], ground: Ground): string {
	const words: string[] = [];
	let last = '';
	for (const [index, hop] of path.entries()) {
		const {place, from} = hop;
		const notes = notesOf(hop)
			.map(({what, text}) => `[${what} ${text}] `)
			.join('');
		const isEnd = index === 0 || index === path.length - 1;
		// a bridge's port says no more than what is at the other end of its cable
		const isPort = ground.places.link(place)?.master !== undefined;
		if (notes !== '' || (place.at !== last && (isEnd || !isPort))) {
			words.push(`${from?.step.isGap === true && !isPort ? '… > ' : ''}${notes}${place.at}`);
			last = place.at;
		}
	}

	return words.join(' > ');
}

/** The way of a packet in a line: "laptop/eth0 > h1/eth0 > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0 > web/eth0". */
export function pathText(journey: Journey, ground: Ground): string {
	const {at} = endOf(journey, ground);
	const [first, ...others] = at.map((hop) => wordsOf(pathTo(hop), ground));
	// branches are told from where they part
	const branches = others.map((text) => text.slice(commonStart(first ?? '', text)));
	return [first ?? '', ...branches].join(' | ');
}

function commonStart(a: string, b: string): number {
	let common = 0;
	for (let at = a.indexOf(' > ') + 3; at >= 3 && b.startsWith(a.slice(0, at)); at = a.indexOf(' > ', at) + 3) {
		common = at;
	}

	return common;
}

/** How a line names another packet. */
type Named = (journey: Journey) => number;

/** How a line names a place. */
type Placed = (place: Place) => string;
const plainly: Placed = ({at}) => at;

/**
 * What remains to be said of a packet: where it vanished, what it answers. `numberOf` names others; without it by their journeys' numbers. `nameOf`: names places. `ending`: for who
 * knows it already.
 */
export function remarksOf(
	journey: Journey,
	ground: Ground,
	{
		numberOf = ({number}) => number,
		nameOf = plainly,
		ending = endOf(journey, ground),
	}: {
		readonly numberOf?: Named;
		readonly nameOf?: Placed;
		readonly ending?: End;
	} = {},
): readonly string[] {
	const {links, proxied, hops} = journey;
	const [first] = hops;
	return [
		...endText(ending, numberOf, nameOf),
		...reasonsOf(journey, ground, ending),
		...links.map(({is, to}) => `${is} #${numberOf(to)}`),
		...(first?.print.isFragment === true && first.from === undefined ? [fragmentText(first.print)] : []),
		...(proxied === undefined
			? []
			: [
					`docker-proxy on ${proxied.node}: ${proxied.other ?? 'it has not gone on'}${proxied.among > 1 ? ` (one of ${proxied.among}, by their order)` : ''}`,
				]),
	];
}

function endText({is, at}: End, numberOf: Named, nameOf: Placed): readonly string[] {
	const places = at.map(({place}) => `${nameOf(place)} ${place.direction}`).join(', ');
	switch (is) {
		case 'reached': {
			return [];
		}

		case 'joined': {
			const became = at[0]?.became?.journey;
			return became === undefined ? [] : [`put together with the rest, as #${numberOf(became)}`];
		}

		default: {
			// what is for all is not lost with anybody
			return at[0]?.print.isMulticast === true ? [] : [`${is === 'left' ? 'left by' : 'last seen at'} ${places}`];
		}
	}
}

/** A line for each sighting: microseconds since the last, where, and what is new. `nameOf`: names places. */
export function hopLines({hops}: Journey, nameOf: Placed = plainly): readonly string[] {
	const width = Math.max(...hops.map(({place}) => nameOf(place).length + place.direction.length + 1), 0);
	return hops.map((hop) => {
		const {place, from, at} = hop;
		const since = from === undefined ? '' : `+${((at - from.hop.at) / 1000).toFixed(1)} us`;
		const via = from !== undefined && from.hop !== hops[hops.indexOf(hop) - 1] ? ` from ${nameOf(from.hop.place)} ${from.hop.place.direction}` : '';
		const changes = changesOf(hop).map(({what, text}) => `${what} ${text}`);
		return `    ${since.padStart(12)}  ${`${nameOf(place)} ${place.direction}`.padEnd(width)}${via}  ${changes.join('; ')}`.trimEnd();
	});
}
