// What packets are to each other: answers, complaints; of fragments: fragments.ts. Looked for where a packet begins, at the node that sends it: what it
// answers or quotes was seen there before.
import type {Placed} from '../decode/index.ts';
import {Fragments} from './fragments.ts';
import type {Homes} from './homes.ts';
import {isAnswered} from './journey.ts';
import {isSameFlow, turned} from './nat.ts';
import type {OpenHop, OpenJourney} from './open.ts';
import {type Address, etherTypes, neighbour, type Print, protocols, tcpFlags} from './print.ts';
import {quotedPrint} from './read-print.ts';
import {Proxies} from './proxies.ts';
import {mixed, mixedWith} from '../../base/mixed.ts';
import {Recent} from '../../base/recent.ts';

/** ICMP echo (RFC 792, RFC 4443) as code says it. */
const echo = {request: 8 << 8, reply: 0, request6: 128 << 8, reply6: 129 << 8} as const;
/** IPv6's ::, from which one asks whether an address is free, and sends nothing to it (RFC 4862 5.4). */
const unspecified = '\0'.repeat(16);
/** ARP's operations (RFC 826). */
const arp = {request: 1, reply: 2} as const;
/**
 * So many are remembered: questions; addresses whose MAC address is asked for; sightings for complaints, of which a kernel sends a thousand a second at
 * most (icmp(7)).
 */
const most = {asked: 4096, looked: 1024, looking: 64, recent: 4096} as const;

export class Relations {
	readonly proxies: Proxies;
	readonly fragments = new Fragments();
	/** By node and the answer that is due; kept longer than their journeys if there was none, as answers may have to wait for a MAC address. */
	readonly #asked = new Recent<number, OpenHop>(most.asked);
	/** By node and address: its last question of whose it is, ARP's or neighbour discovery's. */
	readonly #looked = new Recent<string, OpenHop>(most.looked);
	/** By node: its last questions for MAC addresses to which it has something to send. */
	readonly #looking = new Map<string, readonly OpenHop[]>();
	/** The last sightings, in a circle, each where its `seenAs` says. */
	readonly #recent: (OpenHop | undefined)[] = [];
	#count = 0;

	constructor(homes: Homes) {
		this.proxies = new Proxies(homes);
	}

	/** Takes a hop that has been joined, and its frame. */
	see(hop: OpenHop, frame: Placed): void {
		const question = numberOfQuestion(hop);
		if (question !== undefined) {
			this.#asked.set(question, hop);
		}

		if (hop.before === undefined) {
			this.#begin(hop, frame);
		}

		this.fragments.see(hop);

		this.proxies.see(hop);
		hop.seenAs = this.#count % most.recent;
		this.#recent[hop.seenAs] = hop;
		this.#count++;
	}

	/** Lets go of what nobody will speak of any more, of a journey that is over: what lives on for long is dear to throw away. */
	forget(journey: OpenJourney): void {
		const {hops, hasArrived} = journey;
		const hasAnswer = isAnswered(journey);
		for (const hop of hops) {
			const {seenAs, print} = hop;
			if (hasArrived && !print.isFragment && this.#recent[seenAs] === hop) {
				this.#recent[seenAs] = undefined;
			}

			const question = hasAnswer ? numberOfQuestion(hop) : undefined;
			if (question !== undefined && this.#asked.get(question) === hop) {
				this.#asked.delete(question);
			}
		}
	}

	/** Since then the node has asked for the MAC address of this address, and nobody has answered. */
	isUnanswered(node: string, address: Address, since: number): boolean {
		const hop = this.#looked.size === 0 ? undefined : this.#looked.get(`${node} ${address}`);
		return hop !== undefined && hop.at >= since && !isAnswered(hop.journey);
	}

	/** Since then the node has asked for a MAC address, and nobody has answered. */
	isLooking(node: string, since: number): boolean {
		const asked = this.#looking.get(node) ?? [];
		const isForgotten = asked.length === most.looking && (asked[0]?.at ?? 0) >= since;
		return isForgotten || asked.some(({at, journey}) => at >= since && !isAnswered(journey));
	}

	#begin(hop: OpenHop, {source, start, length}: Placed): void {
		const {print, place, journey} = hop;
		const looked =
			print.type === etherTypes.arp && print.code === arp.request ? print.destination : print.code === neighbour.solicitation ? print.target : undefined;
		if (looked !== undefined) {
			this.#looked.set(`${place.node} ${looked}`, hop);
			if (print.source !== 0 && print.source !== unspecified) {
				this.#looking.set(place.node, [...(this.#looking.get(place.node) ?? []), hop].slice(-most.looking));
			}
		}

		const answer = answerOf(print);
		const asked = answer === undefined ? undefined : this.#asked.get(mixed(answer, place.nodeIndex));
		if (asked?.place.node === place.node && isAnswer(print, asked.print)) {
			journey.link('answers', asked.journey);
			if (asked.isLast && (print.code & tcpFlags.syn) !== 0) {
				this.proxies.answered(asked);
			}
		}

		const quoted = quotedPrint(source, print, start, start + length);
		const culprit = quoted === undefined ? undefined : this.#culprit(place.node, quoted);
		if (culprit !== undefined) {
			journey.link('complains of', culprit.journey);
		}
	}

	/** The packet that was quoted, as it was seen at the node that quotes it; the last of equal ones. */
	#culprit(node: string, quoted: Print): OpenHop | undefined {
		for (let back = 1; back <= Math.min(this.#count, most.recent); back++) {
			const hop = this.#recent[(this.#count - back) % most.recent];
			if (hop?.place.node === node && hop.print.id === quoted.id && isSameFlow(hop.print, quoted) && hop.print.sequence === quoted.sequence) {
				return hop;
			}
		}

		return undefined;
	}
}

/** Which answer is due at this node, as a number; undefined: it is no question. */
function numberOfQuestion({print, place}: OpenHop): number | undefined {
	const question = questionOf(print);
	return question === undefined ? undefined : mixed(question, place.nodeIndex);
}

/** It asks for an answer that is known when it is seen: of TCP, ICMP echo, ARP, neighbour discovery. */
export function isQuestion(print: Print): boolean {
	return questionOf(print) !== undefined;
}

/** Which answer a packet asks for, as a number; undefined: it is no question. */
function questionOf(print: Print): number | undefined {
	const {type, protocol, code, source, destination, sourcePort, destinationPort, sequence, length, target} = print;
	if (target !== undefined) {
		return code === neighbour.solicitation ? dueOf(target, source, 0) : undefined;
	}

	if (type === etherTypes.arp) {
		return code === arp.request ? dueOf(destination, source, 0) : undefined;
	}

	if (protocol === protocols.tcp) {
		const isSyn = (code & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
		return isSyn ? dueOf(destination, source, mixed((destinationPort << 16) ^ sourcePort, sequence + length)) : undefined;
	}

	return isEcho(print, echo.request, echo.request6) ? dueOf(destination, source, (sourcePort << 16) ^ length) : undefined;
}

/** Which question, as `questionOf` numbers it, a packet answers. */
function answerOf(print: Print): number | undefined {
	const {type, protocol, code, source, destination, sourcePort, destinationPort, acknowledged, length, offset, target} = print;
	if (target !== undefined) {
		return code === neighbour.advertisement ? dueOf(target, destination, 0) : undefined;
	}

	if (type === etherTypes.arp) {
		return code === arp.reply ? dueOf(source, destination, 0) : undefined;
	}

	if (protocol === protocols.tcp) {
		const isAnAnswer = (code & tcpFlags.ack) !== 0 && (code & (tcpFlags.syn | tcpFlags.rst)) !== 0;
		return isAnAnswer ? dueOf(source, destination, mixed((sourcePort << 16) ^ destinationPort, acknowledged)) : undefined;
	}

	return offset === 0 && isEcho(print, echo.reply, echo.reply6) ? dueOf(source, destination, (sourcePort << 16) ^ length) : undefined;
}

/** Whether one that answers something answers this, which asks for something: other ones may have the same number. */
function isAnswer(answer: Print, question: Print): boolean {
	if (answer.target !== undefined || question.target !== undefined) {
		return answer.target === question.target && answer.destination === question.source;
	}

	const isBack = answer.type === question.type && answer.protocol === question.protocol && isSameFlow(answer, turned(question));
	return (
		isBack && (answer.protocol === protocols.tcp ? answer.acknowledged === ((question.sequence + question.length) | 0) : answer.length === question.length)
	);
}

function isEcho({protocol, code}: Print, code4: number, code6: number): boolean {
	return (protocol === protocols.icmp && code === code4) || (protocol === protocols.icmpv6 && code === code6);
}

/** Who is asked, by whom, and for what. */
function dueOf(asked: Address, asker: Address, what: number): number {
	return mixed(mixedWith(mixedWith(0, asked), asker), what);
}
