// The words of messages: what a value is called, how it is quoted, what a mistyped word may have meant.
import type {Node} from './tree.ts';

/** The candidate that was probably meant, or undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
	let best: string | undefined;
	let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
	for (const candidate of candidates) {
		if (Math.abs(candidate.length - word.length) < bestDistance && candidate !== word) {
			const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
			if (distance < bestDistance && distance < Math.max(word.length, candidate.length)) {
				best = candidate;
				bestDistance = distance;
			}
		}
	}

	return best;
}

/** A hint for a word that is not known, when there is one. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
	const meant = word.length > 64 ? undefined : nearest(word, candidates);
	return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

/** The text in quotes, cut when it is long. */
export function quoted(text: string): string {
	return `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;
}

/** What a node is, in a few words. */
export function described(node: Node): string {
	switch (node.kind) {
		case 'map': {
			return 'a map';
		}

		case 'list': {
			return 'a list';
		}

		case 'scalar': {
			return node.value === null ? 'nothing' : quoted(node.text);
		}
	}
}

/** How many letters must be added, removed, changed or swapped with a neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
	let before: number[] = [];
	let last = Array.from({length: b.length + 1}, (_, index) => index);
	for (let i = 1; i <= a.length; i += 1) {
		const row = [i];
		for (let j = 1; j <= b.length; j += 1) {
			const same = a[i - 1] === b[j - 1];
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			row.push(
				Math.min(
					(last[j] ?? 0) + 1,
					(row[j - 1] ?? 0) + 1,
					(last[j - 1] ?? 0) + (same ? 0 : 1),
					swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
				),
			);
		}

		before = last;
		last = row;
	}

	return last[b.length] ?? 0;
}
