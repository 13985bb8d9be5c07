// Packets as people read them: a line each, the tree of their headers, their bytes. Where they come from is not known here.
import {layersOf, type Frame} from '../watch/decode/index.ts';
import {Summaries} from '../watch/decode/summaries.ts';
import {endpoint} from '../watch/decode/walk.ts';
import {arrivalOf, type Packet} from '../watch/files/index.ts';

const bytesPerRow = 16;

export function frameOf({bytes, wireBytes, point}: Packet): Frame {
	return {bytes, wireBytes, linkType: point.linkType};
}

/** What a file says in words, for a terminal: nothing in it moves the cursor or rings a bell. */
function harmless(text: string): string {
	return text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
}

/** "h1-eth0 in": the point, and the packet's way as seen from there. */
function placeOf({point, direction}: Packet): string {
	return `${harmless(point.name)}${direction === undefined ? '' : ` ${direction}`}`.trim();
}

/** A packet's number and time and what it says, as data for `--json`; with its headers and its bytes when they are asked for. */
export function packetData(
	packet: Packet,
	number: number,
	{summaries, ...more}: {readonly layers: boolean; readonly hex: boolean; readonly summaries: Summaries},
): object {
	const frame = frameOf(packet);
	const {point, direction, seconds, nanoseconds, bytes, wireBytes, comment} = packet;
	return {
		number,
		time: `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanoseconds).padStart(9, '0')}Z`,
		at: point.name,
		direction,
		...summaries.of(number, arrivalOf(packet), point.linkType),
		length: wireBytes,
		captured: bytes.length,
		comment,
		...(more.layers ? {layers: layersOf(frame)} : {}),
		...(more.hex ? {bytes: bytes.toString('hex')} : {}),
	};
}

/** Lines in columns that grow as wider cells come: what was printed cannot be moved any more. */
export class PacketLines {
	readonly #widths: number[] = [];
	readonly #summaries = new Summaries();
	#count = 0;
	#second = -1;
	#clock = '';

	/** "12:00:01.234567  h1-eth0 in  192.168.50.12:51514 > 192.168.50.10:8080  TCP  74  [SYN] …"; local time, as tcpdump prints it. */
	line(packet: Packet): string {
		this.#count++;
		const {protocol, source, destination, sourcePort, destinationPort, info} = this.#summaries.of(this.#count, arrivalOf(packet), packet.point.linkType);
		// a cooked capture has no link address of the receiver
		const ends = [endpoint(source, sourcePort), endpoint(destination, destinationPort)].filter((end) => end !== '').join(' > ');
		const remark = packet.comment === undefined ? '' : `  # ${harmless(packet.comment)}`;
		const cells = [this.#time(packet), placeOf(packet), ends, protocol, String(packet.wireBytes)];
		return `${cells
			.map((cell, column) => this.#padded(cell, column))
			.filter((cell) => cell !== '')
			.join('  ')}  ${info}${remark}`;
	}

	#padded(cell: string, column: number): string {
		const width = Math.max(this.#widths[column] ?? 0, cell.length);
		this.#widths[column] = width;
		return cell.padEnd(width);
	}

	#time({seconds, nanoseconds}: Packet): string {
		if (seconds !== this.#second) {
			const date = new Date(seconds * 1000);
			this.#second = seconds;
			this.#clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
		}

		return `${this.#clock}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
	}
}

/** The headers of a packet with their fields, indented below its line. */
export function layerLines(packet: Packet): readonly string[] {
	return layersOf(frameOf(packet)).flatMap(({protocol, text, start, end, fields}) => {
		const width = Math.max(...fields.map(({name}) => name.length), 0);
		return [
			`    ${protocol}  ${text}  (bytes ${start} to ${end - 1})`,
			...fields.map((field) => `        ${field.name.padEnd(width)}  ${field.text ?? field.value}`),
		];
	});
}

/** "    0x0010  0800 4500 …  ..E.", a line for each sixteen bytes, as `tcpdump -XX`. */
export function hexLines({bytes}: Packet): readonly string[] {
	return Array.from({length: Math.ceil(bytes.length / bytesPerRow)}, (_, row) => {
		const part = bytes.subarray(row * bytesPerRow, (row + 1) * bytesPerRow);
		const pairs = part.toString('hex').replaceAll(/.{4}(?=.)/g, '$& ');
		const text = part.toString('latin1').replaceAll(/[^\u0021-\u007E]/g, '.');
		return `    0x${(row * bytesPerRow).toString(16).padStart(4, '0')}  ${pairs.padEnd(39)}  ${text}`;
	});
}
