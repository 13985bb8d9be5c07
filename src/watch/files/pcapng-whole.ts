// Where a pcapng file of ours may end when there was no room for more.

/** How many bytes of the first `written` ones are whole blocks. `piece` begins with one, and has the order of bytes that our writers have. */
export function wholeBytes(piece: Uint8Array, written: number): number {
	const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
	let end = 0;
	while (end + 8 <= written) {
		const next = end + view.getUint32(end + 4, true);
		if (next > written || next === end) {
			break;
		}

		end = next;
	}

	return end;
}
