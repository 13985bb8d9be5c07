// One packet through the lab: sightings of the same packet at different places, joined as they come.
//
// Which are of one packet? The kernel moves one skb from interface to interface, so payload, IP identification, TCP sequence and lengths stay (print.ts).
// That is not exact: a datagram that may not be fragmented often has identification 0 (RFC 6864), IPv6 has none, and equal datagrams, pings of other
// flows, ARP and retransmissions repeat each other. So a sighting only continues a packet that was seen where the kernel can have sent it from (places.ts):
// at the other end of the cable, another port of the bridge, an interface of a router, an end of a tunnel. On a cable all must be equal, addresses
// and ports too; a router counts the time to live down and may rewrite, as conntrack says or as that flow was rewritten before, else as little
// as possible (nat.ts). What is equal even then is in order: the kernel's queues are. A packet goes on once by a cable or a router, and once out
// of each port of a bridge. What waited far longer than others was lost: the others are taken first (origins.ts).
//
// Stamps are of the skb: they repeat (a bridge has that of its port), and one can come after a later one. So a sighting also looks for what follows it.
import {Again} from '../decode/again.ts';
import type {Lasting, Summary} from '../decode/index.ts';
import type {FlowNews} from '../../model/connections/news.ts';
import {Connections} from './connections.ts';
import {Drops} from './drops.ts';
import {endOf, isUnanswered} from './ends.ts';
import {rewriteOfFirst} from './fragments.ts';
import type {Journey} from './journey.ts';
import {Homes} from './homes.ts';
import {Later} from './later.ts';
import {isSameFlow, Nat} from './nat.ts';
import {Origins} from './origins.ts';
import {Places, type Place, type Step} from './places.ts';
import {OpenHop, OpenJourney} from './open.ts';
import {Print} from './print.ts';
import {readPrint} from './read-print.ts';
import {Relations} from './relations.ts';
import {isRefused, Vanished} from './vanished.ts';
import {Waiting} from './waiting.ts';
import type {ObservedRules} from '../../model/observed.ts';
import type {NodeWiring} from '../../model/wiring.ts';

/** What is looked at of a packet that was seen. */
export interface Sighting extends Lasting {
	readonly seconds: number;
	readonly nanoseconds: number;
}

export interface Limits {
	/** A packet is waited for so long at the next place, in nanoseconds: as long as the kernel asks for a MAC address before it gives up. */
	readonly window: number;
	/** What has come where it was going may still come elsewhere for so long, in nanoseconds: a bridge's copies. */
	readonly quiet: number;
	/** The record of a docker-proxy is waited for so long, in nanoseconds: it is read a moment after a connection has begun. */
	readonly record: number;
	/** So many journeys are open at a time. */
	readonly most: number;
}

/** arp(7): three requests, a second each. */
const defaults: Limits = {window: 4e9, quiet: 1e8, record: 1e9, most: 8192};

/** pcap-linktype(7): of all that is followed. */
const ethernet = 1;

export class Journeys {
	readonly places = new Places();
	readonly homes = new Homes();
	readonly relations = new Relations(this.homes);
	readonly drops = new Drops();
	readonly #nat = new Nat();
	readonly #origins = new Origins(this.places, this.#nat, this.relations.fragments);
	readonly #connections = new Connections(this.#nat, this.relations.proxies);
	readonly #vanished = new Vanished(this.drops, this.relations);
	readonly #limits: Limits;
	readonly #summaryOf: ((number: number) => Summary) | undefined;
	readonly #waiting = new Waiting();
	readonly #later = new Later();
	/** Of the last frames. */
	readonly #last = new Again<Print>();
	/** That of the sighting that is taken, if it is not one of these. */
	#print = new Print();
	/** In the order in which they began. */
	#open: OpenJourney[] = [];
	/** Closed because there were too many. */
	#crowdedOut: readonly OpenJourney[] = [];
	#count = 0;
	/** The second that times are counted from. */
	#epoch: number | undefined;

	/** `summaryOf`: who holds the sightings says what one with this number is, so that it need not be held here, too. */
	constructor(limits: Partial<Limits> = {}, summaryOf?: (number: number) => Summary) {
		this.#limits = {...defaults, ...limits};
		this.#summaryOf = summaryOf;
	}

	/** The lab as it is now, and where packets are captured. */
	learn(nodes: readonly NodeWiring[], isSeen: (place: Place) => boolean): void {
		this.places.learn(nodes, isSeen);
		this.homes.learn(nodes);
	}

	/** What a host's connections are, and what changes in them. */
	learnFlows(news: FlowNews): void {
		this.#connections.learn(news);
	}

	/** A host's rules, with their counters, at this time. */
	learnRules(host: string, rules: ObservedRules, at: number): void {
		this.drops.learn(host, rules, at);
	}

	/** The second, since 1970, from which the times of hops are counted. */
	get epoch(): number {
		return this.#epoch ?? 0;
	}

	/** A time since 1970 as hops have it, in nanoseconds. */
	timeOf(seconds: number, nanoseconds: number): number {
		return (seconds - this.epoch) * 1e9 + nanoseconds;
	}

	get open(): readonly OpenJourney[] {
		return this.#open;
	}

	/**
	 * Takes a sighting at one of the `places`, in about the order of time; the hop that it is, in a journey that it continues or begins. By its number who gives it
	 * knows it again.
	 */
	see(sighting: Sighting, place: Place, number = 0): OpenHop {
		const {seconds, nanoseconds} = sighting;
		this.#epoch ??= seconds;
		const at = this.timeOf(seconds, nanoseconds);
		const known = this.#last.of(sighting, ethernet);
		const read = known ?? this.#read(sighting);
		const origin = this.#origins.of(this.#waiting.oldest(read.mark), place, at, read);
		const step = origin && this.places.step(origin.place, place);
		const before = step && origin;
		const journey = before?.journey ?? this.#begin(at, sighting, number);
		const print = known ?? this.#kept(before?.print);
		if (known === undefined) {
			this.#last.set(sighting, ethernet, print);
		}

		const hop = new OpenHop(journey, place, at, print);
		hop.number = number;
		journey.hops.push(hop);
		journey.lastAt = Math.max(journey.lastAt, at);
		if (before !== undefined && step !== undefined) {
			this.#join(before, step, hop);
			if (before.print.isFragment && !print.isFragment) {
				this.#origins.parts(place, print).forEach((part) => {
					part.became = hop;
				});
			}
		}

		this.#adopt(hop);
		if (hop.branches < this.places.stepsFrom(place).count) {
			this.#waiting.add(hop);
		}

		this.relations.see(hop, sighting);
		return hop;
	}

	/**
	 * Lets go of journeys that are over at this time: those that came where they were going and were not seen for a moment, and those that have waited
	 * in vain or have vanished for certain. They do not grow any more. Call it now and then; without, the oldest are forgotten when there are too many.
	 */
	take(now: number): readonly Journey[] {
		this.#vanished.settle(this.#open, this, now);
		// before that nothing is over
		const {quiet, record, window} = this.#limits;
		const last = now - Math.min(quiet, record, window);
		const taken = [...this.#crowdedOut, ...this.#close((journey) => journey.lastAt <= last && now >= this.#dueAt(journey))];
		this.#crowdedOut = [];
		return taken;
	}

	#dueAt(journey: OpenJourney): number {
		const settled = journey.lastAt + (journey.awaitsRecord ? this.#limits.record : this.#limits.quiet);
		const waited = journey.lastAt + this.#limits.window;
		// looked at twice at most: when it may have settled, and when it has waited
		if (!journey.isLookedAt) {
			const {is, at} = endOf(journey, this);
			const [last] = at;
			journey.awaitsAnswer = is === 'reached' && at.some((hop) => isUnanswered(hop, journey));
			const isOver =
				(is !== 'last seen' && !journey.awaitsAnswer) || journey.hasVanished || (at.length === 1 && last !== undefined && isRefused(journey, last));
			journey.look(is === 'reached' && !journey.awaitsAnswer, isOver ? settled : waited);
		}

		return journey.dueAt;
	}

	#close(isOver: (journey: OpenJourney) => boolean): readonly OpenJourney[] {
		const over: OpenJourney[] = [];
		const open: OpenJourney[] = [];
		for (const journey of this.#open) {
			(isOver(journey) ? over : open).push(journey);
		}

		if (over.length > 0) {
			this.#open = open;
			for (const journey of over) {
				this.#forget(journey);
			}
		}

		return over;
	}

	#begin(at: number, sighting: Sighting, number: number): OpenJourney {
		this.#count++;
		const journey = new OpenJourney(this.#count, at, this.#summaryOf ?? this.#later.summaryOf(sighting), number);
		this.#open.push(journey);
		if (this.#open.length > this.#limits.most) {
			const last = this.#open[this.#limits.most >> 3]?.number ?? 0;
			this.#crowdedOut = [...this.#crowdedOut, ...this.#close((one) => one.number < last)].slice(-this.#limits.most);
		}

		return journey;
	}

	#join(hop: OpenHop, step: Step, next: OpenHop): void {
		next.follow(hop, step);
		this.relations.fragments.remember(hop, next);
		if (!isSameFlow(hop.print, next.print)) {
			next.rewrite = rewriteOfFirst(next) ?? this.#nat.remember(next.place.node, hop.print, next.print);
		}

		if (hop.branches >= this.places.stepsFrom(hop.place).count) {
			this.#waiting.leave(hop);
		}
	}

	/** Journeys that begin where none can, because what was before it came later: they go on from here. */
	#adopt(hop: OpenHop): void {
		for (let orphan = this.#waiting.oldest(hop.print.mark); orphan !== undefined; orphan = orphan.newer) {
			const step = this.#origins.stepToOrphan(hop, orphan);
			if (step !== undefined) {
				this.#merge(orphan.journey, hop.journey);
				this.#join(hop, step, orphan);
			}
		}
	}

	#merge(from: OpenJourney, into: OpenJourney): void {
		for (const hop of from.hops) {
			hop.journey = into;
		}

		into.hops.push(...from.hops);
		into.hops.sort((a, b) => a.at - b.at);
		into.lastAt = Math.max(into.lastAt, from.lastAt);
		from.hops = [];
		into.addKeys(...from.keys);
		this.#open = this.#open.filter((journey) => journey !== from);
	}

	#read({source, start, length}: Sighting): Print {
		readPrint(this.#print, source, start, start + length);
		return this.#print;
	}

	/** The print that was read; that of the packet before, if it is the same. */
	#kept(before: Print | undefined): Print {
		const read = this.#print;
		if (before?.isSame(read) === true) {
			return before;
		}

		this.#print = new Print();
		return read;
	}

	#forget(journey: OpenJourney): void {
		if (journey.awaitsAnswer) {
			// in vain: it is known by now whether rules have dropped it
			journey.look(endOf(journey, this).is === 'reached', journey.dueAt);
		}

		this.relations.fragments.forget(journey);
		this.relations.forget(journey);
		for (const hop of journey.hops) {
			this.#waiting.leave(hop);
		}
	}
}
