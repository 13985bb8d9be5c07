// Where everything inside one host's box goes, in cells from the box's upper left corner. Nothing is drawn here; `draw.ts` does that.
import type {BridgeView, HostView, NicView, PublishedView} from '../../api/messages.ts';
import {width} from '../text.ts';
import type {Role} from '../theme.ts';
import {cardHeight, cardsOf, cardWidth, spacing, type Card, type Detail} from './cards.ts';
import type {Rect} from './canvas.ts';

/** The column where a host's first interface, and the way from there to its bridges, stands. */
export const laneX = 2;
/** From a card's left edge to its wire. */
export const wireX = 2;

export interface PlacedNic {
	readonly nic: NicView;
	readonly x: number;
	readonly text: string;
}

export interface PlacedCard {
	readonly card: Card;
	readonly rect: Rect;
}

/** One row of a bridge: its line at `y`, and the cards that hang from it. */
export interface BusRow {
	readonly y: number;
	readonly cards: readonly PlacedCard[];
}

export interface Bus {
	readonly bridge: BridgeView;
	readonly label: string;
	/** Above the line when the line has no room for it. */
	readonly isCaption: boolean;
	readonly rows: readonly BusRow[];
}

export interface HostPlan {
	readonly host: HostView;
	readonly width: number;
	readonly height: number;
	readonly nics: readonly PlacedNic[];
	readonly texts: readonly {readonly y: number; readonly x: number; readonly text: string; readonly role: Role}[];
	readonly buses: readonly Bus[];
	/** Cards that hang from no bridge: on the host's own interfaces, on a LAN, on nothing. */
	readonly loose: readonly PlacedCard[];
}

export function hostTitle(host: HostView): string {
	return host.engine === undefined ? host.name : `${host.name} · Docker ${host.engine}`;
}

/** Plans a host's box, at most `most` cells wide if its parts let it. */
export function planHost(host: HostView, most: number, detail: Detail): HostPlan {
	const cards = cardsOf(host, detail);
	const bridges = host.bridges.toSorted((a, b) => Number(b.ports.length > 0) - Number(a.ports.length > 0));
	const isOn = (card: Card, bridge: BridgeView): boolean => !card.isOnHost && card.wire?.bridge === bridge.dev;
	const onUplink = cards.filter((card) => card.isOnHost || (card.wire !== undefined && !bridges.some((bridge) => isOn(card, bridge))));
	const unwired = cards.filter((card) => !card.isOnHost && card.wire === undefined);
	const top = planTop(host, onUplink, most, bridges.length > 0);
	const body: {y: number; width: number; buses: Bus[]; loose: PlacedCard[]} = {y: top.bottom, width: top.width, buses: [], loose: [...top.cards]};
	for (const [index, bridge] of bridges.entries()) {
		const isLast = index === bridges.length - 1;
		planBus(body, {bridge, cards: cards.filter((card) => isOn(card, bridge)), unwired: isLast ? unwired : [], most, detail});
	}

	if (bridges.length === 0 && unwired.length > 0) {
		planRows(body, {cards: unwired, x: laneX, most, detail, isHung: () => false});
	}

	const least = width(hostTitle(host)) + 8;
	return {host, width: Math.max(body.width, least), height: body.y + 1, nics: top.nics, texts: top.texts, buses: body.buses, loose: body.loose};
}

function planTop(host: HostView, onUplink: readonly Card[], most: number, hasBus: boolean) {
	const nics: PlacedNic[] = [];
	let x = laneX;
	for (const nic of host.nics) {
		const text = `${nic.dev} ${nic.address ?? ''}`.trimEnd();
		nics.push({nic, x, text});
		x += Math.max(width(text), 13) + 3;
	}

	const isFirstPort = host.bridges.some((bridge) => bridge.ports.some((port) => nics.slice(1).some(({nic}) => nic.dev === port)));
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
	for (const card of onUplink) {
		const size = {width: cardWidth(card), height: cardHeight(card)};
		if (cardX + size.width + 2 > most && cardX > laneX + 2) {
			cardX = laneX + 2;
			cardY = rowBottom;
		}

		cards.push({card, rect: {x: cardX, y: cardY, ...size}});
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
	readonly bridge: BridgeView;
	readonly cards: readonly Card[];
	readonly unwired: readonly Card[];
	readonly most: number;
	readonly detail: Detail;
}

function planBus(body: Body, {bridge, cards, unwired, most, detail}: BusParts): void {
	const label = `${bridge.dev} ${bridge.address ?? ''}`.trimEnd();
	const all = [...cards, ...unwired];
	const x = laneX + 3;
	const {gap} = spacing[detail];
	const hung = Math.min(columnsFor(all, x, most, gap), cards.length);
	const lastWire = hung === 0 ? x : x + (hung - 1) * (widest(all) + gap) + wireX;
	const inline = lastWire + width(label) + 8;
	const isCaption = inline > most && hung > 0;
	body.y += isCaption ? 1 : 0;
	body.width = Math.max(body.width, isCaption ? width(label) + laneX + 6 : inline);
	if (hung === 0) {
		body.buses.push({bridge, label, isCaption, rows: [{y: body.y, cards: []}]});
		body.y += 1;
		planRows(body, {cards: unwired, x, most, detail, isHung: () => false});
		return;
	}

	body.buses.push({bridge, label, isCaption, rows: planRows(body, {cards: all, x, most, detail, isHung: (card) => cards.includes(card)})});
}

interface Rows {
	readonly cards: readonly Card[];
	readonly x: number;
	readonly most: number;
	readonly detail: Detail;
	isHung(card: Card): boolean;
}

/** Places cards in rows; those that hang go to the rows that are returned, the others to `body.loose`. */
function planRows(body: Body, {cards, x, most, detail, isHung}: Rows): BusRow[] {
	const {gap, wire} = spacing[detail];
	const perRow = columnsFor(cards, x, most, gap);
	const pitch = widest(cards) + gap;
	const rows: BusRow[] = [];
	for (let first = 0; first < cards.length; first += perRow) {
		const row = cards.slice(first, first + perRow);
		const hangs = row.some((card) => isHung(card));
		const y = body.y + (hangs ? wire + 1 : 0);
		const height = Math.max(...row.map((card) => cardHeight(card)));
		const placed = row.map((card, index) => ({card, rect: {x: x + index * pitch, y, width: widest(cards), height: cardHeight(card)}}));
		if (hangs) {
			rows.push({y: body.y, cards: placed.filter(({card}) => isHung(card))});
		}

		body.loose.push(...placed.filter(({card}) => !isHung(card)));
		body.width = Math.max(body.width, x + row.length * pitch - gap + 2);
		body.y = y + height;
	}

	return rows;
}

function widest(cards: readonly Card[]): number {
	return Math.max(0, ...cards.map((card) => cardWidth(card)));
}

function columnsFor(cards: readonly Card[], x: number, most: number, gap: number): number {
	return Math.max(1, Math.floor((most - x - 2 + gap) / (widest(cards) + gap)));
}

/** Published ports as people say them, and servers of the machine itself. Ports on every IPv4 and IPv6 address are one. */
function textsOf(host: HostView): {text: string; role: Role}[] {
	const texts = host.containers.flatMap((container) =>
		publishedTexts(container.published).map((text) => ({text: `NAT ${text.from} → ${container.name}:${text.to}`, role: 'nat' as const})),
	);
	const most = 6;
	const shown = texts.length > most ? [...texts.slice(0, most - 1), {text: `… and ${texts.length - most + 1} more published`, role: 'nat' as const}] : texts;
	const served = host.serve.map((serve) => `${serve.kind} :${serve.port}`);
	return served.length === 0 ? shown : [...shown, {text: `serves ${served.join(', ')}`, role: 'none' as const}];
}

/** `:8080 → 80/tcp`; with its address where it is published on one only. */
export function publishedTexts(published: readonly PublishedView[]): {readonly from: string; readonly to: string}[] {
	const texts = published.map((one) => {
		const isEvery = one.hostAddress === '0.0.0.0' || one.hostAddress === '::';
		return {
			from: `${isEvery ? '' : one.hostAddress.includes(':') ? `[${one.hostAddress}]` : one.hostAddress}:${one.hostPort}`,
			to: `${one.port}/${one.protocol}`,
		};
	});
	return texts.filter((text, index) => texts.findIndex((other) => other.from === text.from && other.to === text.to) === index);
}
