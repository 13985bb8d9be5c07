// Where everything inside one host's box goes, in cells from the box's upper left corner. Nothing is drawn here; `draw.ts` does that.
import type {ContainerView, HostView, InterfaceView, NicView, PublishedView, View} from '../../api/messages.ts';
import {width} from '../text.ts';
import type {Role} from '../theme.ts';
import {cardHeight, cardsOf, cardWidth, spacing, type Card, type Detail} from './cards.ts';
import type {Rect} from './canvas.ts';
import {segmentFor, segmentsOf, type Segment} from './segments.ts';

/** The column where a host's first interface, and the way from there to its bridges, stands. */
export const laneX = 2;
/** From a card's left edge to its wire. */
export const wireX = 2;
/** From a card's left edge to the wire that leaves it downwards. */
export const dropX = 6;

export interface PlacedNic {
	readonly nic: NicView;
	readonly x: number;
	readonly text: string;
}

export interface PlacedCard {
	readonly card: Card;
	readonly rect: Rect;
	/** The interface whose wire leaves it upwards. */
	readonly hangs: InterfaceView | undefined;
	/** The interface whose wire goes down to the next bus. */
	readonly drops: InterfaceView | undefined;
}

/** One row of a bridge: its line at `y`, and the cards that hang from it. */
export interface BusRow {
	readonly y: number;
	readonly cards: readonly PlacedCard[];
}

export interface Bus {
	readonly segment: Segment;
	/** Whether the host's interfaces lead to it: frames by a line, packets that are routed by dots. */
	readonly isJoined: boolean;
	/** Above the line when the line has no room for it. */
	readonly isCaption: boolean;
	readonly rows: readonly BusRow[];
	/** Cards of the bus above that are on this one, too. */
	readonly above: readonly PlacedCard[];
	/** The column where it leaves the host downwards, as an overlay network does. */
	readonly riserX: number | undefined;
}

export interface HostPlan {
	readonly host: HostView;
	readonly width: number;
	readonly height: number;
	readonly nics: readonly PlacedNic[];
	readonly texts: readonly {readonly y: number; readonly x: number; readonly text: string; readonly role: Role}[];
	/** Where buses end that stay inside. */
	readonly busRight: number;
	readonly buses: readonly Bus[];
	/** Interfaces for whose wires there is no way: their cards only name them. */
	readonly undrawn: number;
	/** Cards that hang from no bridge: on the host's own interfaces, on a LAN, on nothing. */
	readonly loose: readonly PlacedCard[];
}

export function hostTitle(host: HostView): string {
	return host.engine === undefined ? host.name : `${host.name} · Docker ${host.engine}`;
}

/** Plans a host's box, at most `most` cells wide if its parts let it. */
export function planHost(view: View, host: HostView, most: number, detail: Detail): HostPlan {
	const segments = segmentsOf(view, host);
	const hung = cardsOf(view, host, detail).map((card) => hang(card, segments));
	const onUplink = hung.filter(({card, at}) => card.isOnHost || (at === undefined && card.wires.length > 0));
	const unwired = hung.filter(({card}) => !card.isOnHost && card.wires.length === 0);
	const top = planTop(host, onUplink, most, segments);
	const body: Body = {y: top.bottom, width: top.width, buses: [], loose: [...top.cards]};
	const overlays = segments.filter(({kind}) => kind === 'overlay');
	const inner = most - 2 * overlays.length;
	for (const [index, segment] of segments.entries()) {
		const isLast = index === segments.length - 1;
		planBus(body, {segment, cards: hung.filter(({at}) => at === index), unwired: isLast ? unwired : [], most: inner, detail});
	}

	if (segments.length === 0 && unwired.length > 0) {
		planRows(body, {cards: unwired, x: laneX, most, detail, isHung: () => false});
	}

	const least = width(hostTitle(host)) + 8;
	const busRight = Math.max(body.width, least) - 3;
	const total = busRight + 3 + 2 * overlays.length;
	// the bus above takes the column farther right, so that no way down crosses a bus
	const riser = (segment: Segment): number | undefined => (segment.kind === 'overlay' ? total - 3 - 2 * overlays.indexOf(segment) : undefined);
	const buses = body.buses.map((bus) => ({...bus, riserX: riser(bus.segment)}));
	const wires = hung.reduce((sum, {card}) => sum + card.wires.length, 0);
	const drawn = buses.reduce((sum, {rows, above}) => sum + above.length + rows.reduce((count, {cards}) => count + cards.length, 0), 0);
	const undrawn = wires - drawn - onUplink.filter(({hangs}) => hangs !== undefined).length;
	return {host, width: total, height: body.y + 1, nics: top.nics, texts: top.texts, busRight, buses, undrawn, loose: body.loose};
}

/** A card with the segments that it is on. */
interface Hung {
	readonly card: Card;
	/** The upper one; undefined: none of its host. */
	readonly at: number | undefined;
	readonly hangs: InterfaceView | undefined;
	/** Whose segment is the next one below. */
	readonly drops: InterfaceView | undefined;
}

function hang(card: Card, segments: readonly Segment[]): Hung {
	const plugs = card.wires
		.flatMap((wire) => {
			const segment = segmentFor(segments, wire);
			return segment === undefined ? [] : [{wire, at: segments.indexOf(segment)}];
		})
		.toSorted((a, b) => a.at - b.at);
	const [first] = plugs;
	const next = plugs.find(({at}) => first !== undefined && at === first.at + 1);
	return {card, at: first?.at, hangs: first?.wire ?? card.wires[0], drops: next?.wire};
}

function planTop(host: HostView, onUplink: readonly Hung[], most: number, segments: readonly Segment[]) {
	const hasBus = segments.length > 0;
	const nics: PlacedNic[] = [];
	let x = laneX;
	for (const nic of host.nics) {
		const text = `${nic.dev} ${nic.address ?? ''}`.trimEnd();
		nics.push({nic, x, text});
		x += Math.max(width(text), 13) + 3;
	}

	const isFirstPort = segments[0]?.ports.some((port) => nics.slice(1).some(({nic}) => nic.dev === port)) === true;
	const textX = nics.length > 0 && hasBus ? (isFirstPort ? x : laneX + 2) : laneX;
	const firstText = nics.length > 0 ? 3 : 1;
	const texts = textsOf(host).map(({text, role}, index) => ({y: firstText + index, x: textX, text, role}));
	const textRight = Math.max(laneX, ...texts.map((line) => line.x + width(line.text)));
	let bottom = firstText + texts.length + (hasBus && texts.length === 0 && nics.length === 0 ? 1 : 0);
	let right = Math.max(nics.length > 0 ? x - 3 : laneX, textRight) + 2;
	const cards: PlacedCard[] = [];
	let cardX = Math.max(nics.length > 0 ? x - 3 : laneX, textRight) + 3;
	let cardY = 1;
	let rowBottom = bottom;
	const [onHost, onLan] = [onUplink.filter(({card}) => card.isOnHost), onUplink.filter(({card}) => !card.isOnHost)];
	for (const {card, hangs} of [...onHost, ...onLan]) {
		const size = {width: cardWidth(card), height: cardHeight(card)};
		if (cardX + size.width + 2 > most && cardX > laneX + 2) {
			cardX = laneX + 2;
			cardY = rowBottom;
		}

		cards.push({card, rect: {x: cardX, y: cardY, ...size}, hangs, drops: undefined});
		cardX += size.width + 1;
		rowBottom = Math.max(rowBottom, cardY + size.height);
		right = Math.max(right, cardX + 1);
	}

	bottom = Math.max(bottom, rowBottom);
	return {nics, texts, cards, bottom, width: right};
}

interface Body {
	y: number;
	width: number;
	readonly buses: Bus[];
	readonly loose: PlacedCard[];
}

interface BusParts {
	readonly segment: Segment;
	readonly cards: readonly Hung[];
	readonly unwired: readonly Hung[];
	readonly most: number;
	readonly detail: Detail;
}

function planBus(body: Body, {segment, cards, unwired, most, detail}: BusParts): void {
	const before = body.buses.at(-1);
	const above = (before?.rows.at(-1)?.cards ?? []).filter(({drops}) => drops !== undefined);
	const all = [...cards, ...unwired];
	const x = laneX + 3;
	const {gap} = spacing[detail];
	const hung = Math.min(columnsFor(all, x, most, gap), cards.length);
	const lastHung = hung === 0 ? x : x + (hung - 1) * (widest(all) + gap) + wireX;
	const lastWire = Math.max(lastHung, ...above.map(({rect}) => rect.x + dropX));
	const inline = lastWire + width(segment.label) + 8;
	const isCaption = inline > most && lastWire > x;
	body.y += (above.length > 0 ? 1 : 0) + (isCaption ? 1 : 0);
	body.width = Math.max(body.width, isCaption ? width(segment.label) + laneX + 6 : inline);
	const isJoined = segment.isRouted || segment.ports.length > 0;
	const bus = {segment, isJoined, isCaption, above, riserX: undefined};
	if (hung === 0) {
		body.buses.push({...bus, rows: [{y: body.y, cards: []}]});
		body.y += 1;
		planRows(body, {cards: unwired, x, most, detail, isHung: () => false});
		return;
	}

	body.buses.push({...bus, rows: planRows(body, {cards: all, x, most, detail, isHung: (card) => cards.includes(card)})});
}

interface Rows {
	readonly cards: readonly Hung[];
	readonly x: number;
	readonly most: number;
	readonly detail: Detail;
	isHung(card: Hung): boolean;
}

/** Places cards in rows; those that hang go to the rows that are returned, the others to `body.loose`. From the last row one can get down to the next bus. */
function planRows(body: Body, {cards, x, most, detail, isHung}: Rows): BusRow[] {
	const {gap, wire} = spacing[detail];
	const perRow = columnsFor(cards, x, most, gap);
	const pitch = widest(cards) + gap;
	const rows: BusRow[] = [];
	const ordered = cards.length <= perRow ? cards : cards.toSorted((a, b) => Number(a.drops !== undefined) - Number(b.drops !== undefined));
	for (let first = 0; first < ordered.length; first += perRow) {
		const row = ordered.slice(first, first + perRow);
		const isLast = first + perRow >= ordered.length;
		const hanging = row.some((card) => isHung(card));
		const y = body.y + (hanging ? wire + 1 : 0);
		const height = Math.max(...row.map(({card}) => cardHeight(card)));
		const placed = row.map((one, index) => ({
			isHung: isHung(one),
			card: one.card,
			rect: {x: x + index * pitch, y, width: widest(ordered), height: cardHeight(one.card)},
			hangs: one.hangs,
			drops: isLast ? one.drops : undefined,
		}));
		if (hanging) {
			rows.push({y: body.y, cards: placed.filter((one) => one.isHung)});
		}

		body.loose.push(...placed.filter((one) => !one.isHung));
		body.width = Math.max(body.width, x + row.length * pitch - gap + 2);
		body.y = y + height;
	}

	return rows;
}

function widest(cards: readonly Hung[]): number {
	return Math.max(0, ...cards.map(({card}) => cardWidth(card)));
}

function columnsFor(cards: readonly Hung[], x: number, most: number, gap: number): number {
	return Math.max(1, Math.floor((most - x - 2 + gap) / (widest(cards) + gap)));
}

/** Published ports as people say them, and servers of the machine itself. Ports on every IPv4 and IPv6 address are one. */
function textsOf(host: HostView): {text: string; role: Role}[] {
	const texts = host.containers.flatMap((container) =>
		publishedTexts(container.published).map(({from, to}) => ({
			text: `${from.startsWith('[') && !hasIPv6(container) ? 'proxy' : 'NAT'} ${from} → ${container.name}:${to}`,
			role: 'nat' as const,
		})),
	);
	const most = 6;
	const shown = texts.length > most ? [...texts.slice(0, most - 1), {text: `… and ${texts.length - most + 1} more published`, role: 'nat' as const}] : texts;
	const served = host.serve.map((serve) => `${serve.kind} :${serve.port}`);
	return served.length === 0 ? shown : [...shown, {text: `serves ${served.join(', ')}`, role: 'none' as const}];
}

/** What comes to an IPv6 address of the host goes to a container without one by docker-proxy alone. */
function hasIPv6({interfaces}: ContainerView): boolean {
	return interfaces.some(({isWayOut, address6}) => isWayOut && address6 !== undefined);
}

/** `:8080 → 80/tcp`; with its address where it is published on one only, or on every IPv6 address alone. */
export function publishedTexts(published: readonly PublishedView[]): {readonly from: string; readonly to: string}[] {
	const texts = published.map((one) => {
		const isEvery =
			one.hostAddress === '0.0.0.0' ||
			(one.hostAddress === '::' &&
				published.some(
					({hostAddress, hostPort, port, protocol}) =>
						hostAddress === '0.0.0.0' && hostPort === one.hostPort && port === one.port && protocol === one.protocol,
				));
		return {
			from: `${isEvery ? '' : one.hostAddress.includes(':') ? `[${one.hostAddress}]` : one.hostAddress}:${one.hostPort}`,
			to: `${one.port}/${one.protocol}`,
		};
	});
	return texts.filter((text, index) => texts.findIndex((other) => other.from === text.from && other.to === text.to) === index);
}
