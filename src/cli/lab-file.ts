// Reads a scenario file and says what is wrong with it. The parser is loaded only when a command needs it.
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {LabError} from '../base/errors.ts';
import type {Lab} from '../model/lab.ts';
import type {Parsed} from '../model/parse.ts';
import type {Problem} from '../model/problem.ts';
import type {Io} from './command.ts';

export interface LabFile {
	/** As the person wrote it, for messages. */
	readonly file: string;
	readonly path: string;
	readonly lab: Lab | undefined;
	readonly problems: readonly Problem[];
	/** The problems as people read them; empty when there are none. */
	readonly rendered: string;
}

/** Larger files are refused unread, in bytes. */
const largestBytes = 4 * 1024 * 1024;

/** Reads and checks a file. Throws E_ARGUMENT when it cannot be read; wrong content is in `problems`. */
export async function readLabFile(file: string, env: Io['env']): Promise<LabFile> {
	let bytes: Buffer;
	try {
		bytes = await readFile(file);
	} catch (error) {
		throw new LabError('E_ARGUMENT', {
			doing: `read ${file}`,
			said: error instanceof Error ? error.message : String(error),
			hint: 'name a scenario file, for example scenarios/bridge-publish.veth.yaml',
			cause: error,
		});
	}

	if (bytes.length > largestBytes) {
		throw new LabError('E_FILE', {doing: `read ${file}`, said: `it has ${bytes.length} bytes; a scenario may have ${largestBytes}`});
	}

	const {parseLab, renderProblems} = await import('../model/parse.ts');
	const text = bytes.toString('utf8');
	const parsed = parseLab(text, {file, env});
	const {lab, problems} = parsed.filters.length === 0 ? parsed : await checked(parsed, text);
	return {file, path: resolve(file), lab, problems, rendered: problems.length === 0 ? '' : renderProblems(problems, text, file)};
}

async function checked(parsed: Parsed, text: string): Promise<Parsed> {
	const [{withFilters}, {compileFilter}] = await Promise.all([import('../model/parse/filters.ts'), import('../watch/bpf/compile.ts')]);
	return withFilters(parsed, text, async (filter) => {
		const compiled = await compileFilter(filter);
		return 'said' in compiled ? compiled.said : undefined;
	});
}

/** Reads a file that must be right: prints its problems, and throws E_FILE when one is an error. */
export async function readLab(file: string, io: Io): Promise<{readonly lab: Lab; readonly path: string}> {
	const {lab, path, rendered} = await readLabFile(file, io.env);
	io.stderr.write(rendered);
	if (lab === undefined) {
		throw new LabError('E_FILE', {doing: `read ${file}`});
	}

	return {lab, path};
}
