// vethlab test FILE…: up, do the steps, check, down. For people and for CI.
import {writeFile} from 'node:fs/promises';
import {type Command, Option} from 'commander';
import {endLab} from '../../api/launch.ts';
import {codes, toLabError} from '../../base/errors.ts';
import type {FileReport, ReportFormat} from '../../scenario/report.ts';
import {isOk, render, summary, textOf} from '../../scenario/report.ts';
import {runSteps, type Result} from '../../scenario/run.ts';
import {compileFilter} from '../../watch/bpf/compile.ts';
import {beginCaptures, RunFolder} from '../artifacts.ts';
import {type Io, print} from '../command.ts';
import {testName} from '../early.ts';
import {interruptible} from '../interruption.ts';
import {readLab} from '../lab-file.ts';
import {bringUp} from './up.ts';

interface Options {
	readonly report: ReportFormat;
	readonly json?: boolean;
	readonly output?: string;
	readonly keepOnFail?: boolean;
	readonly artifacts: string;
}

export function test(program: Command, io: Io): void {
	program
		.command('test')
		.description('bring labs up, do their steps, check, bring them down')
		.argument('<files...>', 'scenario files')
		.addOption(new Option('--report <format>', 'how to report').choices(['text', 'tap', 'junit', 'json']).default('text'))
		.option('--json', 'the same as --report json')
		.option('--output <file>', 'write the report there instead of standard output')
		.option('--artifacts <folder>', 'where the folder of the run is made (run-1, run-2, …) when scenarios keep captures', '.')
		.option('--keep-on-fail', 'leave a lab running when one of its checks failed')
		.action(async (files: readonly string[], options: Options) => {
			const format = options.json === true ? 'json' : options.report;
			const tell =
				format === 'text'
					? (line: string) => {
							print(io, line);
						}
					: () => {
							// the report comes at the end
						};
			const reports: FileReport[] = [];
			const folder = new RunFolder(options.artifacts);
			for (const file of files) {
				// oxlint-disable-next-line no-await-in-loop -- one lab at a time: they measure each other otherwise
				reports.push(await testFile(file, io, {tell, folder, keepOnFail: options.keepOnFail === true}));
			}

			tell(summary(reports));
			if (format !== 'text') {
				const text = render(reports, format);
				await (options.output === undefined ? print(io, text) : writeFile(options.output, text));
			}

			process.exitCode = exitCode(reports);
		});
}

interface How {
	readonly tell: (line: string) => void;
	readonly folder: RunFolder;
	readonly keepOnFail: boolean;
}

async function testFile(file: string, io: Io, how: How): Promise<FileReport> {
	const began = performance.now();
	const results: Result[] = [];
	const kept: string[] = [];
	let name = file;
	try {
		const {lab: read, path} = await readLab(file, io);
		const lab = {...read, name: testName(read.name)};
		name = lab.name;
		how.tell(`${file}: ${read.title}`);
		const {client, socket} = await bringUp(lab, path, io);
		const endIt = async (): Promise<void> => endLab({name: lab.name, socket});
		await interruptible(endIt, async (end) => {
			let isKept = false;
			try {
				const endCaptures = await beginCaptures(lab, client, () => how.folder.of(read.name));
				await runSteps(lab, {call: client.call.bind(client), capture: client.capture.bind(client), compile: compileFilter}, (result) => {
					results.push(result);
					how.tell(textOf(result, file));
				});
				for (const {path: captured, packets, drops} of await endCaptures()) {
					kept.push(captured);
					how.tell(`  kept    ${captured}: ${packets} packets${drops === 0 ? '' : `, ${drops} dropped`}`);
				}

				isKept = how.keepOnFail && results.some(({ok}) => !ok);
			} finally {
				await (isKept ? client.call('hold', {hold: false}) : undefined);
				client.close();
				await (isKept ? how.tell(`  kept: vethlab down ${lab.name} ends it`) : end());
			}
		});
		return {file, lab: lab.name, error: undefined, results, kept, ms: performance.now() - began};
	} catch (error) {
		const known = toLabError(error, `test ${file}`);
		how.tell(`  could not run: ${known.message}  [${known.code}]\n                 = ${known.hint}`);
		return {file, lab: name, error: known.toJSON(), results, kept, ms: performance.now() - began};
	}
}

/** 0 all true, else the gravest: 4 a lab failed, 3 the machine cannot, 2 a file is wrong, 1 a check failed. */
function exitCode(reports: readonly FileReport[]): number {
	return Math.max(...reports.map((report) => (report.error === undefined ? Number(!isOk(report)) : codes[report.error.code].exit)));
}
