// Where a packet has come to: the places where it was seen last, and what these say of it. Nothing is guessed: a packet that was not seen to come to an
// interface with its address was last seen where it was; and so was one that came to it and asks for an answer in vain, if rules there have dropped packets
// meanwhile.
import type {Drops} from './drops.ts';
import type {Homes} from './homes.ts';
import {type Hop, isAnswered, type Journey} from './journey.ts';
import type {Places} from './places.ts';
import {addressText, etherTypes, protocols, tcpFlags} from './print.ts';
import {isQuestion, type Relations} from './relations.ts';

export type End =
	/** It came to nodes that it is for. */
	| {readonly is: 'reached'; readonly at: readonly Hop[]}
	/** It went on as a part of another packet. */
	| {readonly is: 'joined'; readonly at: readonly Hop[]}
	/** It went where nothing is captured. */
	| {readonly is: 'left'; readonly at: readonly Hop[]}
	/** It should have gone on, or have been answered. */
	| {readonly is: 'last seen'; readonly at: readonly Hop[]};

/** What is known of the lab; `Journeys` is one. */
export interface Ground {
	readonly places: Places;
	readonly homes: Homes;
	readonly relations: Pick<Relations, 'isUnanswered'>;
	readonly drops: Pick<Drops, 'around'>;
}

/** Of chains to which only packets come that a host sends on: the kernel's, and those that Docker hangs there. */
const forwarding = /^-[AP] (?:FORWARD|DOCKER)/;

type Fate = End['is'] | 'not for it';

/** Where it is now. While a journey grows this changes. */
export function endOf(journey: Journey, ground: Ground): End {
	const leaf = onlyLeaf(journey);
	if (leaf !== undefined) {
		const fate = fateOf(leaf, journey, ground);
		return {is: fate === 'not for it' ? 'last seen' : fate, at: [leaf]};
	}

	const leaves = journey.hops.filter(({isLast}) => isLast);
	const fates = leaves.map((hop) => ({hop, fate: fateOf(hop, journey, ground)}));
	const those = (wanted: Fate): readonly Hop[] => fates.filter(({fate}) => fate === wanted).map(({hop}) => hop);
	const [reached, joined, left, stopped] = [those('reached'), those('joined'), those('left'), those('last seen')];
	if (reached.length > 0) {
		return {is: 'reached', at: reached};
	}

	if (joined.length > 0) {
		return {is: 'joined', at: joined};
	}

	return left.length > 0 ? {is: 'left', at: left} : {is: 'last seen', at: stopped.length > 0 ? stopped : leaves};
}

/** Where it was seen last, unless that is at several places, as of a bridge's copies. */
function onlyLeaf({hops}: Journey): Hop | undefined {
	let leaf: Hop | undefined;
	for (const hop of hops) {
		if (hop.isLast) {
			if (leaf !== undefined) {
				return undefined;
			}

			leaf = hop;
		}
	}

	return leaf;
}

function fateOf(hop: Hop, journey: Journey, {places, homes, drops}: Ground): Fate {
	const {place, print} = hop;
	const link = places.link(place);
	if (hop.became !== undefined) {
		return 'joined';
	}

	if (place.direction === 'out') {
		return link !== undefined && places.stepsFrom(place).isLeaving ? 'left' : 'last seen';
	}

	if (place.dev === 'lo') {
		return 'reached';
	}

	if (link?.master !== undefined) {
		return 'last seen';
	}

	const mac = places.mac(place);
	if (!print.isMulticast && mac !== undefined && mac !== print.destinationMac) {
		return 'not for it';
	}

	const isHome = homes.has(place.node, print.destination);
	if (!print.isIp || print.isMulticast) {
		return isHome || (print.isIp && link?.kind !== 'bridge') ? 'reached' : 'not for it';
	}

	const isThere = isHome && (!homes.isPublished(place.node, print) || isTaken(hop, journey));
	return isThere && !(isUnanswered(hop, journey) && isDropping(hop, drops)) ? 'reached' : 'last seen';
}

/** It asks for an answer, and none has been seen: where it came to rules may have dropped it. */
export function isUnanswered({print}: Hop, journey: Journey): boolean {
	return print.isIp && !print.isMulticast && isQuestion(print) && !isAnswered(journey);
}

/** Rules of the node have dropped packets meanwhile, other ones than those that only packets come to that go on. */
function isDropping({place, at}: Hop, drops: Ground['drops']): boolean {
	return drops.around(place.node, at).some(({rule}) => !forwarding.test(rule));
}

/** What comes to a published port is not for the host, unless the host answers it or its proxy takes it. */
function isTaken({place}: Hop, {proxied, linked}: Journey): boolean {
	const isAnsweredHere = linked.some(({is, by}) => is === 'answers' && by.hops[0]?.place.node === place.node);
	return isAnsweredHere || proxied?.node === place.node;
}

/** "02:42:ac:11:00:02" */
export function macText(mac: number): string {
	return mac
		.toString(16)
		.padStart(12, '0')
		.replaceAll(/..(?=.)/g, '$&:');
}

/** What is known of why a packet did not come farther, in words; what nobody saw is not among it. */
export function reasonsOf(journey: Journey, ground: Ground, ending = endOf(journey, ground)): readonly string[] {
	const {linked} = journey;
	const evidence = ending.is === 'last seen' ? ending.at.flatMap((hop) => evidenceAt(hop, ground)) : [];
	const said = linked.flatMap(({is, by}) => {
		const [first] = by.hops;
		if (first === undefined) {
			return [];
		}

		return is === 'complains of'
			? [`${first.place.node} says: ${by.about.info}`]
			: is === 'answers' && first.print.protocol === protocols.tcp && (first.print.code & tcpFlags.rst) !== 0
				? [`${first.place.node} refuses it (RST)`]
				: [];
	});
	return [...said, ...evidence, ...(isInVain(journey) ? ['nobody answers'] : [])];
}

/** It asks for a MAC address. What others are can be told without reading all of it. */
function isInVain(journey: Journey): boolean {
	return journey.hops[0]?.print.type === etherTypes.arp && journey.about.info.startsWith('Who has') && !isAnswered(journey);
}

function evidenceAt({place: {node}, print, at}: Hop, {relations, drops}: Ground): readonly string[] {
	const dropped = drops.around(node, at).map(({rule, packets}) => `meanwhile ${node} counted ${packets} ${packets === 1 ? 'packet' : 'packets'} at ${rule}`);
	const isAskedFor = print.isIp && relations.isUnanswered(node, print.destination, at);
	return isAskedFor ? [`${node} asks who has ${addressText(print.destination)}, and nobody answers`, ...dropped] : dropped;
}
