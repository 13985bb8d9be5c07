/** What has the same key together, groups and members in the order of coming. */
export function grouped<K, T>(all: Iterable<T>, keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
	const groups = new Map<K, T[]>();
	for (const one of all) {
		const key = keyOf(one);
		const group = groups.get(key);
		if (group === undefined) {
			groups.set(key, [one]);
		} else {
			group.push(one);
		}
	}

	return groups;
}
