// Places by name: `at web1|br0`.

/** Whether "web1/eth0" is one of these: it is named by all of that, by whose it is, "web1", or by its interface, "eth0". */
export function isAt(point: string, places: readonly string[]): boolean {
	const slash = point.indexOf('/');
	const parts = slash === -1 ? [point] : [point, point.slice(0, slash), point.slice(slash + 1)];
	return parts.some((part) => places.includes(part));
}
