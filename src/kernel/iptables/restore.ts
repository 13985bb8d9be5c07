// Rule ops as a file for iptables-restore, and its complaints back as the op that they are about. Pure; who runs it is `rules.ts`.
// A restore commits table by table: what stands before the table with the error was applied, that table and those after it were not.
import type {OpOf, Table} from '../../plan/op.ts';
import type {Step} from '../lanes.ts';

export type RuleOp = OpOf<'chain.add' | 'policy.set' | 'rule.add'>;
export type RuleStep = Step<RuleOp>;

export interface Restore {
	readonly text: string;
	/** Steps in the order of their lines, with the number of that line, from 1. */
	readonly lines: readonly {readonly line: number; readonly table: Table; readonly step: RuleStep}[];
}

/** One file for all tables. The steps keep their order within each table; what is undone has to come last first. */
export function restoreFile(steps: readonly RuleStep[], direction: 'do' | 'undo'): Restore {
	const text: string[] = [];
	const lines: {line: number; table: Table; step: RuleStep}[] = [];
	for (const table of new Set(steps.map(({op}) => op.table))) {
		text.push(`*${table}`);
		for (const step of steps.filter(({op}) => op.table === table)) {
			text.push(direction === 'do' ? doLine(step.op) : undoLine(step.op));
			lines.push({line: text.length, table, step});
		}

		text.push('COMMIT');
	}

	return {text: `${text.join('\n')}\n`, lines};
}

/** `-N` and not `:CHAIN`, which would empty a chain that is there already. */
function doLine(op: RuleOp): string {
	switch (op.do) {
		case 'chain.add': {
			return `-N ${op.chain}`;
		}

		case 'policy.set': {
			return `-P ${op.chain} ${op.policy}`;
		}

		default: {
			const place = op.number === undefined ? '' : ` ${op.number}`;
			return `${op.insert === true ? '-I' : '-A'} ${op.chain}${place} ${op.rule}`;
		}
	}
}

function undoLine(op: RuleOp): string {
	switch (op.do) {
		case 'chain.add': {
			return `-X ${op.chain}`;
		}

		case 'policy.set': {
			return `-P ${op.chain} ACCEPT`;
		}

		default: {
			return `-D ${op.chain} ${op.rule}`;
		}
	}
}

/** What iptables-restore printed before it gave up. */
export interface Complaint {
	/** The line that it names; undefined when it names none. */
	readonly line: number | undefined;
	/** Its words, without its name and version. */
	readonly said: string;
}

export function readComplaint(stderr: string): Complaint {
	const line = /\bline:? (\d+)/.exec(stderr)?.[1];
	const said = stderr
		.split('\n')
		.map((text) =>
			text
				.replace(/^\S*tables(?:-\w+)*(?: v[\d.]+(?: \(\w+\))?)?:\s*/, '')
				.replace(/^line \d+(?: failed)?: /, '')
				.trim(),
		)
		.filter((text) => text !== '' && !text.startsWith('Error occurred at line') && !text.startsWith('Try `'));
	return {line: line === undefined ? undefined : Number(line), said: said.join('; ')};
}

/** How far a restore came. */
export interface RestoreOutcome {
	/** Of tables that were committed. */
	readonly committed: readonly RuleStep[];
	/** Of the table that failed, of which nothing was applied. */
	readonly table: readonly RuleStep[];
	/** Of the tables after it. */
	readonly untried: readonly RuleStep[];
	/** The one that it failed at; undefined when the complaint names no op's line. */
	readonly culprit: RuleStep | undefined;
	readonly said: string;
}

/** Reads a failed restore's complaint. One that names no line came before any rule: its first op is to blame. */
export function outcomeOf({lines}: Restore, {line, said}: Complaint): RestoreOutcome {
	// the line of a COMMIT belongs to the table above it
	const failed = line === undefined ? lines[0] : (lines.findLast((entry) => entry.line <= line) ?? lines[0]);
	const table = lines.filter((entry) => entry.table === failed?.table).map(({step}) => step);
	const first = lines.findIndex((entry) => entry.table === failed?.table);
	return {
		committed: lines.slice(0, Math.max(0, first)).map(({step}) => step),
		table,
		untried: lines.slice(first + table.length).map(({step}) => step),
		culprit: table.length === 1 || line === undefined || failed?.line === line ? failed?.step : undefined,
		said,
	};
}

/** libiptc's words for a rule or chain that is not there, which both front ends use; the exit status does not tell it from other failures. */
export function isGone(said: string): boolean {
	return /does a matching rule exist|No chain\/target\/match by that name|^Chain '.*' does not exist/.test(said);
}
