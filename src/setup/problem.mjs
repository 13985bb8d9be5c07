// Why the set-up stopped, for a person: which step, the last words of the program, the way out. Not LabError: this runs before anything is built.

/** Exit codes are those of the command line: 3 this machine lacks something, 4 a step went wrong. */
export class Problem extends Error {
	/**
	 * @param {3 | 4} exit
	 * @param {string} sentence what went wrong
	 * @param {{said?: string, todo: string}} more `said`: output of the program; `todo`: what the person can do
	 */
	constructor(exit, sentence, {said = '', todo}) {
		super(sentence);
		this.exit = exit;
		this.said = said;
		this.todo = todo;
	}
}

/**
 * The text shown for a problem, with the first 5 and the last 15 lines that the program said.
 * @param {Problem} problem
 */
export function problemText(problem) {
	const all = problem.said.trim() === '' ? [] : problem.said.trimEnd().split('\n');
	const said = all.length <= 20 ? all : [...all.slice(0, 5), '…', ...all.slice(-15)];
	return [`vethlab: ${problem.message}`, ...said.map((line) => `    ${line}`), `  what to do: ${problem.todo}`].join('\n');
}

/**
 * Runs an entry point of this folder; a Problem becomes its text and its exit code.
 * @param {() => Promise<number>} body gives the exit code
 */
export async function exitWith(body) {
	try {
		process.exitCode = await body();
	} catch (error) {
		if (!(error instanceof Problem)) {
			throw error;
		}

		process.stderr.write(`${problemText(error)}\n`);
		process.exitCode = error.exit;
	}
}
