// A packet at the hooks of one node: the tables in the kernel's order, connection tracking and NAT between them. Source: linux/netfilter_ipv4.h
// (NF_IP_PRI_*), nf_nat_core.c (nf_nat_inet_fn, nf_nat_packet).
import type {Ends} from '../journey/nat.ts';
import {explained, type Met, walk, type Verdict} from './chains.ts';
import type {Local, Ports} from './asked.ts';
import type {Packet} from './packet.ts';
import type {Ruleset} from './ruleset.ts';
import type {Tracked, Tracking} from './tracking.ts';

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** What is known of a node while a packet is in it. */
export interface Here {
	readonly rules: Ruleset;
	readonly tracking: Tracking;
	readonly local: Local;
	/** Is told what the packet meets, in order. */
	readonly tell: (met: readonly Met[]) => void;
	/** Rules drop it, and nothing explains that it was seen to go on. */
	readonly contradicted: () => void;
}

/** Where a hook is asked. */
export interface Stop {
	/** Interfaces; '' where there is none. */
	readonly into: string;
	readonly out: string;
	/** Of a bridge. */
	readonly ports: Ports;
	/** It was seen behind the hook: whatever the rules say, it has passed. */
	readonly isPast: boolean;
}

/** What a passage begins with. */
export interface Beginning {
	readonly packet: Packet;
	readonly at: number;
	/** What it was seen to be when it had left; undefined: it was not seen. */
	readonly became: Ends | undefined;
	/** The node itself sends it. */
	readonly isOwn: boolean;
}

const untracked: Tracked = {state: 'UNTRACKED', isReply: false, entry: undefined};

/** One packet in one node. */
export class Passage {
	readonly packet: Packet;
	readonly #here: Here;
	readonly #at: number;
	readonly #became: Ends | undefined;
	readonly #isOwn: boolean;
	#tracked: Tracked | undefined;

	constructor(here: Here, {packet, at, became, isOwn}: Beginning) {
		this.#here = here;
		this.packet = packet;
		this.#at = at;
		this.#became = became;
		this.#isOwn = isOwn;
	}

	/** A copy that goes another way from here: a bridge's. */
	copy(): Passage {
		const other = new Passage(this.#here, {packet: {...this.packet}, at: this.#at, became: this.#became, isOwn: this.#isOwn});
		other.#tracked = this.#tracked;
		return other;
	}

	/** Asks the rules at a hook; whether the packet passes. */
	pass(hook: Hook, stop: Stop): boolean {
		switch (hook) {
			case 'PREROUTING': {
				return this.#enter(hook, stop) && this.#ask('mangle', hook, stop) && this.#turn(hook, stop);
			}

			case 'OUTPUT': {
				return this.#enter(hook, stop) && this.#ask('mangle', hook, stop) && this.#turn(hook, stop) && this.#filter(hook, stop);
			}

			case 'FORWARD': {
				return this.#ask('mangle', hook, stop) && this.#filter(hook, stop);
			}

			case 'INPUT': {
				return this.#ask('mangle', hook, stop) && this.#filter(hook, stop) && this.#turn(hook, stop) && this.#leave();
			}

			case 'POSTROUTING': {
				return this.#ask('mangle', hook, stop) && this.#turn(hook, stop) && this.#leave();
			}
		}
	}

	#walk(table: string, hook: Hook, {into, out, ports, isPast}: Stop): Verdict {
		const {rules, local, tell, contradicted} = this.#here;
		const asked = {packet: this.packet, in: into, out, ports, isOwn: this.#isOwn, tracked: this.#tracked ?? untracked, local, isPast};
		const key = `${this.packet.family} ${table} ${hook}`;
		const met: Met[] = [];
		const verdict = walk(rules, key, asked, met);
		if (verdict !== 'drop' || !isPast) {
			tell(met);
			return verdict;
		}

		const other = explained(rules, key, asked, met);
		if (other === undefined) {
			contradicted();
		}

		// the rule that drops it was not hit
		tell(other?.met ?? met.slice(0, -1));
		return other?.verdict ?? 'accept';
	}

	#ask(table: string, hook: Hook, stop: Stop): boolean {
		return this.#walk(table, hook, stop) !== 'drop';
	}

	#filter(hook: Hook, stop: Stop): boolean {
		return this.#ask('filter', hook, stop) && this.#ask('security', hook, stop);
	}

	/** What went through lo is known from its way out. */
	#enter(hook: Hook, stop: Stop): boolean {
		const verdict = this.#walk('raw', hook, stop);
		if (verdict === 'drop') {
			return false;
		}

		this.#tracked ??= verdict === 'untrack' ? untracked : this.#here.tracking.track(this.packet, this.#at, this.#became);
		return true;
	}

	/** NAT: the first packet of a connection asks the table, once for each of its ends; all go where that has led. */
	#turn(hook: Hook, stop: Stop): boolean {
		const {state, entry} = this.#tracked ?? untracked;
		const end = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
		if (entry === undefined) {
			return true;
		}

		const isDone = end === 'destination' ? entry.isDestinationDone : entry.isSourceDone;
		if (state === 'NEW' && !isDone) {
			const verdict = this.#walk('nat', hook, stop);
			if (verdict === 'drop') {
				return false;
			}

			this.#decide(end, verdict);
		}

		this.#rewrite(end);
		return true;
	}

	/** What was seen is believed; without that, what the rule says. */
	#decide(end: 'destination' | 'source', verdict: Verdict): void {
		const entry = this.#tracked?.entry;
		if (entry === undefined) {
			return;
		}

		const {reply} = entry;
		const seen = this.#became;
		const rewrite = typeof verdict === 'object' ? verdict : undefined;
		if (end === 'destination') {
			entry.isDestinationDone = true;
			const here = rewrite?.isHere === true ? this.#here.local.ownFor(reply.source) : undefined;
			const source = seen?.destination ?? rewrite?.address ?? here ?? reply.source;
			const sourcePort = seen?.destinationPort ?? rewrite?.port ?? reply.sourcePort;
			entry.reply = {...reply, source, sourcePort};
		} else {
			entry.isSourceDone = true;
			const destination = seen?.source ?? rewrite?.address ?? reply.destination;
			const destinationPort = seen?.sourcePort ?? rewrite?.port ?? reply.destinationPort;
			entry.reply = {...reply, destination, destinationPort};
		}
	}

	#rewrite(end: 'destination' | 'source'): void {
		const {entry, isReply, state} = this.#tracked ?? untracked;
		if (entry === undefined) {
			return;
		}

		const {orig, reply} = entry;
		// what goes in this direction comes to: the source of what comes back
		const [sent, answered] = isReply ? [reply, orig] : [orig, reply];
		const {packet} = this;
		if (end === 'destination' && (sent.destination !== answered.source || sent.destinationPort !== answered.sourcePort)) {
			packet.destination = answered.source;
			packet.destinationPort = state === 'RELATED' ? packet.destinationPort : answered.sourcePort;
		} else if (end === 'source' && (sent.source !== answered.destination || sent.sourcePort !== answered.destinationPort)) {
			packet.source = answered.destination;
			packet.sourcePort = state === 'RELATED' ? packet.sourcePort : answered.destinationPort;
		}
	}

	#leave(): boolean {
		const entry = this.#tracked?.entry;
		if (entry !== undefined) {
			this.#here.tracking.confirm(entry, this.#at);
		}

		return true;
	}
}
