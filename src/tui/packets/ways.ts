// A packet's way in words for the list: where it was seen, what was rewritten, where it vanished. Made once for as long as nothing new is known of it.
import {endOf, type Ground} from '../../watch/journey/ends.ts';
import {type Journey, pathTo} from '../../watch/journey/journey.ts';
import {hopLines, notesOf, pathText, shortInfo} from '../../watch/journey/text.ts';
import {width} from '../text.ts';
import type {Folds} from './folds.ts';

export interface Way {
	/** "laptop/eth0", "h1/eth0", "web/eth0": the interfaces, without ports of bridges between. */
	readonly places: readonly string[];
	/** What the packet says, what was rewritten, and what else is to be said; first that it has vanished. */
	readonly info: string;
	/** It should have come farther. */
	readonly isLost: boolean;
	/** Where it vanished, what it answers; nothing as long as it is under way. */
	readonly remarks: readonly string[];
	/** A line for each sighting. */
	readonly hops: readonly string[];
	/** Numbers of the sightings, in the order of `hops`. */
	readonly numbers: readonly number[];
	/** All of it in a line, for the clipboard. */
	readonly text: string;
}

/** More than any screen has. */
const mostWays = 600;
/** Between two places. */
export const arrow = ' → ';

export class Ways {
	readonly #known = new Map<number, {readonly way: Way; readonly count: number; readonly remarks: readonly string[] | undefined}>();

	/** undefined: it is held no more. */
	of(folds: Folds, head: number): Way | undefined {
		const [{length: count}, remarks] = [folds.sightingsOf(head), folds.remarksOf(head)];
		const known = this.#known.get(head);
		if (known?.count === count && known.remarks === remarks) {
			return known.way;
		}

		const journey = folds.journeyOf(head);
		if (journey === undefined) {
			return undefined;
		}

		if (this.#known.size === mostWays) {
			this.#known.clear();
		}

		const way = wayOf(journey, folds.journeys, remarks ?? []);
		this.#known.set(head, {way, count, remarks});
		return way;
	}
}

function wayOf(journey: Journey, ground: Ground, remarks: readonly string[]): Way {
	const {about, hops} = journey;
	const ends = endOf(journey, ground).at;
	const path = pathTo(ends[0] ?? hops[0] ?? fail());
	const places = path
		// a bridge's port says no more than what is at the other end of its cable
		.filter(({place}, index) => index === 0 || index === path.length - 1 || ground.places.link(place)?.master === undefined)
		.map(({place}) => place.at)
		.filter((at, index, all) => at !== all[index - 1]);
	const notes = path
		.flatMap((hop) => notesOf(hop))
		.map(({what, text}) => `${what} ${text}`)
		.join('; ');
	const isLost = remarks[0]?.startsWith('last seen at') === true;
	const said = [shortInfo(about), notes].filter((part) => part !== '').join('  ');
	const others = remarks
		.slice(isLost ? 1 : 0)
		.map((remark) => `  # ${remark}`)
		.join('');
	let lines: readonly string[] | undefined;
	return {
		places,
		info: `${isLost ? `${remarks[0] ?? ''}: ` : ''}${said}${others}`,
		isLost,
		remarks,
		numbers: hops.map(({number}) => number),
		// of a screen full of packets one is looked at more closely
		get hops() {
			return (lines ??= toTheLeft(hopLines(journey, (place) => ground.places.nameOf(place))));
		},
		get text() {
			return [shortInfo(about), pathText(journey, ground), ...remarks.map((remark) => `# ${remark}`)].join('  ');
		},
	};
}

/** Without the blanks that all lines but the first, which has no time, begin with. */
function toTheLeft(lines: readonly string[]): readonly string[] {
	const blanks = Math.min(...(lines.length > 1 ? lines.slice(1) : lines).map((line) => line.search(/\S/)));
	return lines.map((line) => line.slice(blanks));
}

function fail(): never {
	throw new Error('a packet that was seen nowhere');
}

/** A way in so many cells: its end and its beginning stay longest, "laptop/eth0 → … → web/eth0"; with less room only whose they are, "laptop → web". */
export function wayText(places: readonly string[], cells: number): string {
	const whole = places.join(arrow);
	if (width(whole) <= cells) {
		return whole;
	}

	const nodes = places.map((place) => place.slice(0, Math.max(0, place.lastIndexOf('/'))) || place).filter((node, index, all) => node !== all[index - 1]);
	const fits = [...shorterOf(places), ...shorterOf(nodes)].find((text) => width(text) <= cells);
	return fits ?? (nodes[0] === nodes.at(-1) ? (nodes[0] ?? '') : `${nodes[0] ?? ''}${arrow}${nodes.at(-1) ?? ''}`);
}

function shorterOf(words: readonly string[]): readonly string[] {
	const [first = ''] = words;
	const shorter = words.slice(2).map((_, index) => [first, '…', ...words.slice(index + 2)].join(arrow));
	return [words.join(arrow), ...shorter, ...(words.length > 2 ? [`${first}${arrow}${words.at(-1) ?? ''}`] : [])];
}
