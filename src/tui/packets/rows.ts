// The packets that are on the screen, decoded once each, and how wide their columns have become. What scrolls away is forgotten.
import {endpoint} from '../../watch/decode/walk.ts';
import type {Packet} from '../../watch/files/packet.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {width} from '../text.ts';
import {arrow, type Way} from './ways.ts';

export interface PacketRow {
	readonly number: number;
	readonly packet: Packet;
	readonly source: string;
	readonly destination: string;
	readonly protocol: string;
	readonly info: string;
	/** Of a folded row: where the packet was seen. */
	readonly way: Way | undefined;
}

/** Cells that the widest of all seen needs. */
export interface Widths {
	readonly point: number;
	readonly way: number;
	readonly source: number;
	readonly destination: number;
	readonly protocol: number;
}

/** More than any screen has. */
const mostRows = 600;

export class Rows {
	readonly #known = new Map<number, PacketRow>();
	readonly #folded = new Map<Way, PacketRow>();
	/** They grow only: a list whose columns jump cannot be read. */
	widths: Widths = {point: 2, way: 2, source: 7, destination: 7, protocol: 4};

	/** undefined: it is not held any more. */
	of(store: PacketStore, number: number): PacketRow | undefined {
		const known = this.#known.get(number);
		if (known !== undefined) {
			return known;
		}

		const packet = store.at(number);
		const summary = store.summary(number);
		if (packet === undefined || summary === undefined) {
			return undefined;
		}

		const {protocol, source, destination, sourcePort, destinationPort, info} = summary;
		const remark = packet.comment === undefined ? '' : `  # ${packet.comment}`;
		const row = {
			number,
			packet,
			source: endpoint(source, sourcePort),
			destination: endpoint(destination, destinationPort),
			protocol,
			info: `${info}${remark}`,
			way: undefined,
		};
		if (this.#known.size === mostRows) {
			this.#known.clear();
		}

		this.#known.set(number, row);
		this.#widen(row);
		return row;
	}

	/** The row of a packet with its way. */
	folded(store: PacketStore, number: number, way: Way | undefined): PacketRow | undefined {
		const known = way && this.#folded.get(way);
		const row = known ?? this.of(store, number);
		if (known !== undefined || row === undefined || way === undefined) {
			return row;
		}

		if (this.#folded.size === mostRows) {
			this.#folded.clear();
		}

		const folded = {...row, info: way.info, way};
		this.#folded.set(way, folded);
		this.#widen(folded);
		return folded;
	}

	#widen({packet, way, source, destination, protocol}: PacketRow): void {
		const {widths} = this;
		const needed: Widths = {
			point: Math.max(widths.point, width(packet.point.name)),
			way: Math.max(widths.way, way === undefined ? 0 : width(way.places.join(arrow))),
			source: Math.max(widths.source, source.length),
			destination: Math.max(widths.destination, destination.length),
			protocol: Math.max(widths.protocol, protocol.length),
		};
		const isWider = (Object.keys(needed) as (keyof Widths)[]).some((name) => needed[name] > widths[name]);
		this.widths = isWider ? needed : widths;
	}
}
