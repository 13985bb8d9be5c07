// From text to a Lab, or to everything that is wrong with the text: yaml.ts reads it, structure.ts holds it against schema.ts, lift/ makes plain
// data of it, meaning/ asks whether that can be. A clearer message is a change in one of these; a new key starts in schema.ts.
import type {Lab} from './lab.ts';
import {contextOf} from './parse/meaning/context.ts';
import {checkMeaning} from './parse/meaning/index.ts';
import {liftLab} from './parse/lift/lab.ts';
import {isUsed} from './parse/lift/networks.ts';
import {Report} from './parse/report.ts';
import {checkStructure, type Reference} from './parse/structure.ts';
import {readYaml} from './parse/yaml.ts';
import type {Problem} from './problem.ts';
import {schema} from './schema.ts';

export type {Problem} from './problem.ts';
export {renderProblems} from './problem.ts';

export interface Parsed {
	/** undefined when there is an error. */
	readonly lab: Lab | undefined;
	/** All of them, in file order. */
	readonly problems: readonly Problem[];
	/** Capture filters, which only libpcap can judge: `withFilters` in parse/filters.ts. Empty when the structure does not hold. */
	readonly filters: readonly Reference[];
}

export interface ParseOptions {
	/** As the person wrote it; its name is the lab's name when the file gives none. */
	readonly file: string;
	/** What `${VAR}` means. */
	readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Reads a scenario. Never throws: what is wrong with the text is in `problems`. */
export function parseLab(text: string, {file, env = {}}: ParseOptions): Parsed {
	const report = new Report();
	const root = readYaml(text.replace(/^\uFEFF/, ''), env, report);
	if (root === undefined) {
		return {lab: undefined, problems: report.problems, filters: []};
	}

	report.enter('structure');
	const references = checkStructure(root, schema, report);
	if (report.isBlocked) {
		return {lab: undefined, problems: report.problems, filters: []};
	}

	report.enter(undefined);
	const lab = liftLab(root, {file, variables: env, report});
	checkMeaning(contextOf({lab, root, references, report}));
	const filters = references.filter(({kind}) => kind === 'filter');
	return {lab: report.hasErrors ? undefined : {...lab, networks: lab.networks.filter(isUsed)}, problems: report.problems, filters};
}
