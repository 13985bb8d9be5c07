/** For the `default:` of a switch over a union: a member that was forgotten is a compile error here. */
export function unreachable(value: never): never {
	throw new Error(`a case was forgotten: ${JSON.stringify(value)}`);
}
