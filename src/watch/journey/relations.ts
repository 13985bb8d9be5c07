// What packets are to each other: answers, complaints; of fragments: fragments.ts. Looked for where a packet begins, at the node that sends it: what it
// answers or quotes was seen there before.
import {Fragments} from './fragments.ts';
import type {Homes} from './homes.ts';
import {isSameFlow} from './nat.ts';
import type {OpenHop} from './open.ts';
import {type Address, etherTypes, neighbour, type Print, protocols, tcpFlags} from './print.ts';
import {quotedPrint} from './read-print.ts';
import {Proxies} from './proxies.ts';
import {Recent} from './recent.ts';

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
	/** By node and the answer that is due; kept longer than their journeys, as answers may have to wait for a MAC address. */
	readonly #asked = new Recent<OpenHop>(most.asked);
	/** By node and address: its last question of whose it is, ARP's or neighbour discovery's. */
	readonly #looked = new Recent<OpenHop>(most.looked);
	/** By node: its last questions for MAC addresses to which it has something to send. */
	readonly #looking = new Map<string, readonly OpenHop[]>();
	/** The last sightings, in a circle. */
	readonly #recent: (OpenHop | undefined)[] = [];
	#count = 0;

	constructor(homes: Homes) {
		this.proxies = new Proxies(homes);
	}

	/** Takes a hop that has been joined. */
	see(hop: OpenHop, bytes: Uint8Array): void {
		const {print, place, from} = hop;
		const question = questionOf(print);
		if (question !== undefined) {
			this.#asked.set(`${place.node} ${question}`, hop);
		}

		if (from === undefined) {
			this.#begin(hop, bytes);
		}

		this.fragments.see(hop);

		this.proxies.see(hop);
		this.#recent[this.#count % most.recent] = hop;
		this.#count++;
	}

	/** Since then the node has asked for the MAC address of this address, and nobody has answered. */
	isUnanswered(node: string, address: Address, since: number): boolean {
		const hop = this.#looked.get(`${node} ${address}`);
		return hop !== undefined && hop.at >= since && !hop.journey.linked.some(({is}) => is === 'answers');
	}

	/** Since then the node has asked for a MAC address, and nobody has answered. */
	isLooking(node: string, since: number): boolean {
		const asked = this.#looking.get(node) ?? [];
		const isForgotten = asked.length === most.looking && (asked[0]?.at ?? 0) >= since;
		return isForgotten || asked.some(({at, journey}) => at >= since && !journey.linked.some(({is}) => is === 'answers'));
	}

	#begin(hop: OpenHop, bytes: Uint8Array): void {
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
		const asked = answer === undefined ? undefined : this.#asked.get(`${place.node} ${answer}`);
		if (asked !== undefined) {
			journey.link('answers', asked.journey);
			if (asked.next.length === 0 && (print.code & tcpFlags.syn) !== 0) {
				this.proxies.answered(asked);
			}
		}

		const quoted = quotedPrint(bytes, print);
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

/** Which answer a packet asks for; undefined: it is no question. */
function questionOf({type, protocol, code, source, destination, sourcePort, destinationPort, sequence, length, target}: Print): string | undefined {
	if (target !== undefined) {
		return code === neighbour.solicitation ? `nd ${target} ${source}` : undefined;
	}

	if (type === etherTypes.arp) {
		return code === arp.request ? `arp ${destination} ${source}` : undefined;
	}

	if (protocol === protocols.tcp) {
		const isSyn = (code & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
		return isSyn ? `tcp ${destination} ${destinationPort} ${source} ${sourcePort} ${(sequence + length) >>> 0}` : undefined;
	}

	const isEcho = (protocol === protocols.icmp && code === echo.request) || (protocol === protocols.icmpv6 && code === echo.request6);
	return isEcho ? `echo ${destination} ${source} ${sourcePort} ${length}` : undefined;
}

/** Which question, as `questionOf` writes it, a packet answers. */
function answerOf({type, protocol, code, source, destination, sourcePort, destinationPort, acknowledged, length, offset, target}: Print): string | undefined {
	if (target !== undefined) {
		return code === neighbour.advertisement ? `nd ${target} ${destination}` : undefined;
	}

	if (type === etherTypes.arp) {
		return code === arp.reply ? `arp ${source} ${destination}` : undefined;
	}

	if (protocol === protocols.tcp) {
		const isAnswer = (code & tcpFlags.ack) !== 0 && (code & (tcpFlags.syn | tcpFlags.rst)) !== 0;
		return isAnswer ? `tcp ${source} ${sourcePort} ${destination} ${destinationPort} ${acknowledged}` : undefined;
	}

	const isReply = offset === 0 && ((protocol === protocols.icmp && code === echo.reply) || (protocol === protocols.icmpv6 && code === echo.reply6));
	return isReply ? `echo ${source} ${destination} ${sourcePort} ${length}` : undefined;
}
