// What is shown, as a pcapng file: in pieces, so that a million packets do not stop the keys meanwhile.
import {open} from 'node:fs/promises';
import {PcapngWriter} from '../../watch/files/index.ts';
import type {State} from '../state.ts';
import type {PacketBook} from './book.ts';

const packetsAtOnce = 2000;

/**
 * Writes the packets that are shown now, the name of the lab and the filter as a comment; how many. Rejects as fs does: EEXIST when the file is there and
 * must not be replaced. A file that could not be written whole ends with a whole packet.
 */
export async function savePackets(
	book: PacketBook,
	path: string,
	{isReplacing, comment}: {readonly isReplacing: boolean; readonly comment: string},
): Promise<number> {
	const numbers = book.sightings;
	const file = await open(path, isReplacing ? 'w' : 'wx', 0o600);
	const writer = new PcapngWriter();
	let [written, size] = [0, 0];
	try {
		const head = writer.begin(comment);
		await file.writeFile(head);
		size += head.length;
		for (let from = 0; from < numbers.length; from += packetsAtOnce) {
			// the oldest may have gone meanwhile
			const packets = numbers.slice(from, from + packetsAtOnce).flatMap((number) => book.store.at(number) ?? []);
			const piece = Buffer.concat(packets.flatMap((packet) => writer.packet(packet)));
			// oxlint-disable-next-line no-await-in-loop -- a file has one end
			await file.writeFile(piece);
			size += piece.length;
			written += packets.length;
		}
	} catch (error) {
		await file.truncate(size).catch(() => {
			// a device has no end to move
		});
		throw error;
	} finally {
		await file.close();
	}

	return written;
}

/** Does what the dialog asks for, and closes it when it is done: a sentence for the person, or '' when the dialog has it. */
export async function saveFromDialog(state: State, path: string, isReplacing: boolean): Promise<string> {
	const {packets, view} = state;
	const comment = `lab ${view.lab}${packets.isNarrowed ? `, filter: ${packets.search?.text ?? ''}` : ''}, written by vethlab`;
	const {dialog} = state;
	try {
		const written = await savePackets(packets, path, {isReplacing, comment});
		state.dialog = state.dialog === dialog ? undefined : state.dialog;
		return `wrote ${written} ${written === 1 ? 'packet' : 'packets'} to ${path}`;
	} catch (error) {
		if (state.dialog?.kind === 'save') {
			const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
			state.dialog = {...state.dialog, isTaken, problem: isTaken ? '' : wordsOf(error)};
			return '';
		}

		return wordsOf(error);
	}
}

function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
