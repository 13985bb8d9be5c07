// Comparisons of a filter as functions of the numbers that columns have. They mean what they mean for decoded fields (../filter/match.ts).
import {ipText} from '../../kernel/netlink/ip.ts';
import {ipv4Text} from '../decode/bytes.ts';
import {isSo} from '../filter/match.ts';
import type {Comparison} from '../filter/parse.ts';
import type {Interned} from './interned.ts';

export type Test = (value: number) => boolean;

/** What a field is compared with, and how. */
export interface Wish {
	readonly comparison: Comparison;
	readonly value: string | number;
}

/** Answers are remembered when there are at most so many. */
const mostRemembered = 65_536;

export function numberTest({comparison, value: wanted}: Wish): Test {
	if (typeof wanted !== 'number') {
		return (value) => isSo([value], comparison, wanted);
	}

	switch (comparison) {
		case '==': {
			return (value) => value === wanted;
		}

		case '!=': {
			return (value) => value !== wanted;
		}

		case '>': {
			return (value) => value > wanted;
		}

		case '<': {
			return (value) => value < wanted;
		}

		case '>=': {
			return (value) => value >= wanted;
		}

		case '<=': {
			return (value) => value <= wanted;
		}

		default: {
			return (value) => isSo([value], comparison, wanted);
		}
	}
}

/** Of addresses as they are in the header. */
export function ipv4Test(wish: Wish): Test {
	return textTest(ipv4Text, wish);
}

/** Of MAC addresses as they are in the header: numbers of 48 bits. */
export function macTest(wish: Wish): Test {
	return textTest(
		(value) =>
			value
				.toString(16)
				.padStart(12, '0')
				.replaceAll(/..(?!$)/g, '$&:'),
		wish,
	);
}

function textTest(textOf: (value: number) => string, wish: Wish): Test {
	const known = new Map<number, boolean>();
	return (value) => {
		let is = known.get(value);
		if (is === undefined) {
			is = isSo([textOf(value)], wish.comparison, wish.value);
			if (known.size < mostRemembered) {
				known.set(value, is);
			}
		}

		return is;
	};
}

/** Of addresses by their numbers. */
export function ipv6Test(addresses: Interned, wish: Wish): Test {
	const unknown = 0;
	const known = new Uint8Array(addresses.count);
	const ask = (value: number): number => (isSo([ipText(addresses.bytes(value)) ?? ''], wish.comparison, wish.value) ? 2 : 1);
	return (value) => {
		if (known[value] === unknown) {
			known[value] = ask(value);
		}

		return known[value] === 2;
	};
}

/** NaN, which nothing equals: a header has no such address. */
export function ipv4Of(text: string): number {
	const parts = text.split('.').map(Number);
	const value = parts.reduce((all, part) => all * 256 + part, 0);
	return ipv4Text(value) === text ? value : Number.NaN;
}
