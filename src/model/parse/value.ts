// One value against one shape: is it of the kind, is it right, and if not, why. Maps and lists are walked in `structure.ts`.
import type {NumberShape, Shape, TextShape, WordsShape} from './shape.ts';
import type {Node, Scalar} from './tree.ts';
import {described, didYouMean, quoted} from './words.ts';

/** Whether a value is of the kind that the shape takes, right or wrong in itself. */
export function fits(node: Node, shape: Shape): boolean {
	switch (shape.is) {
		case 'either': {
			return shape.of.some((each) => fits(node, each));
		}

		case 'list': {
			return node.kind === 'list';
		}

		case 'names':
		case 'object':
		case 'one': {
			return node.kind === 'map';
		}

		case 'nothing': {
			return node.kind === 'scalar' && node.value === null;
		}

		case 'text':
		case 'words':
		case 'number':
		case 'flag': {
			return node.kind === 'scalar' && node.value !== null;
		}
	}
}

export interface Refusal {
	readonly what: string;
	readonly hint?: string | undefined;
}

/** Why a scalar of the right kind is not right; undefined: it is. */
export function refusal(node: Scalar, shape: Shape): Refusal | undefined {
	switch (shape.is) {
		case 'text': {
			return textRefusal(node.text, shape);
		}

		case 'words': {
			return wordRefusal(node.text, shape);
		}

		case 'number': {
			return numberRefusal(node, shape);
		}

		case 'flag': {
			return typeof node.value === 'boolean'
				? undefined
				: {
						what: `${quoted(node.text)} is not true or false`,
						hint: /^(?:yes|no|on|off)$/i.test(node.text) ? 'YAML 1.2 has only true and false' : undefined,
					};
		}

		case 'either': {
			const fitting = shape.of.filter((each) => fits(node, each));
			return fitting.some((each) => refusal(node, each) === undefined) ? undefined : {what: `${described(node)} is not ${shape.want}`};
		}

		default: {
			return undefined;
		}
	}
}

function textRefusal(text: string, {pattern, valid, want, hint, near}: TextShape): Refusal | undefined {
	const isRight = (pattern === undefined || pattern.test(text)) && (valid === undefined || valid(text));
	return isRight ? undefined : {what: `${quoted(text)} is not ${want}`, hint: near === undefined ? hint : (didYouMean(text, near) ?? hint)};
}

function wordRefusal(text: string, {words, notYet, refused}: WordsShape): Refusal | undefined {
	return words.includes(text) || notYet.includes(text)
		? undefined
		: {what: `${quoted(text)} is not one of ${words.join(', ')}`, hint: Object.hasOwn(refused, text) ? refused[text] : didYouMean(text, words)};
}

/** Digits in quotes are taken for a number, as Compose does for ports. */
function numberRefusal({value, text}: Scalar, {min, max, want}: NumberShape): Refusal | undefined {
	const number = typeof value === 'number' ? value : /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
	return number !== undefined && Number.isInteger(number) && number >= min && number <= max ? undefined : {what: `${quoted(text)} is not ${want}`};
}

/** What a shape takes, in words. */
export function wanted(shape: Shape): string {
	switch (shape.is) {
		case 'text':
		case 'number':
		case 'either': {
			return shape.want;
		}

		case 'words': {
			return `one of ${shape.words.join(', ')}`;
		}

		case 'list': {
			return 'a list';
		}

		case 'names':
		case 'object': {
			return 'a map';
		}

		case 'one': {
			return `a map with one ${shape.noun}`;
		}

		case 'flag': {
			return 'true or false';
		}

		case 'nothing': {
			return 'nothing';
		}
	}
}
