// The packets that are on the screen, decoded once each, and how wide their columns have become. What scrolls away is forgotten.
import {endpoint} from '../../watch/decode/walk.ts';
import type {Packet} from '../../watch/files/packet.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {width} from '../text.ts';
import type {Folds} from './folds.ts';
import {pointText, Ports} from './ports.ts';
import {arrow, type Way} from './ways.ts';

export interface PacketRow {
	readonly number: number;
	readonly packet: Packet;
	/** What hangs on the port of a bridge at which it was seen; undefined: it was at no such port, or its name says it. */
	readonly port: string | undefined;
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
	readonly ports = new Ports();
	readonly #known = new Map<number, PacketRow>();
	readonly #folded = new Map<Way, PacketRow>();
	/** They grow only: a list whose columns jump cannot be read. */
	widths: Widths = {point: 2, way: 2, source: 7, destination: 7, protocol: 4};

	/** undefined: it is not held any more. */
	of(store: PacketStore, number: number, folds: Folds): PacketRow | undefined {
		const known = this.#known.get(number);
		const packet = known?.packet ?? store.at(number);
		const port = packet && this.ports.of(packet.point.name, folds);
		if (known !== undefined && known.port === port) {
			return known;
		}

		const summary = store.summary(number);
		if (packet === undefined || summary === undefined) {
			return undefined;
		}

		const {protocol, source, destination, sourcePort, destinationPort, info} = summary;
		const remark = packet.comment === undefined ? '' : `  # ${packet.comment}`;
		const row = {
			number,
			packet,
			port,
			source: endpoint(source, sourcePort),
			destination: endpoint(destination, destinationPort),
			protocol,
			info: `${info}${remark}`,
			way: undefined,
		};
		if (this.#known.size >= mostRows) {
			this.#known.clear();
		}

		this.#known.set(number, row);
		this.#widen(row);
		return row;
	}

	/** The row of a packet with its way. */
	folded(store: PacketStore, number: number, {way, folds}: {readonly way: Way | undefined; readonly folds: Folds}): PacketRow | undefined {
		const known = way && this.#folded.get(way);
		const row = known ?? this.of(store, number, folds);
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

	#widen({packet, port, way, source, destination, protocol}: PacketRow): void {
		const {widths} = this;
		const needed: Widths = {
			point: Math.max(widths.point, width(pointText(packet.point.name, port, Number.POSITIVE_INFINITY))),
			way: Math.max(widths.way, way === undefined ? 0 : width(way.places.join(arrow))),
			source: Math.max(widths.source, source.length),
			destination: Math.max(widths.destination, destination.length),
			protocol: Math.max(widths.protocol, protocol.length),
		};
		const isWider = (Object.keys(needed) as (keyof Widths)[]).some((name) => needed[name] > widths[name]);
		this.widths = isWider ? needed : widths;
	}
}
