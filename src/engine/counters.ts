// Counters of every link of every host and LAN, once a second, only while somebody listens.
import type {Counters} from '../api/messages.ts';
import {overlayPlaces} from '../drivers/index.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Lab} from '../model/lab.ts';

const everyMs = 1000;

/** Measures for as long as `isHeard`; `tell` gets each measurement. Returns the function that stops it. */
export function startCounters(
	machine: Machine,
	parts: {readonly lab: () => Lab | undefined; readonly isHeard: () => boolean; readonly tell: (counters: Counters) => void},
): () => void {
	let isBusy = false;
	const timer = setInterval(() => {
		const lab = parts.lab();
		if (isBusy || lab === undefined || !parts.isHeard()) {
			return;
		}

		isBusy = true;
		measure(machine, lab)
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

/** One reading. Cables that end in the place of an overlay network count as their host's, as those on its bridges do. */
export async function measure(machine: Pick<Machine, 'links'>, lab: Lab): Promise<Counters> {
	const nodes = [...lab.hosts.map(({name}) => ({node: name, netns: name})), ...lab.lans.map(({name}) => ({node: name, netns: `lan:${name}`}))];
	const places = overlayPlaces(lab).map(({host, netns}) => ({node: host, netns, only: 'veth'}));
	const links = await Promise.all(
		[...nodes.map((node) => ({...node, only: undefined})), ...places].map(async ({node, netns, only}) =>
			(await machine.links(netns)).filter(({kind}) => only === undefined || kind === only).map(({name, counters}) => ({node, dev: name, ...counters})),
		),
	);
	return {atMs: Date.now(), links: links.flat()};
}
