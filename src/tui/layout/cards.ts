// What stands in a container's card, and where it hangs. A container that shares another's network stack is a second name on that card.
import type {ContainerView, HostView, InterfaceView} from '../../api/messages.ts';
import type {Role} from '../theme.ts';
import {width} from '../text.ts';

/** How much the map tells of each thing, and how much room it leaves: as much as fits the screen without scrolling. */
export type Detail = 'short' | 'full' | 'airy';

/** Cells between cards, and rows of a wire between a segment and what hangs from it. */
export const spacing = {
	short: {gap: 1, wire: 1, hostGap: 2},
	full: {gap: 2, wire: 1, hostGap: 3},
	airy: {gap: 6, wire: 2, hostGap: 6},
} as const satisfies Record<Detail, {gap: number; wire: number; hostGap: number}>;

export interface Card {
	/** The owner of the network stack first. */
	readonly names: readonly string[];
	/** In the upper border: the mode where it is not bridge. */
	readonly title: string;
	readonly lines: readonly {readonly text: string; readonly role: Role}[];
	/** What its wire hangs from. */
	readonly wire: InterfaceView | undefined;
	/** Whether it uses its host's own interfaces. */
	readonly isOnHost: boolean;
	readonly isRunning: boolean;
}

/** The part of an address before the slash. */
export function bare(address: string): string {
	return address.split('/')[0] ?? address;
}

/** The cards of a host in the order of its containers. */
export function cardsOf(host: HostView, detail: Detail): Card[] {
	const names = new Set(host.containers.map((container) => container.name));
	const guests = host.containers.filter(
		(container) => container.mode === 'container' && container.sharesWith !== undefined && names.has(container.sharesWith),
	);
	return host.containers
		.filter((container) => !guests.includes(container))
		.map((owner) =>
			makeCard(
				host,
				owner,
				guests.filter((guest) => ownerOf(host, guest) === owner.name).map(({name}) => name),
				detail,
			),
		);
}

/** Whose network stack a container uses in the end: guests of guests are guests of the first. */
export function ownerOf(host: HostView, container: ContainerView): string {
	const seen = new Set<string>();
	let owner = container;
	while (owner.mode === 'container' && !seen.has(owner.name)) {
		seen.add(owner.name);
		owner = host.containers.find((one) => one.name === owner.sharesWith) ?? owner;
	}

	return owner.name;
}

function makeCard(host: HostView, owner: ContainerView, guests: readonly string[], detail: Detail): Card {
	const [wire] = owner.interfaces;
	return {
		names: [owner.name, ...guests],
		title: owner.mode === 'bridge' || owner.mode === 'networks' ? '' : owner.mode,
		lines: linesOf(host, owner, detail),
		wire,
		isOnHost: owner.mode === 'host',
		isRunning: owner.state === 'running',
	};
}

function linesOf(host: HostView, owner: ContainerView, detail: Detail): Card['lines'] {
	if (owner.state !== 'running') {
		return [{text: stateOf(owner), role: 'dim'}];
	}

	if (owner.mode === 'host') {
		return [{text: `in ${host.name}'s netns`, role: 'none'}];
	}

	const [first, ...more] = owner.interfaces;
	if (first === undefined) {
		return [{text: 'lo only', role: 'dim'}];
	}

	const address = first.address ?? 'no address';
	const others = more.map((nic) => ({text: `${nic.dev} ${bare(nic.address ?? nic.bridge)}`, role: 'none' as const}));
	return detail === 'short'
		? [{text: bare(address), role: 'none'}, ...others]
		: [{text: `${first.dev} ${address}`, role: 'none'}, {text: first.mac, role: 'dim'}, ...others];
}

/** In words: running, not started, exited with its code. */
export function stateOf(container: ContainerView): string {
	return container.state === 'exited' ? `exited (${container.exitCode ?? '?'})` : container.state;
}

/** Whether its traffic has a line of its own. */
export function hasRate(card: Card): boolean {
	return card.isRunning && card.wire !== undefined;
}

/** Cells of a card with its borders; the counters `▼1.2k ▲1.8k` and the veth's name beside the wire need at least 16. */
export function cardWidth(card: Card): number {
	const names = card.names.map((name, index) => width(name) + (index === 0 ? 0 : 2));
	const label = card.wire === undefined ? 0 : width(card.wire.veth) - 1;
	return Math.min(
		34,
		Math.max(
			card.wire === undefined ? 11 : 16,
			label + 4,
			width(card.title) + 6,
			...names.map((cells) => cells + 4),
			...card.lines.map((line) => width(line.text) + 4),
		),
	);
}

/** Rows of a card with its borders. */
export function cardHeight(card: Card): number {
	return 2 + card.names.length + card.lines.length + (hasRate(card) ? 1 : 0);
}
