// Every error that a person may meet has a code here, with one sentence and the way out. Branch on `code`, never on text.
// To add one: a row in `codes`, and its row in the README's table (a test compares the two).

/** Exit codes of the command line: 1 a check failed · 2 the file or the call is wrong · 3 this machine cannot · 4 the lab failed. */
type Exit = 1 | 2 | 3 | 4;

interface CodeRow {
	readonly exit: Exit;
	/** One sentence without the details of the case; `LabError.doing` names those. */
	readonly sentence: string;
	/** What to do when the throw site knows nothing better. */
	readonly hint: string;
}

export const codes = {
	E_FILE: {exit: 2, sentence: 'The file has problems.', hint: 'correct the lines named above; `vethlab check FILE` shows them again'},
	E_ARGUMENT: {exit: 2, sentence: 'The command was called with something it cannot use.', hint: '`vethlab help` lists the commands and their options'},
	E_NAME_UNKNOWN: {exit: 2, sentence: 'There is no lab, host or container of that name.', hint: '`vethlab ls` lists labs, `vethlab ps` what runs in one'},
	E_LAB_EXISTS: {exit: 2, sentence: 'A lab of that name is already running.', hint: 'end it with `vethlab down NAME`, or choose another name with --name'},
	E_CONFLICT: {exit: 2, sentence: 'The container cannot be used that way, as in Docker.', hint: '`vethlab ps` shows its state and mode'},
	E_KERNEL_FEATURE: {exit: 3, sentence: 'This kernel lacks a feature that the lab needs.', hint: '`vethlab doctor` shows what is missing and what needs it'},
	E_PROGRAM_MISSING: {
		exit: 3,
		sentence: 'A program that the lab needs is not installed.',
		hint: '`vethlab doctor` names the package and the command that installs it',
	},
	E_USERNS: {
		exit: 3,
		sentence: 'This machine does not let you make user namespaces, and you are not root.',
		hint: 'run as root, or allow them: `vethlab doctor` says how on this machine',
	},
	E_PERMISSION: {exit: 3, sentence: 'The kernel refused something that the lab needs.', hint: '`vethlab doctor` shows which right is missing'},
	E_PORT_TAKEN: {
		exit: 4,
		sentence: 'Something already listens on a port that is to be published.',
		hint: '`vethlab ports` shows who has it; publish on another port or address',
	},
	E_BRIDGE_FULL: {
		exit: 4,
		sentence: 'A Linux bridge takes 1,023 ports, and this one has them all.',
		hint: 'put the remaining containers on a second network or host',
	},
	E_RANGE_EXHAUSTED: {exit: 4, sentence: 'A range has no free address, port or subnet left.', hint: 'remove something, or give the network a larger range'},
	E_ENGINE_DEAD: {exit: 4, sentence: 'The lab ended while you were talking to it.', hint: 'nothing is left of it; start it again with `vethlab up`'},
	E_ENGINE_START: {exit: 4, sentence: "The lab's engine did not start.", hint: '`vethlab doctor` checks what it needs'},
	E_SOCKET_STALE: {
		exit: 4,
		sentence: "The lab's socket is there but nobody listens on it.",
		hint: 'its engine is gone; the next `vethlab up` or `vethlab ls` sweeps it away',
	},
	E_SOCKET_FOREIGN: {
		exit: 2,
		sentence: "The lab's socket belongs to another user.",
		hint: 'each user has labs of their own: become that user, or remove the file if nobody uses it',
	},
	E_PROTOCOL: {
		exit: 4,
		sentence: "The other side of the lab's socket does not speak this version of vethlab's protocol.",
		hint: 'use the vethlab that started the lab, or start the lab again',
	},
	E_KERNEL: {exit: 4, sentence: 'The kernel refused a step.', hint: "the step and the kernel's own words are named above"},
	E_RULES: {exit: 4, sentence: 'iptables refused a rule.', hint: "the rule and iptables' own words are named above"},
	E_RUNTIME: {exit: 4, sentence: 'A process of the lab could not be started.', hint: "the program's own words are named above"},
	E_SPACE: {exit: 4, sentence: "There is no room left on the disk or in the lab's scratch memory.", hint: 'free some space, or make the lab smaller'},
	E_INTERNAL: {exit: 4, sentence: 'vethlab made a mistake.', hint: 'please report it with the text above'},
} as const satisfies Record<string, CodeRow>;

export type Code = keyof typeof codes;

export interface ErrorDetails {
	/** Verb, thing, place: "publish 8080/tcp on h1". */
	readonly doing: string;
	/** What the kernel or the program said, in its own words. */
	readonly said?: string | undefined;
	/** What the person can do; the code's own hint when left out. */
	readonly hint?: string | undefined;
	readonly cause?: unknown;
}

/** An error as plain data: what travels over the socket and what `--json` prints. */
export interface ErrorData {
	readonly code: Code;
	readonly doing: string;
	readonly said?: string | undefined;
	readonly hint: string;
}

/** The one error class that reaches people. Its message is `doing: sentence (said)`, its way out is `hint`. */
export class LabError extends Error {
	override readonly name = 'LabError';
	readonly code: Code;
	readonly doing: string;
	readonly said: string | undefined;
	readonly hint: string;

	constructor(code: Code, details: ErrorDetails) {
		const row: CodeRow = codes[code];
		super(`${details.doing}: ${details.said ?? row.sentence}`, {cause: details.cause});
		this.code = code;
		this.doing = details.doing;
		this.said = details.said;
		this.hint = details.hint ?? row.hint;
	}

	get exit(): Exit {
		return codes[this.code].exit;
	}

	toJSON(): ErrorData {
		return {code: this.code, doing: this.doing, said: this.said, hint: this.hint};
	}

	static from(data: ErrorData): LabError {
		return new LabError(data.code in codes ? data.code : 'E_INTERNAL', data);
	}
}

/** Errors of the system that mean the same wherever they come from (errno(3)). */
const systemErrors: Readonly<Record<string, Code>> = {
	ENOSPC: 'E_SPACE',
	EDQUOT: 'E_SPACE',
	EROFS: 'E_PERMISSION',
	EACCES: 'E_PERMISSION',
	EPERM: 'E_PERMISSION',
};

/** Makes a LabError of anything thrown. A system error keeps its meaning; what else is not one already is a mistake of ours. */
export function toLabError(error: unknown, doing: string): LabError {
	if (error instanceof LabError) {
		return error;
	}

	const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? systemErrors[error.code] : undefined;
	return new LabError(code ?? 'E_INTERNAL', {doing, said: error instanceof Error ? error.message : String(error), cause: error});
}
