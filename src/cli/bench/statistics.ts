// Of several rounds: the median, which one lucky or unlucky round does not move, and the minimum, which a busy machine moves least. Pure.

export interface Sample {
	readonly median: number;
	readonly minimum: number;
}

/** NaN for no values at all. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function sampleOf(values: readonly number[]): Sample {
	return {median: median(values), minimum: values.length === 0 ? Number.NaN : Math.min(...values)};
}

/** Of the medians and of the minima. */
export function ratio(ours: Sample, theirs: Sample): Sample {
	return {median: ours.median / theirs.median, minimum: ours.minimum / theirs.minimum};
}
