// TCP's options (RFC 9293 3.2; window scale and timestamps: RFC 7323; SACK: RFC 2018).
import {u16, u32, u8} from './bytes.ts';
import type {Field} from './walk.ts';

const kinds = {end: 0, nop: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8} as const;

/** Calls `see` with each whole option that is not padding. One that has no length, or more than there is, ends them. */
function eachOption(bytes: Uint8Array, start: number, end: number, see: (kind: number, at: number, length: number) => void): void {
	for (let at = start; at < end;) {
		const kind = u8(bytes, at);
		if (kind === kinds.nop) {
			at += 1;
			continue;
		}

		const length = at + 1 < end ? u8(bytes, at + 1) : 0;
		if (kind === kinds.end || length < 2 || at + length > end) {
			return;
		}

		see(kind, at, length);
		at += length;
	}
}

/** " MSS=1460 SACK_PERM TSval=1 TSecr=0 WS=128". `origin`: where the sequence numbers of the other side begin, which SACK tells of. */
export function optionsText(bytes: Uint8Array, {start, end, origin}: {readonly start: number; readonly end: number; readonly origin: number}): string {
	let text = '';
	eachOption(bytes, start, end, (kind, at, length) => {
		if (kind === kinds.timestamps && length === 10) {
			text += ` TSval=${u32(bytes, at + 2)} TSecr=${u32(bytes, at + 6)}`;
		} else if (kind === kinds.mss && length === 4) {
			text += ` MSS=${u16(bytes, at + 2)}`;
		} else if (kind === kinds.windowScale && length === 3) {
			text += ` WS=${2 ** u8(bytes, at + 2)}`;
		} else if (kind === kinds.sackPermitted) {
			text += ' SACK_PERM';
		} else if (kind === kinds.sack) {
			for (let edge = at + 2; edge + 8 <= at + length; edge += 8) {
				text += ` SLE=${(u32(bytes, edge) - origin) >>> 0} SRE=${(u32(bytes, edge + 4) - origin) >>> 0}`;
			}
		}
	});
	return text;
}

export function optionFields(bytes: Uint8Array, start: number, end: number): readonly Field[] {
	const fields: Field[] = [];
	eachOption(bytes, start, end, (kind, at, length) => {
		if (kind === kinds.mss && length === 4) {
			fields.push({name: 'tcp.options.mss_val', value: u16(bytes, at + 2), start: at + 2, end: at + 4});
		} else if (kind === kinds.windowScale && length === 3) {
			const shift = u8(bytes, at + 2);
			fields.push({name: 'tcp.options.wscale.shift', value: shift, text: `${shift} (times ${2 ** shift})`, start: at + 2, end: at + 3});
		} else if (kind === kinds.sackPermitted) {
			fields.push({name: 'tcp.options.sack_perm', value: 1, start: at, end: at + length});
		} else if (kind === kinds.timestamps && length === 10) {
			fields.push(
				{name: 'tcp.options.timestamp.tsval', value: u32(bytes, at + 2), start: at + 2, end: at + 6},
				{name: 'tcp.options.timestamp.tsecr', value: u32(bytes, at + 6), start: at + 6, end: at + 10},
			);
		} else if (kind === kinds.sack) {
			for (let edge = at + 2; edge + 8 <= at + length; edge += 8) {
				fields.push(
					{name: 'tcp.options.sack_le', value: u32(bytes, edge), start: edge, end: edge + 4},
					{name: 'tcp.options.sack_re', value: u32(bytes, edge + 4), start: edge + 4, end: edge + 8},
				);
			}
		}
	});
	return fields;
}
