// Tries commands in a scratch namespace that ends with the shell in it, so that nothing of them stays. It only words the call and reads the answer.

/** One thing to try: its name, and shell commands of which each must succeed. */
export interface Trial {
	readonly name: string;
	readonly commands: readonly string[];
}

/** What became of a trial: undefined when it worked, else what was said. */
export type Said = string | undefined;

/** Programs of the system's administration are often not in a user's PATH. */
export function widePath(path: string | undefined): string {
	return [path, '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(':');
}

/** Namespaces of one's own: root needs no user namespace for them. */
export function unshareWords(uid: number): readonly string[] {
	return ['unshare', ...(uid === 0 ? [] : ['--user', '--map-root-user']), '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
}

// Each trial is a name and a command line; answers are "name TAB exit code TAB first line said". /tmp is the scratch's own.
const script = `
mount -t tmpfs scratch /tmp || exit
while [ $# -gt 0 ]; do
	said=$(eval "$2" 2>&1)
	printf '%s\\t%s\\t%s\\n' "$1" $? "$(printf '%s' "$said" | head -n 1)"
	shift 2
done`;

/** The command that tries them all, one after the other. */
export function scratchCommand(uid: number, trials: readonly Trial[]): {readonly file: string; readonly args: readonly string[]} {
	const [file = '', ...args] = unshareWords(uid);
	return {file, args: [...args, 'sh', '-c', script, 'sh', ...trials.flatMap(({name, commands}) => [name, commands.join(' && ')])]};
}

/** Reads what the command printed. A trial that is not in it did not come to its turn: `otherwise` says why. */
export function readScratch(trials: readonly Trial[], printed: string, otherwise: string): ReadonlyMap<string, Said> {
	const answers = new Map(
		printed
			.split('\n')
			.map((line) => line.split('\t'))
			.map(([name = '', code = '', said = '']) => [name, code === '0' ? undefined : said || `it ended with exit code ${code}`] as const),
	);
	return new Map(trials.map(({name}) => [name, answers.has(name) ? answers.get(name) : otherwise]));
}
