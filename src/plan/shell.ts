// Text that sh(1) reads back as the very same text.

/**
 * One word of a command line, not its first: as it is when sh sees nothing special in it, else in single quotes (POSIX.1-2017, Shell
 * Command Language 2.2.2). A lone ! is special only as the first word.
 */
export function quote(word: string): string {
	return word === '!' || /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line of these words. Words that are empty strings stay. */
export function line(...words: readonly string[]): string {
	return words.map(quote).join(' ');
}
