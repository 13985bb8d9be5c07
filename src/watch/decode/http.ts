// The head of an HTTP/1 message, as far as it is in one segment (RFC 9112). Known by its first line, on any port.
import {asciiText, u8} from './bytes.ts';
import type {Buffer} from 'node:buffer';
import type {Field, Protocol} from './walk.ts';

const starts = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT ', 'TRACE ', 'HTTP/1.'].map((word) =>
	Array.from(word, (letter) => letter.codePointAt(0) ?? 0),
);
/** Most of what is asked begins with another letter. */
const firstLetters = new Set(starts.map(([letter]) => letter));
const lineFeed = 10;
const carriageReturn = 13;
/** A head has no more lines than this here. */
const mostLines = 64;

export function isHttp(bytes: Uint8Array, at: number, limit: number): boolean {
	return (
		firstLetters.has(u8(bytes, at)) && starts.some((word) => word.length <= limit - at && word.every((letter, index) => u8(bytes, at + index) === letter))
	);
}

interface Line {
	readonly start: number;
	/** Without its end: CR and LF. */
	readonly end: number;
	/** Where the next one begins. */
	readonly next: number;
}

/** The line at `start`; the last may have no end. */
function lineAt(bytes: Buffer, start: number, limit: number): Line {
	let at = start;
	while (at < limit && u8(bytes, at) !== lineFeed) {
		at++;
	}

	return {start, end: at > start && u8(bytes, at - 1) === carriageReturn ? at - 1 : at, next: Math.min(at + 1, limit)};
}

/** The lines up to the empty one. */
function linesIn(bytes: Buffer, start: number, limit: number): readonly Line[] {
	const lines: Line[] = [];
	for (let at = start; at < limit && lines.length < mostLines;) {
		const line = lineAt(bytes, at, limit);
		if (line.end === line.start) {
			break;
		}

		lines.push(line);
		at = line.next;
	}

	return lines;
}

/** The words of the first line by name: of a request "GET / HTTP/1.1", of a response "HTTP/1.1 200 OK". */
function firstFields(bytes: Buffer, {start, end}: Line): readonly Field[] {
	const text = asciiText(bytes, start, end);
	const isResponse = text.startsWith('HTTP/');
	const names = isResponse
		? ['http.response.version', 'http.response.code', 'http.response.phrase']
		: ['http.request.method', 'http.request.uri', 'http.request.version'];
	const first = text.indexOf(' ');
	const second = isResponse ? text.indexOf(' ', first + 1) : text.lastIndexOf(' ');
	const cuts = first === -1 ? [0] : second > first ? [0, first + 1, second + 1] : [0, first + 1];
	return cuts.map((from, index) => {
		const to = (cuts[index + 1] ?? end - start + 1) - 1;
		return {name: names[index] ?? '', value: text.slice(from, to), start: start + from, end: start + to};
	});
}

/** "Host: h1" -> http.host; the whole line, its end too, as Wireshark has it. Any header has such a field here; Wireshark has names for the common ones. */
function headerField(bytes: Buffer, {start, end, next}: Line): Field | undefined {
	const text = asciiText(bytes, start, end);
	const colon = text.indexOf(':');
	const name = text.slice(0, colon).toLowerCase();
	const value = text.slice(colon + 1);
	return /^[\w-]+$/.test(name) ? {name: `http.${name.replaceAll('-', '_')}`, value: value.trim(), start, end: next} : undefined;
}

export const http: Protocol = {
	name: 'HTTP',
	headerBytes: 1,

	step(walk) {
		const {bytes, at, limit} = walk;
		walk.protocol = 'HTTP';
		walk.info = asciiText(bytes, at, lineAt(bytes, at, limit).end);
		walk.at = linesIn(bytes, at, limit).at(-1)?.next ?? at;
		return undefined;
	},

	details(bytes, {start, limit}) {
		const [first, ...others] = linesIn(bytes, start, limit);
		return {
			text: first === undefined ? '' : asciiText(bytes, first.start, first.end),
			fields: [
				...(first === undefined ? [] : firstFields(bytes, first)),
				...others.map((line) => headerField(bytes, line)).filter((field) => field !== undefined),
			],
		};
	},
};
