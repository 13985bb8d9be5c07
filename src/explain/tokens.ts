// A rule's text, as iptables-save prints it, cut into its words. What a word means: matches.ts, targets.ts.

/** The words of a rule; what iptables-save put in double quotes is one word. undefined: a quote that does not end. */
export function tokens(text: string): readonly string[] | undefined {
	const words: string[] = [];
	let rest = text.trimStart();
	while (rest !== '') {
		const quoted = /^"((?:[^"\\]|\\.)*)"(?:\s+|$)/.exec(rest);
		const plain = /^([^\s"]\S*)(?:\s+|$)/.exec(rest);
		const found = quoted ?? plain;
		if (found === null) {
			return undefined;
		}

		const [whole, word = ''] = found;
		words.push(quoted === null ? word : word.replaceAll(/\\(.)/g, '$1'));
		rest = rest.slice(whole.length);
	}

	return words;
}

/** A rule cut into what it asks of a packet and what becomes of one that fits. */
export interface RuleParts {
	readonly options: readonly RuleOption[];
	/** `jump`: -j, and packets may come back; `goto`: -g. undefined: it only counts. */
	readonly target: {readonly how: 'jump' | 'goto'; readonly name: string; readonly words: readonly string[]} | undefined;
}

export interface RuleOption {
	/** The match that it belongs to ("conntrack"); '' for what every rule knows (-s, -i, -p …). */
	readonly module: string;
	readonly name: string;
	readonly isNot: boolean;
	readonly values: readonly string[];
}

/** Options that every rule knows; each takes one value. */
const common = new Set(['-p', '-s', '-d', '-i', '-o']);

/**
 * Cuts a rule. `valuesOf` says how many values an option of a match takes; undefined: not known.
 * The answer is undefined where a word is not known: what follows it could not be told from its values.
 */
export function cut(text: string, valuesOf: (module: string, option: string) => number | undefined): RuleParts | undefined {
	const words = tokens(text);
	if (words === undefined) {
		return undefined;
	}

	const options: RuleOption[] = [];
	let module = '';
	let isNot = false;
	for (let at = 0; at < words.length; at++) {
		const name = words[at] ?? '';
		if (name === '!') {
			isNot = true;
			continue;
		}

		if (name === '-j' || name === '-g') {
			const target = words[at + 1];
			return target === undefined || isNot
				? undefined
				: {options, target: {how: name === '-j' ? 'jump' : 'goto', name: target, words: words.slice(at + 2)}};
		}

		if (name === '-m' && !isNot) {
			module = words[at + 1] ?? '';
			at++;
			// the match itself, so that one that is not known is noticed though it has no option
			options.push({module, name: '', isNot: false, values: []});
			continue;
		}

		const owner = common.has(name) ? '' : module;
		const count = owner === '' ? (common.has(name) ? 1 : undefined) : valuesOf(owner, name);
		const values = words.slice(at + 1, at + 1 + (count ?? 0));
		if (count === undefined || values.length < count) {
			return undefined;
		}

		options.push({module: owner, name, isNot, values});
		isNot = false;
		at += count;
	}

	return isNot ? undefined : {options, target: undefined};
}
