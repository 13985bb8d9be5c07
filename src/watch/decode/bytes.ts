// Numbers and addresses in a frame's bytes, in network order. What lies beyond the end reads as 0, so that nothing here throws: whether a header is
// whole is looked at before it is believed.
import type {Buffer} from 'node:buffer';
import {ipText} from '../../kernel/netlink/ip.ts';

export function u8(bytes: Uint8Array, at: number): number {
	return bytes[at] ?? 0;
}

export function u16(bytes: Uint8Array, at: number): number {
	return (u8(bytes, at) << 8) | u8(bytes, at + 1);
}

export function u32(bytes: Uint8Array, at: number): number {
	return i32(bytes, at) >>> 0;
}

/** The same bits as a signed number. Half of the others V8 keeps in objects of their own. */
export function i32(bytes: Uint8Array, at: number): number {
	return (u16(bytes, at) << 16) | u16(bytes, at + 2);
}

/** Texts of the addresses that were seen last, each where a hash of it says: there are few, and every packet has two. A power of two of them. */
const texts = Array.from({length: 1024}, () => '0.0.0.0');
const addresses = new Int32Array(texts.length);

/** "172.17.0.2" */
export function ipv4At(bytes: Uint8Array, at: number): string {
	return ipv4Text(i32(bytes, at));
}

/** Of the 32 bits of an address. */
export function ipv4Text(bits: number): string {
	const address = bits | 0;
	const slot = (address ^ (address >>> 16)) & (texts.length - 1);
	if (addresses[slot] !== address) {
		addresses[slot] = address;
		texts[slot] = `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
	}

	return texts[slot] ?? '';
}

/** "fe80::1", as RFC 5952 writes it; the 16 bytes must be there. */
export function ipv6At(bytes: Uint8Array, at: number): string {
	return ipText(bytes, at, at + 16) ?? '';
}

const pairs = Array.from({length: 256}, (_, value) => value.toString(16).padStart(2, '0'));

/** "02:42:ac:11:00:02" */
export function macAt(bytes: Uint8Array, at: number): string {
	return `${pairs[u8(bytes, at)]}:${pairs[u8(bytes, at + 1)]}:${pairs[u8(bytes, at + 2)]}:${pairs[u8(bytes, at + 3)]}:${pairs[u8(bytes, at + 4)]}:${pairs[u8(bytes, at + 5)]}`;
}

/** "0x0800": a number with as many digits as its field has. */
export function hex(value: number, digits = 4): string {
	return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** "0x0800 (IPv4)", or without its name when it has none here. */
export function named(shown: string | number, name: string | undefined): string {
	return name === undefined ? String(shown) : `${shown} (${name})`;
}

/** Text that a terminal cannot be harmed by: what is not printable ASCII becomes a dot. */
export function printable(text: string): string {
	return text.replaceAll(/[^\u0020-\u007E]/g, '.');
}

/** The bytes from `start` to before `end` as printable text. */
export function asciiText(bytes: Buffer, start: number, end: number): string {
	return printable(bytes.toString('latin1', start, end));
}
