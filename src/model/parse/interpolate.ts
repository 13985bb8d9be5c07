// Compose's `${VAR}` in values: `$VAR ${VAR} ${VAR:-default} ${VAR-default} ${VAR:?words} ${VAR?words} ${VAR:+instead} ${VAR+instead} $$`.
// A `$` that starts none of these stays as it is: patterns such as "^a$" need no escape.

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
	readonly text: string;
	/** Variables without a value, for which nothing was put in. */
	readonly unset: readonly string[];
	/** What `${VAR:?words}` asks for and did not get. */
	readonly required: readonly {readonly name: string; readonly words: string}[];
}

const deepest = 20;
/** Longer values are taken as they are, and an expression is not longer than this: both in characters. */
const longestValue = 65_536;
const longestExpression = 1024;

export function interpolate(text: string, variables: Variables): Interpolated {
	const unset: string[] = [];
	const required: {name: string; words: string}[] = [];

	const valueOf = (name: string): string | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined);

	const braced = (inner: string, depth: number): string | undefined => {
		const match = /^([A-Za-z_]\w*)(?:(:?)([-?+])([^]*))?$/.exec(inner);
		const [, name = '', colon, operator, rest = ''] = match ?? [];
		if (match === null || depth > deepest) {
			return undefined;
		}

		const value = valueOf(name);
		const isSet = value !== undefined && (colon !== ':' || value !== '');
		if (operator === '+') {
			return isSet ? fill(rest, depth + 1) : '';
		}

		if (isSet) {
			return value;
		}

		if (operator === '-') {
			return fill(rest, depth + 1);
		}

		if (operator === '?') {
			required.push({name, words: fill(rest, depth + 1)});
		} else {
			unset.push(name);
		}

		return '';
	};

	const fill = (source: string, depth: number): string => {
		let result = '';
		let index = 0;
		for (let dollar = source.indexOf('$'); dollar !== -1; dollar = source.indexOf('$', index)) {
			result += source.slice(index, dollar);
			const plain = /^[A-Za-z_]\w*/.exec(source.slice(dollar + 1, dollar + 256))?.[0];
			const end = source[dollar + 1] === '{' ? closingBrace(source, dollar + 2) : -1;
			const inner = end === -1 ? undefined : braced(source.slice(dollar + 2, end), depth);
			if (inner !== undefined) {
				result += inner;
				index = end + 1;
			} else if (plain !== undefined) {
				const value = valueOf(plain);
				if (value === undefined) {
					unset.push(plain);
				}

				result += value ?? '';
				index = dollar + 1 + plain.length;
			} else {
				result += '$';
				index = dollar + (source[dollar + 1] === '$' ? 2 : 1);
			}
		}

		return result + source.slice(index);
	};

	return {text: text.length > longestValue ? text : fill(text, 0), unset, required};
}

/** The index of the brace that closes the one before `from`, or -1. */
function closingBrace(text: string, from: number): number {
	let open = 1;
	const end = Math.min(text.length, from + longestExpression);
	for (let index = from; index < end; index += 1) {
		if (text[index] === '}') {
			open -= 1;
			if (open === 0) {
				return index;
			}
		} else if (text[index] === '$' && text[index + 1] === '{') {
			open += 1;
		}
	}

	return -1;
}
