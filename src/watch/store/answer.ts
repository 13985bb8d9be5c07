// What is asked of columns, and what they answer.

/** Of a row, so that `&` and `|` do what they say. `open`: decoding knows. */
export const answer = {no: 0, open: 1, yes: 3} as const;

/** Some of the packets whose rows follow each other. */
export interface Rows {
	/** That of the first, and its number. */
	readonly row: number;
	readonly number: number;
	/** Which ones: the first `count` are how far they are from the first, rising. */
	readonly selected: Uint16Array;
	readonly count: number;
}

/** Puts an answer for each of the rows into `out`, where it is selected. */
export type Ask = (rows: Rows, out: Uint8Array) => void;

export interface Question {
	readonly ask: Ask;
	/** About how long it takes, against a look at one column. */
	readonly effort: number;
}
