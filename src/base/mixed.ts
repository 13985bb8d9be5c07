// Numbers of 32 bits by which flows and questions are looked for: to make texts of them for every packet would take longer than all the rest. Different ones
// seldom have the same number, but they may: who finds something by it looks whether it is meant.

/** As hashes are continued: the golden ratio (Knuth, The Art of Computer Programming, 6.4). */
const golden = 0x9e_37_79_b1;

export function mixed(number: number, more: number): number {
	const product = Math.imul(number ^ more, golden);
	return product ^ (product >>> 15);
}

/** Of an address or a name. */
export function mixedWith(number: number, value: number | string): number {
	if (typeof value === 'number') {
		return mixed(number, value);
	}

	let all = number;
	for (let at = 0; at < value.length; at++) {
		all = mixed(all, value.charCodeAt(at));
	}

	return all;
}
