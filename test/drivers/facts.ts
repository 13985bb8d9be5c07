import {packageFile} from '../../src/base/paths.ts';
// What real engines were seen to make, as the files in test/fixtures/docker tell it: sections of lines, rules chain by chain.
import {readFileSync} from 'node:fs';

export interface Facts {
	readonly chains: readonly string[];
	readonly rules: ReadonlyMap<string, readonly string[]>;
	readonly sections: ReadonlyMap<string, readonly string[]>;
}

/** Reads a file of test/fixtures/docker. */
export function factsOf(engine: string, mode: string): Facts {
	const sections = new Map<string, string[]>();
	let current: string[] = [];
	for (const line of readFileSync(packageFile(`test/fixtures/docker/${engine}/${mode}.txt`), 'utf8')
		.trimEnd()
		.split('\n')
		.slice(1)) {
		const title = /^--- (.*)$/.exec(line)?.[1];
		if (title === undefined) {
			current.push(line);
		} else {
			current = [];
			sections.set(title, current);
		}
	}

	return {...rulesOf(sections.get('rules') ?? []), sections};
}

/** Lines like `4 nat :DOCKER` and `4 nat DOCKER -i docker0 -j RETURN`. */
export function rulesOf(lines: readonly string[]): Pick<Facts, 'chains' | 'rules'> {
	const chains: string[] = [];
	const rules = new Map<string, string[]>();
	for (const line of lines) {
		const [family = '', table = '', chain = '', ...rule] = line.split(' ');
		if (chain.startsWith(':')) {
			chains.push(line);
		} else {
			const key = `${family} ${table} ${chain}`;
			rules.set(key, [...(rules.get(key) ?? []), rule.join(' ')]);
		}
	}

	return {chains: chains.toSorted(), rules};
}
