// docker-proxy: it takes a connection to a published port and makes another one to the container. Its own two connections have nothing in common on the
// wire. What shows that it took one is that its host itself answered the SYN; what shows that it goes on is a SYN from its host to the container. A datagram
// shows neither: of UDP nothing is guessed, the proxy's own record of its calls tells it.
import type {ProxyWiring} from '../../model/wiring.ts';
import type {Homes} from './homes.ts';
import type {Proxied} from './journey.ts';
import {type Ends, endsKey, endsOnly, isSameFlow, numberOfEnds, turned} from './nat.ts';
import {mixedWith} from '../../base/mixed.ts';
import type {OpenHop, OpenJourney} from './open.ts';
import {Recent} from '../../base/recent.ts';
import {endsText, type Print, protocols, tcpFlags} from './print.ts';

/** So many connections are remembered as pairs, so many of a proxy wait for their second half, and so many datagrams of a flow for the record. */
const most = {pairs: 4096, waiting: 256, datagrams: 256} as const;

/** A direction of one of the two connections. */
interface Half {
	readonly node: string;
	readonly ends: Ends;
	readonly proxied: Proxied;
}

export class Proxies {
	readonly #homes: Homes;
	/** By proxy (node and port): what it has taken and not yet gone on with, in order. */
	readonly #taken = new Map<string, OpenHop[]>();
	/** By node and a connection, either direction of it: the other connection. */
	readonly #pairs = new Recent<number, Half>(2 * most.pairs);
	/** The same by words. */
	readonly #byWords = new Recent<string, Proxied>(most.pairs);
	/** By node and a flow of UDP that a proxy may have a part in: its datagrams, until the record tells. */
	readonly #datagrams = new Recent<string, OpenJourney[]>(most.pairs);

	constructor(homes: Homes) {
		this.#homes = homes;
	}

	/** The proxy's own record says that these two are one call. */
	learn(node: string, client: Ends, container: Ends): void {
		this.#forgetGuess(node, this.#of(node, client), endsText(container));
		this.#forgetGuess(node, this.#of(node, container), endsText(client));
		this.#tell(node, client, {node, other: endsText(container), among: 1});
		this.#tell(node, container, {node, other: endsText(client), among: 1});
		for (const ends of [client, turned(client), container, turned(container)]) {
			const key = `${node} ${endsKey(ends)}`;
			for (const journey of this.#datagrams.get(key) ?? []) {
				journey.joinProxied(this.#of(node, ends));
			}

			this.#datagrams.delete(key);
		}
	}

	/** Who was taken for the other connection is not: it is not known what that one goes with. */
	#forgetGuess(node: string, known: Proxied | undefined, other: string): void {
		if (known?.other !== undefined && known.other !== other) {
			for (const wrong of [known, this.#byWords.get(textKey(node, known.other))]) {
				if (wrong !== undefined) {
					Object.assign(wrong, {other: undefined, among: 1});
				}
			}
		}
	}

	/** The node itself answered: `asked` came to where a proxy listens, or somebody else. */
	answered(asked: OpenHop): void {
		const proxy = asked.print.protocol === protocols.tcp ? this.#homes.proxyAt(asked.place.node, asked.print) : undefined;
		if (proxy !== undefined) {
			const {node} = asked.place;
			const key = keyOf(node, proxy);
			this.#taken.set(key, [...(this.#taken.get(key) ?? []), asked].slice(-most.waiting));
			this.#tell(node, asked.print, {node, other: undefined, among: 1});
			asked.journey.proxied = this.#of(node, asked.print);
		}
	}

	/** A packet that begins, or that comes to a node: whether it is of one of two such connections. */
	see(hop: OpenHop): void {
		const {place, print, journey, before} = hop;
		const isTcp = print.protocol === protocols.tcp;
		if (!isTcp && print.protocol !== protocols.udp) {
			return;
		}

		if (isTcp && before === undefined && place.direction === 'out' && (print.code & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn) {
			this.#goOn(hop);
		}

		if (journey.proxied !== undefined || (isTcp && this.#pairs.size === 0) || !this.#homes.hasProxies(place.node)) {
			return;
		}

		journey.proxied = this.#of(place.node, print);
		if (journey.proxied === undefined && !isTcp) {
			this.#awaitRecord(hop);
		}
	}

	/** A datagram of which the record may tell that it is the proxy's. What the host has turned to somebody else is not. */
	#awaitRecord({place, print, journey, before, rewrite}: OpenHop): void {
		if (rewrite !== undefined) {
			journey.awaitsRecord = false;
		} else if ((before === undefined || place.direction === 'in') && this.#isOfProxy(place.node, print)) {
			const key = `${place.node} ${endsKey(print)}`;
			const datagrams = this.#datagrams.get(key) ?? [];
			if (!datagrams.includes(journey)) {
				this.#datagrams.set(key, [...datagrams, journey].slice(-most.datagrams));
			}

			journey.awaitsRecord = true;
		}
	}

	/** It is between a client and where a proxy listens, or between the host itself and where one leads to; either way. */
	#isOfProxy(node: string, print: Print): boolean {
		return this.#isToProxy(node, print) || this.#isToProxy(node, turned(print));
	}

	#isToProxy(node: string, ends: Ends): boolean {
		return this.#homes.proxyAt(node, ends) !== undefined || (this.#homes.has(node, ends.source) && this.#homes.proxiesTo(node, ends).length > 0);
	}

	/** The node begins a connection: the proxy's, if one has taken another and goes on to there. */
	#goOn(hop: OpenHop): void {
		const {node} = hop.place;
		if (this.#isKnown(hop)) {
			return;
		}

		for (const proxy of this.#homes.proxiesTo(node, hop.print)) {
			const key = keyOf(node, proxy);
			const taken = (this.#taken.get(key) ?? []).filter((one) => !this.#isKnown(one));
			const [first, ...others] = taken;
			this.#taken.set(key, others);
			if (first !== undefined) {
				const among = taken.length;
				this.#tell(node, first.print, {node, other: endsText(hop.print), among});
				this.#tell(node, hop.print, {node, other: endsText(first.print), among});
				return;
			}
		}
	}

	/** Its other connection is known by the proxy's record. */
	#isKnown({place: {node}, print}: OpenHop): boolean {
		return this.#of(node, print)?.other !== undefined;
	}

	/** What is known of a connection. */
	#of(node: string, ends: Ends): Proxied | undefined {
		const half = this.#pairs.size === 0 ? undefined : this.#pairs.get(numberOf(node, ends));
		return half?.node === node && isSameFlow(half.ends, ends) ? half.proxied : undefined;
	}

	/** What has been seen of a connection until now learns of it, too. What is known for sure is not taken back. */
	#tell(node: string, ends: Ends, proxied: Proxied): void {
		const known = this.#of(node, ends);
		if (known === undefined) {
			for (const one of [endsOnly(ends), turned(ends)]) {
				this.#pairs.set(numberOf(node, one), {node, ends: one, proxied});
			}

			this.#byWords.set(textKey(node, endsText(ends)), proxied);
		} else if (known.other === undefined || known.among > 1) {
			Object.assign(known, proxied);
		}
	}
}

function numberOf(node: string, ends: Ends): number {
	return mixedWith(numberOfEnds(ends), node);
}

/** A connection by its words, as a pair has them. */
function textKey(node: string, ends: string): string {
	return `${node} is ${ends}`;
}

function keyOf(node: string, {protocol, hostAddress, hostPort}: ProxyWiring): string {
	return `${node} ${protocol} ${hostAddress} ${hostPort}`;
}
