// One thing that doctor looked at: plain data, printed by report.ts and by `--json`.

export interface Finding {
	/** What was looked at: "macvlan", "crun", "user namespaces". */
	readonly name: string;
	/** `missing`: no lab runs without it. `limited`: labs run, but not those that need it. */
	readonly level: 'ok' | 'limited' | 'missing';
	/** What was seen: a version, a number with its unit, or the words of the kernel or the program that refused. */
	readonly detail: string;
	readonly neededFor: string;
	/** The command, or the sentence, that mends it. */
	readonly fix?: string;
}
