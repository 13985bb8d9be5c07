// What the palette offers: the commands of the screen, and for every node the ways to it. Found by letters in their order, not by exact words.
import {bindingsOf, type Command} from './keys.ts';
import type {ItemId} from './layout/scene.ts';
import {itemsOf, type State} from './state.ts';

export interface Entry {
	readonly label: string;
	readonly key: string;
	readonly run: {readonly command: Command} | {readonly go: ItemId; readonly after?: Command};
}

/** All entries that fit a query, the best first; all of them, in order, when it is empty. */
export function entriesFor(state: State, query: string): Entry[] {
	const commands: Entry[] = bindingsOf(state.screen)
		.filter(({command}) => command !== 'palette')
		.map(({command, keys, about}) => ({label: about, key: keys[0] ?? '', run: {command}}));
	const nodes = itemsOf(state)
		.filter(({kind}) => kind !== 'bridge')
		.flatMap((item): Entry[] => [
			{label: `go to ${item.name}`, key: '', run: {go: item.id}},
			...(item.kind === 'lan' ? [] : [{label: `shell in ${item.name}`, key: '', run: {go: item.id, after: 'shell' as const}}]),
			...(item.kind === 'host'
				? [
						{label: `rules of ${item.name}`, key: '', run: {go: item.id, after: 'screen.rules' as const}},
						{label: `connections of ${item.name}`, key: '', run: {go: item.id, after: 'screen.conns' as const}},
					]
				: []),
			...(item.kind === 'container' ? [{label: `logs of ${item.name}`, key: '', run: {go: item.id, after: 'logs' as const}}] : []),
		]);
	const scored = [...commands, ...nodes].map((entry) => ({entry, score: fuzzy(query, entry.label)})).filter(({score}) => score !== undefined);
	return scored.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0)).map(({entry}) => entry);
}

/** How well the letters of `query` occur in `text`, in their order: higher is better, undefined not at all. Beginnings of words and runs count more. */
export function fuzzy(query: string, text: string): number | undefined {
	const wanted = query.toLowerCase().replaceAll(' ', '');
	const lower = text.toLowerCase();
	let score = 0;
	let at = -1;
	for (const letter of wanted) {
		const next = lower.indexOf(letter, at + 1);
		if (next < 0) {
			return undefined;
		}

		const startsWord = next === 0 || lower[next - 1] === ' ';
		score += next === at + 1 ? 6 : startsWord ? 5 : 1 - Math.min(next - at, 10) / 10;
		at = next;
	}

	return wanted === '' ? 0 : score + (lower.includes(query.toLowerCase()) ? 10 : 0) - text.length / 100;
}
