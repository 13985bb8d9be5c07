// Packets printed as they come, from a file or a running lab: which of them, and how much of each.
import {Summaries} from '../watch/decode/summaries.ts';
import {matcherOf, sightingOf} from '../watch/filter/match.ts';
import type {Filter} from '../watch/filter/parse.ts';
import type {Packet} from '../watch/files/index.ts';
import type {Io} from './command.ts';
import {frameOf, hexLines, layerLines, PacketLines, packetData} from './packet-text.ts';

/** Which packets. */
export interface Choice {
	/** Undefined: all. */
	readonly filter?: Filter;
	/** Stop after so many. */
	readonly count?: number | undefined;
}

export interface Shown {
	/** The tree of headers too. */
	readonly verbose: boolean;
	/** The bytes too. */
	readonly hex: boolean;
	/** One JSON object a line. */
	readonly json: boolean;
}

/** A packet, and which it is where it comes from, counted from 1. */
interface Numbered {
	readonly packet: Packet;
	readonly number: number;
}

/** The packets that are meant, in the lists in which they came. Throws what `source` throws. */
export async function* chosenOf(source: AsyncIterable<readonly Packet[]>, {filter, count = Infinity}: Choice): AsyncGenerator<readonly Numbered[]> {
	const passes = filter === undefined ? undefined : matcherOf(filter);
	let left = count;
	let seen = 0;
	for await (const all of source) {
		const before = seen;
		const packets = all.map((packet, index) => ({packet, number: before + index + 1}));
		const passed = passes === undefined ? packets : packets.filter(({packet, number}) => passes(frameOf(packet), sightingOf(packet, number)));
		seen += all.length;
		yield passed.slice(0, left);
		left -= passed.length;
		if (left <= 0) {
			return;
		}
	}
}

/** Prints packets, as they come. Throws what `source` throws. */
export async function printPackets(io: Io, source: AsyncIterable<readonly Packet[]>, choice: Choice, shown: Shown): Promise<void> {
	const lines = new PacketLines();
	const summaries = new Summaries();
	for await (const packets of chosenOf(source, choice)) {
		const texts = packets.flatMap(({packet, number}) =>
			shown.json
				? [JSON.stringify(packetData(packet, number, {layers: shown.verbose, hex: shown.hex, summaries}))]
				: [lines.line(packet), ...(shown.verbose ? layerLines(packet) : []), ...(shown.hex ? hexLines(packet) : [])],
		);
		if (texts.length > 0) {
			io.stdout.write(`${texts.join('\n')}\n`);
		}
	}
}
