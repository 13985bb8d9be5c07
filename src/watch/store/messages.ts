// Fields of messages: DNS, DHCP, HTTP. They are at no fixed place, and must be decoded; but the same message is sent again and again, so each is decoded once
// for a filter, and known again by its bytes.
import {Buffer} from 'node:buffer';
import {mixed} from '../../base/mixed.ts';
import {u16, u32, u8} from '../decode/bytes.ts';
import {layersOf} from '../decode/index.ts';
import {isSo} from '../filter/match.ts';
import {headersOf} from '../filter/names.ts';
import {answer, type Ask} from './answer.ts';
import {shift, twoBits, type Columns} from './columns.ts';
import type {Memory} from './memory.ts';
import {headerBit, transport} from './outline.ts';
import {endOf, headerBytesOf, linkBytes, plain, plainMask, protocolOf} from './plain.ts';
import type {Wish} from './tests.ts';

const protocols: ReadonlySet<string> = new Set(['dns', 'dhcp', 'http']);
const ipProtocol = {[transport.tcp]: 6, [transport.udp]: 17} as const;
const ethernet = 1;
/** Longer messages, and more of them, are decoded each time. */
const most = {bytes: 2048, messages: 16_384} as const;
/** Of a DNS message, by which an answer is told from others: it differs where nothing else does. */
const idBytes = 2;
/** A name in it may go on there (RFC 1035 4.1.4), and then the number does matter. */
const pointsToId = /\u00C0[\u0000\u0001]/;

/** A message, without the number that it may have, and what was found out of it. */
interface Told {
	readonly bytes: Buffer;
	readonly found: number;
}

/** A filter's field, and what was found out of it. */
interface Asked {
	readonly name: string;
	readonly wish: Wish;
	readonly headers: ReadonlySet<string>;
	/** By kind of transport and the number of a message's bytes; of two with the same number the newer. */
	readonly known: Readonly<Record<1 | 2, Map<number, Told>>>;
}

export class Messages {
	readonly #columns: Columns;
	readonly #memory: Memory;

	constructor(columns: Columns, memory: Memory) {
		this.#columns = columns;
		this.#memory = memory;
	}

	/** undefined: the field is of no message. */
	compared(name: string, wish: Wish): Ask | undefined {
		const prefix = name.slice(0, name.indexOf('.'));
		if (!protocols.has(prefix)) {
			return undefined;
		}

		const {state} = this.#columns;
		const bit = headerBit(prefix) ?? 0;
		const asked: Asked = {name, wish, headers: new Set(headersOf(name)), known: {1: new Map(), 2: new Map()}};
		return ({row, selected, count}, out) => {
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				const bits = state[row + index] ?? 0;
				out[index] = (bits & bit) === 0 ? answer.no : (bits & plainMask) === plain ? this.#answer(asked, row + index, bits) : answer.open;
			}
		};
	}

	#answer(asked: Asked, row: number, bits: number): number {
		const {start, length, piece, wireBytes} = this.#columns;
		const frame = start[row] ?? 0;
		const frameBytes = length[row] ?? 0;
		const bytes = this.#memory.at(piece[row] ?? 0);
		const kind = (bits >> shift.transport[0]) & twoBits;
		// with a part of a message it matters how much was not captured
		if ((kind !== transport.tcp && kind !== transport.udp) || protocolOf(bytes, frame, bits) !== ipProtocol[kind] || frameBytes !== wireBytes[row]) {
			return answer.open;
		}

		const head = frame + linkBytes + headerBytesOf(bytes, frame, bits);
		const packetEnd = endOf(bytes, {frame, bits, wireBytes: frameBytes});
		const isUdp = kind === transport.udp;
		const said = isUdp ? u16(bytes, head + 4) : 0;
		const end = said === 0 ? packetEnd : Math.min(packetEnd, head + said);
		const from = head + (isUdp ? 8 : (u8(bytes, head + 12) >> 4) * 4);
		if (end - from > most.bytes) {
			return answer.open;
		}

		const skipped = isUdp && asked.headers.has('DNS') && asked.name !== 'dns.id' ? idBytes : 0;
		const known = asked.known[kind];
		const number = numberOf(bytes, from + skipped, end);
		const told = known.get(number);
		if (told !== undefined && isSame(told.bytes, bytes, from + skipped, end)) {
			return told.found;
		}

		const found = decoded(asked, bytes.subarray(frame, frame + frameBytes));
		const message = bytes.subarray(from + skipped, end);
		if (known.size < most.messages && !(skipped > 0 && pointsToId.test(message.toString('latin1')))) {
			// a copy: what it is part of is large, and may be held no more
			known.set(number, {bytes: Buffer.from(message), found});
		}

		return found;
	}
}

function numberOf(bytes: Buffer, from: number, end: number): number {
	let number = end - from;
	let at = from;
	for (; at + 4 <= end; at += 4) {
		number = mixed(number, u32(bytes, at));
	}

	for (; at < end; at++) {
		number = mixed(number, u8(bytes, at));
	}

	return number;
}

function isSame(message: Buffer, bytes: Buffer, from: number, end: number): boolean {
	if (message.length !== end - from) {
		return false;
	}

	for (let at = 0; at < message.length; at++) {
		if (message[at] !== bytes[from + at]) {
			return false;
		}
	}

	return true;
}

function decoded({name, wish, headers}: Asked, bytes: Buffer): number {
	const fields = layersOf({bytes, linkType: ethernet, wireBytes: bytes.length}, headers).flatMap((layer) => layer.fields);
	const values = fields.filter((field) => field.name === name).map(({value}) => value);
	return isSo(values, wish.comparison, wish.value) ? answer.yes : answer.no;
}
