// What stands in a container's card, and where it hangs. A container that shares another's network stack is a second name on that card.
import type {ContainerView, HostView, InterfaceView, View} from '../../api/messages.ts';
import type {Role} from '../theme.ts';
import {bare, width} from '../text.ts';
import type {Meter} from './scene.ts';
import {meterOf} from './segments.ts';

/** How much the map tells of each thing, and how much room it leaves: as much as fits the screen without scrolling. */
export type Detail = 'short' | 'full' | 'airy';

/** Cells between cards, and rows of a wire between a segment and what hangs from it. */
export const spacing = {
	short: {gap: 1, wire: 1, hostGap: 2},
	full: {gap: 2, wire: 1, hostGap: 3},
	airy: {gap: 6, wire: 2, hostGap: 6},
} as const satisfies Record<Detail, {gap: number; wire: number; hostGap: number}>;

export type CardLine = {readonly text: string; readonly role: Role} | {readonly meter: Meter};

export interface Card {
	/** The owner of the network stack first. */
	readonly names: readonly string[];
	/** In the upper border: the mode where it is not bridge. */
	readonly title: string;
	readonly lines: readonly CardLine[];
	/** What it hangs from. */
	readonly wires: readonly InterfaceView[];
	/** Whether it uses its host's own interfaces. */
	readonly isOnHost: boolean;
	readonly isRunning: boolean;
}

/** The cards of a host in the order of its containers. */
export function cardsOf(view: View, host: HostView, detail: Detail): Card[] {
	const names = new Set(host.containers.map((container) => container.name));
	const guests = host.containers.filter(
		(container) =>
			(container.mode === 'container' && container.sharesWith !== undefined && names.has(container.sharesWith)) ||
			(isOnHost(container) && container !== host.containers.find(isOnHost)),
	);
	return host.containers
		.filter((container) => !guests.includes(container))
		.map((owner) => {
			const isGuest = (guest: ContainerView): boolean =>
				(isOnHost(owner) && isOnHost(guest)) || (guest.mode === 'container' && ownerOf(host, guest) === owner.name);
			const sharing = guests.filter(isGuest).map(({name}) => name);
			return {
				names: [owner.name, ...sharing],
				title: titleOf(owner, sharing.length > 0),
				lines: linesOf(view, host, owner, detail),
				wires: owner.mode === 'host' ? [] : owner.interfaces,
				isOnHost: isOnHost(owner),
				isRunning: owner.state === 'running',
			};
		});
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

/** Containers that use the host's own stack share one card: they share that stack. */
function isOnHost({mode, state}: ContainerView): boolean {
	return mode === 'host' && state === 'running';
}

function titleOf({mode, interfaces}: ContainerView, isShared: boolean): string {
	return isShared && mode !== 'host' ? 'shared' : mode === 'bridge' || mode === 'networks' || (mode === 'container' && interfaces.length > 0) ? '' : mode;
}

function linesOf(view: View, host: HostView, owner: ContainerView, detail: Detail): CardLine[] {
	if (owner.state !== 'running') {
		return [{text: stateOf(owner), role: 'dim'}];
	}

	if (owner.mode === 'host') {
		return [{text: `in ${host.name}'s netns`, role: 'none'}];
	}

	if (owner.interfaces.length === 0) {
		return [{text: 'lo only', role: 'dim'}];
	}

	const isOne = owner.interfaces.length === 1;
	return owner.interfaces.flatMap((wire): CardLine[] => {
		const address = wire.address ?? wire.address6 ?? 'no address';
		const brief = isOne ? bare(address) : `${wire.dev} ${bare(address)}`;
		return [
			{text: detail === 'short' ? brief : `${wire.dev} ${address}`, role: 'none'},
			...(detail === 'short' ? [] : [{text: wire.mac, role: 'dim' as const}]),
			{meter: meterOf(view, host, owner.name, wire)},
		];
	});
}

/** In words: running, not started, exited with its code. */
export function stateOf(container: ContainerView): string {
	return container.state === 'exited' ? `exited (${container.exitCode ?? '?'})` : container.state;
}

/** Cells of a card with its borders; the counters `▼1.2k ▲1.8k` and a veth's name beside the wire need at least 16. */
export function cardWidth(card: Card): number {
	const names = card.names.map((name, index) => width(name) + (index === 0 ? 0 : 2));
	const labels = card.wires.map((wire) => width(wire.veth) + 3);
	return Math.min(
		34,
		Math.max(
			card.wires.length === 0 ? 11 : 16,
			width(card.title) + (card.wires.length === 0 ? 6 : 8),
			...labels,
			...names.map((cells) => cells + 4),
			...card.lines.map((line) => ('meter' in line ? 0 : width(line.text) + 4)),
		),
	);
}

/** Rows of a card with its borders. */
export function cardHeight(card: Card): number {
	return 2 + card.names.length + card.lines.length;
}
