// From texts that passed the schema to values with units. What the schema would have refused becomes undefined here.
import {mac as toMac, mtu as toMtu, port as toPort, type Mac, type Mtu, type Port} from '../../../base/units.ts';
import {canonical, isCidr6, isIPv6} from '../../address.ts';
import type {Count} from '../../lab.ts';
import {entriesOf, flagOf, get, itemsOf, numberOf, textOf, textsOf, type Node} from '../tree.ts';

/** 1500 bytes: Ethernet's (RFC 894), and Docker's default. */
export const usualMtu = sureMtu(1500);

/** The word if it is one of these. */
export function oneOf<const Word extends string>(word: string | undefined, words: readonly Word[]): Word | undefined {
	return words.find((each) => each === word);
}

export function wordAt<const Word extends string>(node: Node | undefined, key: string, words: readonly Word[]): Word | undefined {
	return oneOf(textOf(get(node, key)), words);
}

export function textAt(node: Node | undefined, key: string): string | undefined {
	return textOf(get(node, key));
}

/** An address or subnet of either family, IPv6 in its one spelling. */
export function addressAt(node: Node | undefined, key: string): string | undefined {
	const text = textAt(node, key);
	return text !== undefined && (isIPv6(text) || isCidr6(text)) ? canonical(text) : text;
}

export function numberAt(node: Node | undefined, key: string): number | undefined {
	return numberOf(get(node, key));
}

export function flagAt(node: Node | undefined, key: string, otherwise: boolean): boolean {
	return flagOf(get(node, key)) ?? otherwise;
}

export function portAt(node: Node | undefined, key: string): Port | undefined {
	return toPort(numberAt(node, key) ?? 0);
}

export function macAt(node: Node | undefined, key: string): Mac | undefined {
	return toMac(textAt(node, key) ?? '');
}

export function mtuAt(node: Node | undefined, key: string, otherwise: Mtu): Mtu {
	return toMtu(numberAt(node, key) ?? 0) ?? otherwise;
}

/** "h1:docker0", "h1" or "h1:vxlan4097:vxlan0" of its key `at`. Whether the "vxlan4097" of "h1:vxlan4097" is an interface is known in the lab. */
export function pointAt(node: Node | undefined): {readonly node: string; readonly dev: string | undefined} {
	const [name = '', first, second] = (textAt(node, 'at') ?? '').split(':');
	return second === undefined ? {node: name, dev: first} : {node: `${name}:${first}`, dev: second};
}

/** A command to run in a node: a list is taken as it is, a text goes to the shell. */
export function commandAt(node: Node | undefined, key: string): readonly string[] {
	const command = get(node, key);
	return command?.kind === 'scalar' ? ['sh', '-c', command.text] : textsOf(command);
}

const unitMs = new Map([
	['us', 0.001],
	['ms', 1],
	['s', 1000],
	['m', 60_000],
	['h', 3_600_000],
]);

/** "1m30s" in milliseconds. */
export function milliseconds(text: string): number {
	return [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)].reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs.get(unit ?? '') ?? 0), 0);
}

/** 3, ">= 1", "== 0" */
export function countAt(node: Node | undefined, key: string): Count | undefined {
	const [, is, value] = /^(==|!=|>=|<=|>|<)? ?(\d+(?:\.\d+)?)$/.exec(textAt(node, key) ?? '') ?? [];
	return value === undefined ? undefined : {is: oneOf(is, ['==', '!=', '>=', '<=', '>', '<']) ?? '==', value: Number(value)};
}

/** A map, or a list of "name=value"; a name without a value is looked up in `variables`, and left out when it is not there. */
export function settings(node: Node | undefined, variables: Readonly<Record<string, string | undefined>> = {}): Readonly<Record<string, string>> {
	const pairs = [
		...entriesOf(node).map(({key, value}) => [key, textOf(value)] as const),
		...itemsOf(node).map((item) => {
			const text = textOf(item) ?? '';
			const equals = text.indexOf('=');
			return equals === -1 ? ([text, undefined] as const) : ([text.slice(0, equals), text.slice(equals + 1)] as const);
		}),
	];
	const inherited = (name: string): string | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined);
	return Object.fromEntries(
		pairs.map(([name, value]) => [name, value ?? inherited(name)] as const).filter((pair): pair is readonly [string, string] => pair[1] !== undefined),
	);
}

/** A command line cut into words as a shell cuts it: quotes and backslashes, no expansions. undefined: a quote is not closed. */
export function shellWords(line: string): readonly string[] | undefined {
	const words: string[] = [];
	const pattern = /\s*(?:((?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+)|$|([^]))/y;
	while (pattern.lastIndex < line.length) {
		const [, word, broken] = pattern.exec(line) ?? [];
		if (broken !== undefined) {
			return undefined;
		}

		if (word !== undefined) {
			words.push(
				word.replaceAll(
					/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g,
					(_all, escaped?: string, double?: string, single?: string) => escaped ?? single ?? (double ?? '').replaceAll(/\\(["\\$`])/g, '$1'),
				),
			);
		}
	}

	return words;
}

function sureMtu(value: number): Mtu {
	const made = toMtu(value);
	if (made === undefined) {
		throw new Error(`not an MTU: ${value}`);
	}

	return made;
}
