// vethlab test FILE…: up, do the steps, check, down. For people and for CI.
import {writeFile} from 'node:fs/promises';
import {type Command, Option} from 'commander';
import {endLab} from '../../api/launch.ts';
import {codes, toLabError} from '../../base/errors.ts';
import type {FileReport, ReportFormat} from '../../scenario/report.ts';
import {isOk, render, summary, textOf} from '../../scenario/report.ts';
import {runSteps, type Result} from '../../scenario/run.ts';
import {compileFilter} from '../../watch/bpf/compile.ts';
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
}

export function test(program: Command, io: Io): void {
	program
		.command('test')
		.description('bring labs up, do their steps, check, bring them down')
		.argument('<files...>', 'scenario files')
		.addOption(new Option('--report <format>', 'how to report').choices(['text', 'tap', 'junit', 'json']).default('text'))
		.option('--json', 'the same as --report json')
		.option('--output <file>', 'write the report there instead of standard output')
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
			for (const file of files) {
				// oxlint-disable-next-line no-await-in-loop -- one lab at a time: they measure each other otherwise
				reports.push(await testFile(file, io, {tell, keepOnFail: options.keepOnFail === true}));
			}

			tell(summary(reports));
			if (format !== 'text') {
				const text = render(reports, format);
				await (options.output === undefined ? print(io, text) : writeFile(options.output, text));
			}

			process.exitCode = exitCode(reports);
		});
}

async function testFile(file: string, io: Io, how: {readonly tell: (line: string) => void; readonly keepOnFail: boolean}): Promise<FileReport> {
	const began = performance.now();
	const results: Result[] = [];
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
				await runSteps(lab, {call: client.call.bind(client), capture: client.capture.bind(client), compile: compileFilter}, (result) => {
					results.push(result);
					how.tell(textOf(result, file));
				});
				isKept = how.keepOnFail && results.some(({ok}) => !ok);
			} finally {
				await (isKept ? client.call('hold', {hold: false}) : undefined);
				client.close();
				await (isKept ? how.tell(`  kept: vethlab down ${lab.name} ends it`) : end());
			}
		});
		return {file, lab: lab.name, error: undefined, results, ms: performance.now() - began};
	} catch (error) {
		const known = toLabError(error, `test ${file}`);
		how.tell(`  could not run: ${known.message}  [${known.code}]\n                 = ${known.hint}`);
		return {file, lab: name, error: known.toJSON(), results, ms: performance.now() - began};
	}
}

/** 0 all true, else the gravest: 4 a lab failed, 3 the machine cannot, 2 a file is wrong, 1 a check failed. */
function exitCode(reports: readonly FileReport[]): number {
	return Math.max(...reports.map((report) => (report.error === undefined ? Number(!isOk(report)) : codes[report.error.code].exit)));
}
