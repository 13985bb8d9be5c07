// Which rules each packet of a capture hit. A packet is taken with all its sightings, in the order in which packets began: what it hit in each node is
// told from where it was seen there, from the node's rules at that time, and from the packets of its connection before it. Pure.
import {chainKey} from '../../explain/change.ts';
import type {FlowNews} from '../../model/connections/news.ts';
import type {FlowTuple, ObservedFlow, ObservedRules} from '../../model/observed.ts';
import type {NodeWiring} from '../../model/wiring.ts';
import type {Hop} from '../journey/journey.ts';
import {endsOf} from '../journey/nat.ts';
import type {Places} from '../journey/places.ts';
import type {Met} from './chains.ts';
import {Passage} from './hooks.ts';
import {NodeGround} from './nodes.ts';
import {type Packet, packetOf} from './packet.ts';
import {type Rule, type Ruleset, rulesetOf} from './ruleset.ts';
import {Tracking} from './tracking.ts';
import {follow, isEntrance, isSentHere} from './ways.ts';

/** What is told of packets; `number`: of the sighting at which a rule was asked. */
export interface Findings {
	/** `key`: of a rule (`keysOf`), or of a chain whose policy decided (`chainKey`). `isSure`: false when a rule before could not be judged. */
	hit(node: string, key: string, number: number, isSure: boolean): void;
	/** It came to a rule of which it cannot be told whether it hit it. */
	unknown(node: string, rule: Rule, number: number): void;
	/** The rules drop it, yet it was seen to go on. */
	contradicted(node: string, number: number): void;
}

/** Rules that a node had: when they were read first, and when they were read last; in milliseconds since 1970. */
interface Version {
	readonly from: number;
	until: number;
	readonly observed: ObservedRules;
	readonly rules: Ruleset;
}

/** What was captured. */
export interface Frames {
	/** The second, since 1970, from which the times of hops are counted. */
	readonly epoch: number;
	readonly bytesOf: (hop: Hop) => Uint8Array | undefined;
}

interface Around {
	readonly version: Version;
	/** The rules were these then: they were read before and after, and were the same. */
	readonly isCertain: boolean;
	readonly ground: NodeGround;
	readonly frames: Frames;
}

/** As many sets of rules of a node are remembered. */
const mostVersions = 64;

export class Judge {
	readonly #places: Places;
	readonly #findings: Findings;
	readonly #grounds = new Map<string, NodeGround>();
	readonly #versions = new Map<string, Version[]>();
	readonly #tracking = new Map<string, Tracking>();

	constructor(places: Places, findings: Findings) {
		this.#places = places;
		this.#findings = findings;
	}

	/** The lab as it is now; `places` have learnt it, too. */
	learn(nodes: readonly NodeWiring[]): void {
		for (const node of nodes) {
			this.#grounds.set(node.name, new NodeGround(node));
		}
	}

	/** A node's rules, as they were at this time, in milliseconds since 1970. */
	learnRules(node: string, observed: ObservedRules, at: number): void {
		const versions = this.#versions.get(node) ?? [];
		const last = versions.at(-1);
		this.#versions.set(node, versions);
		if (last !== undefined && isSameRules(last.observed, observed)) {
			last.until = at;
		} else {
			versions.push({from: at, until: at, observed, rules: rulesetOf(observed)});
			versions.splice(0, versions.length - mostVersions);
		}
	}

	/** A node's connections, and what changes in them. */
	learnFlows(news: FlowNews): void {
		if (news.is === 'table' || news.is === 'changes') {
			const {node, atMs} = news;
			const tracking = this.#trackingOf(node);
			tracking.isRead ||= news.is === 'table';
			const flows = news.is === 'table' ? news.flows : news.changes.flatMap(({is, flow}) => (is === 'new' ? [flow] : []));
			for (const flow of flows) {
				learnFlow(tracking, flow, news.is === 'table' ? {at: atMs, until: atMs + flow.timeoutSeconds * 1000} : undefined);
			}
		}
	}

	/** Packets will be taken again from the first one on. */
	restart(): void {
		for (const tracking of this.#tracking.values()) {
			tracking.restart();
		}
	}

	/** Takes a packet: all its sightings. */
	judge(hops: readonly Hop[], frames: Frames): void {
		for (const hop of hops) {
			const {node} = hop.place;
			const at = frames.epoch * 1000 + hop.at / 1e6;
			const version = this.#versionAt(node, at);
			const ground = this.#grounds.get(node);
			if (version !== undefined && ground !== undefined && isEntrance(hop, this.#places)) {
				this.#follow(hop, {version, isCertain: at <= version.until || version === this.#versions.get(node)?.at(-1), ground, frames});
			}
		}
	}

	#follow(entrance: Hop, {version, isCertain, ground, frames}: Around): void {
		const {node} = entrance.place;
		const {rules} = version;
		const tracking = this.#trackingOf(node);
		const findings = this.#findings;
		let {number} = entrance;
		let held: (() => void)[] | undefined;
		const told = (at: number, met: readonly Met[]): void => {
			for (const one of met) {
				if (one.is === 'hit') {
					findings.hit(node, one.key, at, one.isSure && isCertain);
				} else {
					findings.unknown(node, one.rule, at);
				}
			}
		};
		const tell = (met: readonly Met[]): void => {
			const at = number;
			if (held === undefined) {
				told(at, met);
			} else {
				held.push(() => told(at, met));
			}
		};
		const here = {rules, tracking, local: ground, tell, contradicted: () => findings.contradicted(node, number)};
		follow(entrance, {
			places: this.#places,
			ground,
			packet: (hop) => packetAt(hop, frames),
			before: (sent) => tracking.before(sent),
			begin: (hop, packet, became) => new Passage(here, {packet, at: frames.epoch * 1000 + hop.at / 1e6, became, isOwn: isSentHere(hop)}),
			at: (hop) => {
				({number} = hop);
			},
			onlyDropped: (pass) => {
				held = [];
				const heard = held;
				const isPassing = pass();
				held = undefined;
				if (!isPassing) {
					heard.forEach((what) => {
						what();
					});
				}
			},
		});
	}

	/** What is known of the rules at a time: those that were read last before it, or first of all. */
	#versionAt(node: string, at: number): Version | undefined {
		const versions = this.#versions.get(node);
		return versions?.findLast(({from}) => from <= at) ?? versions?.[0];
	}

	#trackingOf(node: string): Tracking {
		const tracking = this.#tracking.get(node) ?? new Tracking();
		this.#tracking.set(node, tracking);
		return tracking;
	}
}

function packetAt(hop: Hop, {bytesOf}: Frames): Packet | undefined {
	const bytes = bytesOf(hop);
	return bytes && packetOf(bytes, hop.print);
}

function learnFlow(tracking: Tracking, flow: ObservedFlow, read: {readonly at: number; readonly until: number} | undefined): void {
	const [orig, reply] = [flow.orig, flow.reply].map((tuple) => endsOf(flow, withPorts(tuple)));
	if (orig !== undefined && reply !== undefined) {
		tracking.learn({orig, reply, hasReply: flow.hasReply, read});
	}
}

/** As packets without ports have them. */
function withPorts(tuple: FlowTuple): FlowTuple {
	const {sport = tuple.icmp?.id ?? 0, dport = tuple.icmp?.id ?? 0} = tuple;
	return {...tuple, sport, dport};
}

/** The same rules, whatever they have counted. */
function isSameRules(a: ObservedRules, b: ObservedRules): boolean {
	return (
		a.rules.length === b.rules.length &&
		a.chains.length === b.chains.length &&
		a.rules.every((rule, index) => {
			const other = b.rules[index];
			return other !== undefined && other.text === rule.text && chainKey(other) === chainKey(rule);
		}) &&
		a.chains.every((chain, index) => {
			const other = b.chains[index];
			return other !== undefined && chain.policy === other.policy && chainKey(other) === chainKey(chain);
		})
	);
}
