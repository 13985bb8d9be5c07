// Rules of many namespaces: one restore for each namespace and family, several at a time; where many want the same, one restore and copies of it.
// A failing rule is named exactly.
import {LabError} from '../base/errors.ts';
import type {ObservedRules} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import {doing} from './doing.ts';
import {run, type Printed} from './iptables/program.ts';
import {isGone, outcomeOf, readComplaint, restoreFile, type Restore, type RestoreOutcome, type RuleStep} from './iptables/restore.ts';
import {parseSave} from './iptables/save.ts';
import type {Namespaces} from './namespaces.ts';
import {thrown} from './refusals.ts';
import {RuleCopies} from './rule-copies.ts';
import {RuleCounters} from './rule-counters.ts';
import {alike, byTarget, placesOf, type Group, type Target, type Work} from './rule-groups.ts';
import type {NetnsName} from '../plan/op.ts';

/** Where iptables' programs are. */
export interface Programs {
	readonly iptablesRestore: string;
	readonly ip6tablesRestore: string;
	readonly iptablesSave: string;
	readonly ip6tablesSave: string;
}

/** What became of rule ops, by index. */
export interface RuleReport {
	readonly done: Set<number>;
	readonly failures: Map<number, LabError>;
}

/** Restores that run at the same time; more than the machine's cores gain nothing. */
const restoresAtOnce = 4;

export class Rules {
	readonly #native: Native;
	readonly #namespaces: Namespaces;
	readonly #programs: Programs;
	readonly #copies: RuleCopies;
	readonly #counters: RuleCounters;

	constructor(native: Native, namespaces: Namespaces, programs: Programs) {
		this.#native = native;
		this.#namespaces = namespaces;
		this.#programs = programs;
		this.#copies = new RuleCopies(native, namespaces);
		this.#counters = new RuleCounters(native);
	}

	/** Does the ops of each namespace and family until one fails. */
	async do(steps: readonly RuleStep[]): Promise<RuleReport> {
		const report: RuleReport = {done: new Set(), failures: new Map()};
		const restore = async (work: Work): Promise<void> => this.#guard(work.steps, report, async () => this.#doAll(work, work.file, report));
		const groups = await this.#copyAll(alike(byTarget(steps)), report);
		await fewAtOnce(groups, async ({works, ...rules}) =>
			this.#copies.learn({...rules, places: placesOf(works)}, async () => {
				const first = works.slice(0, 1);
				await fewAtOnce(first, restore);
				return first.every(({steps: ofFirst}) => ofFirst.every(({index}) => report.done.has(index)));
			}),
		);
		const others = await this.#copyAll(
			groups.map(({works, ...rules}) => ({...rules, works: works.slice(1)})),
			report,
		);
		await fewAtOnce(
			others.flatMap(({works}) => works),
			restore,
		);
		return report;
	}

	/** Takes the ops back, which come last first. What is gone is done; goes on after a failure. */
	async undo(steps: readonly RuleStep[]): Promise<RuleReport> {
		const report: RuleReport = {done: new Set(), failures: new Map()};
		await fewAtOnce(byTarget(steps), async (work) => this.#guard(work.steps, report, async () => this.#undoAll(work, work.steps, report)));
		return report;
	}

	/** Both families with counters; only IPv4 where there is no ip6tables. Throws E_NAME_UNKNOWN, E_PROGRAM_MISSING, E_RULES. */
	async read(netns: NetnsName): Promise<ObservedRules> {
		const held = this.#namespaces.hold(netns);
		try {
			return await this.#counters.read(held, async () => {
				const [v4, v6] = await Promise.all([this.#save({netns, family: 4}), this.#save({netns, family: 6})]);
				return {chains: [...v4.chains, ...v6.chains], rules: [...v4.rules, ...v6.rules]};
			});
		} finally {
			held.release();
		}
	}

	async #save({netns, family}: Target): Promise<ObservedRules> {
		const {iptablesSave, ip6tablesSave} = this.#programs;
		const held = this.#namespaces.hold(netns);
		try {
			const name = family === 4 ? 'iptables-save' : 'ip6tables-save';
			const printed = await run(this.#native, held.fd, {file: family === 4 ? iptablesSave : ip6tablesSave, name, args: ['-c'], stdin: ''});
			if (printed.code !== 0 && family === 4) {
				throw new LabError('E_RULES', {doing: `read the rules of ${netns}`, said: readComplaint(printed.stderr).said});
			}

			return parseSave(printed.stdout, family);
		} catch (error) {
			if (family === 6 && error instanceof LabError && error.code === 'E_PROGRAM_MISSING') {
				return {chains: [], rules: []};
			}

			throw error;
		} finally {
			held.release();
		}
	}

	/** Copies rules to where they are wanted, as far as it is known what they look like. Returns the groups with what is still missing of them. */
	async #copyAll(groups: readonly Group[], report: RuleReport): Promise<readonly Group[]> {
		const missing: Group[] = [];
		for (const {works, ...rules} of groups) {
			// oxlint-disable-next-line no-await-in-loop -- each is one trip for all of its places
			const copied = await this.#copies.copy({...rules, places: placesOf(works)});
			works
				.filter(({netns}) => copied.has(netns))
				.forEach(({steps}) => {
					steps.forEach(({index}) => report.done.add(index));
				});
			missing.push({...rules, works: works.filter(({netns}) => !copied.has(netns))});
		}

		return missing;
	}

	/** Does the ops together. Where their restore fails without naming an op's line, halves of its table show which op it is. */
	async #doAll(target: Target, file: Restore, report: RuleReport): Promise<void> {
		const outcome = await this.#restore(target, file);
		outcome.committed.forEach(({index}) => report.done.add(index));
		const {culprit, table} = outcome;
		if (culprit !== undefined) {
			report.failures.set(culprit.index, refusedRule(culprit, outcome.said));
			return;
		}

		for (const half of halves(table)) {
			// oxlint-disable-next-line no-await-in-loop -- rules of one chain have an order
			await this.#doAll(target, restoreFile(half, 'do'), report);
			if (half.some(({index}) => report.failures.has(index))) {
				return;
			}
		}
	}

	/** Takes the ops back together; what fails is judged by itself, and the rest still goes. */
	async #undoAll(target: Target, steps: readonly RuleStep[], report: RuleReport): Promise<void> {
		const outcome = await this.#restore(target, restoreFile(steps, 'undo'));
		outcome.committed.forEach(({index}) => report.done.add(index));
		const {culprit, table, untried} = outcome;
		if (culprit !== undefined && isGone(outcome.said)) {
			report.done.add(culprit.index);
		} else if (culprit !== undefined) {
			report.failures.set(culprit.index, refusedRule(culprit, outcome.said));
		}

		const parts = culprit === undefined ? halves(table) : [table.filter((step) => step !== culprit)];
		for (const part of [...parts, untried].filter(({length}) => length > 0)) {
			// oxlint-disable-next-line no-await-in-loop -- a chain goes after its rules
			await this.#undoAll(target, part, report);
		}
	}

	async #restore({netns, family}: Target, file: Restore): Promise<RestoreOutcome> {
		const printed = await this.#run({netns, family}, file.text);
		return printed.code === 0
			? {committed: file.lines.map(({step}) => step), table: [], untried: [], culprit: undefined, said: ''}
			: outcomeOf(file, readComplaint(printed.stderr));
	}

	async #run({netns, family}: Target, text: string): Promise<Printed> {
		const held = this.#namespaces.hold(netns);
		try {
			const {iptablesRestore, ip6tablesRestore} = this.#programs;
			const name = family === 4 ? 'iptables-restore' : 'ip6tables-restore';
			// -w: the legacy front end waits for its lock; the nft one has none
			return await run(this.#native, held.fd, {
				file: family === 4 ? iptablesRestore : ip6tablesRestore,
				name,
				args: ['--noflush', '-w', '5'],
				stdin: text,
			});
		} finally {
			held.release();
		}
	}

	/** What is thrown, and not said by iptables, is the first unfinished op's error. */
	async #guard(steps: readonly RuleStep[], report: RuleReport, work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			const next = steps.find(({index}) => !report.done.has(index) && !report.failures.has(index));
			if (next !== undefined) {
				report.failures.set(
					next.index,
					error instanceof LabError ? new LabError(error.code, {doing: doing(next.op), said: error.said, cause: error}) : thrown(next.op, error),
				);
			}
		}
	}
}

async function fewAtOnce<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
	const waiting = all.values();
	await Promise.all(
		Array.from({length: Math.min(restoresAtOnce, all.length)}, async () => {
			for (const one of waiting) {
				// oxlint-disable-next-line no-await-in-loop -- so many at once and no more
				await work(one);
			}
		}),
	);
}

function halves(steps: readonly RuleStep[]): readonly (readonly RuleStep[])[] {
	const middle = Math.ceil(steps.length / 2);
	return [steps.slice(0, middle), steps.slice(middle)].filter((half) => half.length > 0);
}

function refusedRule({op}: RuleStep, said: string): LabError {
	return new LabError('E_RULES', {doing: doing(op), said: said === '' ? undefined : said});
}
