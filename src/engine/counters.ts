// Counters of every link of every host and LAN, and of containers whose links do not end there, once a second, only while somebody listens.
import type {Counters} from '../api/messages.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Allocations} from '../drivers/index.ts';
import type {Lab} from '../model/lab.ts';
import type {NetnsName} from '../plan/op.ts';

const everyMs = 1000;

/** Measures for as long as `isHeard`; `tell` gets each measurement. Returns the function that stops it. */
export function startCounters(
	machine: Machine,
	parts: {
		readonly lab: () => Lab | undefined;
		readonly allocations: () => Allocations | undefined;
		readonly isHeard: () => boolean;
		readonly tell: (counters: Counters) => void;
	},
): () => void {
	let isBusy = false;
	const timer = setInterval(() => {
		const lab = parts.lab();
		if (isBusy || lab === undefined || !parts.isHeard()) {
			return;
		}

		isBusy = true;
		measure(machine, countedNodes(lab, parts.allocations()))
			.then(parts.tell)
			.catch(() => {
				// a namespace went while it was read; the next round will not ask for it
			})
			.finally(() => {
				isBusy = false;
			});
	}, everyMs);
	return () => {
		clearInterval(timer);
	};
}

export interface CountedNode {
	/** As views call it. */
	readonly node: string;
	readonly netns: NetnsName;
}

/** What is counted: hosts, LANs, and containers with an interface that has no other end in one of those: a macvlan, a cable into a namespace of a network. */
export function countedNodes(lab: Lab, allocations: Allocations | undefined): readonly CountedNode[] {
	const outside: readonly CountedNode[] = [
		...lab.hosts.map(({name}) => ({node: name, netns: name})),
		...lab.lans.map(({name}) => ({node: name, netns: `lan:${name}`})),
	];
	const known = new Set(outside.map(({netns}) => netns));
	const inside = [...(allocations?.containers ?? [])].filter(([, {interfaces}]) =>
		interfaces.some(({kind, netns}) => kind === 'macvlan' || !known.has(netns)),
	);
	return [...outside, ...inside.map(([name]) => ({node: name, netns: name}))];
}

async function measure(machine: Machine, nodes: readonly CountedNode[]): Promise<Counters> {
	const links = await Promise.all(
		nodes.map(async ({node, netns}) => (await machine.links(netns)).map(({name, counters}) => ({node, dev: name, ...counters}))),
	);
	return {atMs: Date.now(), links: links.flat()};
}
