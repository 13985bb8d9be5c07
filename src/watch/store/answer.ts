// What is asked of columns, and what they answer.

/** Of a row, so that `&` and `|` do what they say. `open`: decoding knows. */
export const answer = {no: 0, open: 1, yes: 3} as const;

/** Packets whose rows follow each other. */
export interface Rows {
	readonly row: number;
	/** The number of the first of them. */
	readonly number: number;
	readonly count: number;
	/** Rows whose answer here is `settled` may be left out: whatever is answered, it does not matter. */
	readonly among: Uint8Array;
	readonly settled: number;
}

/** As `Rows.settled`: none is. */
export const noneSettled = 255;

/** Puts an answer for each row into `out`. */
export type Ask = (rows: Rows, out: Uint8Array) => void;
