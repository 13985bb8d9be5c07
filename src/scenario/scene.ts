// What a check may use: the lab through its socket, and what the step's window saw. Nothing else, so that checks run the way users go.
import type {Method, Methods, View} from '../api/messages.ts';
import type {Check} from '../model/lab.ts';
import type {ObservedRules} from '../model/observed.ts';
import type {SeenPackets} from './window.ts';

export type Call = <M extends Method>(method: M, params: Methods[M]['params']) => Promise<Methods[M]['result']>;

export interface Scene {
	readonly call: Call;
	readonly view: View;
	/** Rules of hosts as they were before and after the step's `do`; only of hosts whose rules a check counts. */
	readonly rulesBefore: ReadonlyMap<string, ObservedRules>;
	readonly rulesAfter: ReadonlyMap<string, ObservedRules>;
	/** Milliseconds that a connection attempt may take. */
	readonly patienceMs: number;
	/** What passed while the step's actions were done; undefined when no check looks at packets. */
	readonly packets: SeenPackets | undefined;
}

/** The member of `Check` with this word; `same` and `differ` are one member. */
export type CheckOf<K extends Check['check']> = Holding<Check, K>;
type Holding<Member, K> = Member extends {readonly check: infer Words} ? (K extends Words ? Member : never) : never;

/** What one look saw, in words that stand alone: never only "false". */
export interface Seen {
	readonly ok: boolean;
	readonly expected: string;
	readonly got: string;
	readonly evidence?: readonly string[];
	/** Of a check on packets: those that it speaks of. */
	readonly packets?: readonly string[];
}

/** One kind of check. */
export interface Checker<K extends Check['check']> {
	/** One line that tells it apart from its brothers: "reach laptop -> 192.168.50.10 tcp/8080". */
	title(check: CheckOf<K>): string;
	/** Whether it waits for something to become true; what must stay untrue is looked at once. */
	retries(check: CheckOf<K>): boolean;
	look(check: CheckOf<K>, scene: Scene): Promise<Seen>;
}

/** The node's first address (of a container without IPv4 that of IPv6), for checks that name a node where an address is meant; anything else is returned as it is. */
export function addressOf(to: string, view: View): string {
	for (const host of view.hosts) {
		if (host.name === to) {
			const address = host.nics.find((nic) => nic.address !== undefined)?.address ?? host.bridges.find((bridge) => bridge.address !== undefined)?.address;
			return withoutPrefix(address) ?? to;
		}

		const container = host.containers.find(({name}) => name === to);
		if (container?.mode === 'host') {
			return addressOf(host.name, view);
		}

		if (container?.sharesWith !== undefined) {
			return addressOf(container.sharesWith, view);
		}

		if (container !== undefined) {
			const [wire] = container.interfaces;
			return withoutPrefix(wire?.address ?? wire?.address6) ?? to;
		}
	}

	return to;
}

function withoutPrefix(address: string | undefined): string | undefined {
	return address?.split('/')[0];
}
