// Captures a running lab: prints what comes as fast as it can be printed, or has it written (record/), and ends it properly.
import {PassThrough} from 'node:stream';
import type {Capturing, Client} from '../api/client.ts';
import type {View} from '../api/messages.ts';
import {overlayPlaces, readWiring} from '../api/wiring.ts';
import {LabError, toLabError} from '../base/errors.ts';
import type {Captured, CaptureTotals, CaptureWish} from '../model/capture.ts';
import {didYouMean} from '../model/parse/words.ts';
import {type Packet, readCapture} from '../watch/files/index.ts';
import {type Filter, parseFilter} from '../watch/filter/parse.ts';
import {journeysPrinted} from './capture-journeys.ts';
import {printPackets, type Shown} from './capture-print.ts';
import {type Io, printJson} from './command.ts';
import {onInterruption} from './interruption.ts';
import {record} from './record/record.ts';

/** When so much is not printed yet, nothing more is taken from the engine. */
const mostWaitingBytes = 4 * 1024 * 1024;

interface Wish {
	/** Nodes, then a filter. */
	readonly words: readonly string[];
	readonly interfaces: readonly string[];
	/** "-": standard output; undefined: it is printed. */
	readonly write: string | undefined;
	readonly count: number | undefined;
	readonly shown: Shown;
	/** Not a line for each sighting, but for each packet. */
	readonly journeys: boolean;
}

/** Where a capture goes. */
interface Sink {
	readonly write: (piece: Uint8Array) => Promise<void>;
	readonly close: () => Promise<void>;
}

/** Captures until it is interrupted or has what was asked for. Throws E_ARGUMENT, E_NAME_UNKNOWN, E_SPACE, E_ENGINE_DEAD. */
export async function captureLive(io: Io, {client, socket}: {readonly client: Client; readonly socket: string}, wish: Wish): Promise<void> {
	const {write, shown} = wish;
	const {json} = shown;
	if (write === '-' && io.stdout.isTTY) {
		throw new LabError('E_ARGUMENT', {
			doing: 'write a capture to standard output',
			said: 'it is a terminal, and a capture file is no text',
			hint: 'vethlab capture -w - | wireshark -k -i -',
		});
	}

	if (write === '-' && json) {
		throw new LabError('E_ARGUMENT', {doing: 'write a capture to standard output', said: '--json would be printed into it', hint: 'leave one of them out'});
	}

	const absent = await absentOf(client, wish.interfaces);
	if (absent.length > 0) {
		io.stderr.write(`vethlab: no interface is called ${absent.join(', ')} now; what goes through one that will be is captured\n`);
	}

	const totals = await (write === undefined ? showLive(io, client, wish) : writeLive(io, {client, socket}, {...wish, write}));
	if (json && write !== undefined) {
		printJson(io, totals);
	} else {
		io.stderr.write(`${ended(totals)}\n`);
	}
}

/** Of interfaces that were named, "eth0" or "web/eth0", those that are not there. They may come; or somebody has mistyped them. */
async function absentOf(client: Client, interfaces: readonly string[]): Promise<readonly string[]> {
	const nodes = interfaces.length === 0 ? [] : await readWiring(client);
	const there = new Set(nodes.flatMap(({name, links}) => links.flatMap(({dev}) => [dev, `${name}/${dev}`])));
	return interfaces.filter((name) => !there.has(name));
}

async function writeLive(
	io: Io,
	{client, socket}: {readonly client: Client; readonly socket: string},
	wish: Wish & {readonly write: string},
): Promise<CaptureTotals> {
	const {begun} = await begin(client, wish, async (capture) => record(io, socket, {wish: capture, to: wish.write}));
	io.stderr.write(`${started(begun)}\n`);
	return begun.written;
}

async function showLive(io: Io, client: Client, wish: Wish): Promise<CaptureTotals> {
	const {shown, interfaces, count} = wish;
	const {begun: capturing, filter} = await begin(client, wish, async (capture) => client.capture(capture));
	const print = wish.journeys
		? await journeysPrinted(io, client, {capturing, interfaces, filter, count, shown})
		: async (packets: AsyncIterable<readonly Packet[]>) => printPackets(io, packets, {}, shown);
	// whoever reads that it captures may interrupt it
	const printed = printAll(capturing, client, packetSink(print));
	io.stderr.write(`${started(capturing)}\n`);
	return printed;
}

/** What of a packet's way does not pass a filter is a part of its way all the same: for journeys everything is captured, and they are filtered. */
async function begin<T>(
	client: Client,
	{words, interfaces, count, journeys}: Wish,
	start: (capture: CaptureWish) => Promise<T>,
): Promise<{readonly begun: T; readonly filter: Filter}> {
	const names = namesIn(await client.call('view', {}));
	const nodeCount = words.findIndex((word) => !names.includes(word));
	const nodes = nodeCount === -1 ? words : words.slice(0, nodeCount);
	const rest = words.slice(nodes.length);
	const text = rest.join(' ');
	try {
		const filter = parseFilter(journeys ? text : '');
		const capture: CaptureWish = {nodes, interfaces, filter: journeys || text === '' ? undefined : text, count: journeys ? undefined : count};
		return {begun: await start(capture), filter};
	} catch (error) {
		throw perhapsName(error, rest, names);
	}
}

/** A word that is no name is taken for a filter; when it is none either, a name may have been meant. */
function perhapsName(error: unknown, rest: readonly string[], names: readonly string[]): unknown {
	const [first = ''] = rest;
	const near = /^[\w.-]+$/.test(first) ? didYouMean(first, names) : undefined;
	return error instanceof LabError && error.code === 'E_ARGUMENT' && near !== undefined
		? new LabError('E_ARGUMENT', {
				doing: error.doing,
				said: error.said,
				hint: `${near} (${first} is no host, container or LAN, so it was taken for a filter)`,
			})
		: error;
}

function namesIn(view: View): readonly string[] {
	const {lans, hosts} = view;
	return [...lans, ...hosts, ...overlayPlaces(view), ...hosts.flatMap(({containers}) => containers)].map(({name}) => name);
}

async function printAll(capturing: Capturing, client: Client, sink: Sink): Promise<CaptureTotals> {
	const stop = onInterruption(() => {
		capturing.end();
	});
	let waiting = 0;
	let failure: unknown;
	let written = Promise.resolve();
	capturing.onData((piece) => {
		waiting += piece.length;
		if (waiting > mostWaitingBytes) {
			client.pause();
		}

		written = written
			.then(async () => (failure === undefined ? sink.write(piece) : undefined))
			.catch((error: unknown) => {
				failure = error;
				capturing.end();
			})
			.finally(() => {
				waiting -= piece.length;
				client.resume();
			});
	});
	try {
		const totals = await capturing.ended;
		await written;
		await sink.close();
		if (failure !== undefined) {
			throw toLabError(failure, 'print packets');
		}

		return totals;
	} catch (error) {
		await written;
		throw error instanceof LabError && error.code === 'E_ENGINE_DEAD'
			? new LabError('E_ENGINE_DEAD', {doing: 'capture', hint: 'what was captured until then is printed', cause: error})
			: error;
	} finally {
		stop();
	}
}

/** What comes is read as the capture file that it is, and its packets are printed. */
function packetSink(print: (packets: AsyncIterable<readonly Packet[]>) => Promise<void>): Sink {
	const pieces = new PassThrough();
	const printed = print(readCapture(pieces, 'the capture'));
	printed.catch((error: unknown) => pieces.destroy(error instanceof Error ? error : undefined));
	return {
		write: async (piece) =>
			new Promise((resolve, reject) => {
				pieces.write(piece, (error) => {
					if (error) {
						reject(error);
					} else {
						resolve();
					}
				});
			}),
		close: async () => {
			pieces.end();
			await printed;
		},
	};
}

function started({nodes, waiting}: Captured): string {
	const later = waiting.length === 0 ? '' : `; ${list(waiting)} when started`;
	return `vethlab: capturing at ${nodes.length === 0 ? 'nothing yet' : list(nodes)}${later}   (Ctrl-C ends it)`;
}

/** Names, as many as fit a line. */
function list(names: readonly string[]): string {
	const shown = names.slice(0, 8).join(', ');
	return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

function ended({packets, drops}: CaptureTotals): string {
	return `${packets} ${packets === 1 ? 'packet' : 'packets'}, ${drops} dropped`;
}
