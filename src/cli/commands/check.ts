// vethlab check FILE…: only what is wrong with the files. Nothing is built.
import type {Command} from 'commander';
import {type Io, print, printJson} from '../command.ts';
import {readLabFile} from '../lab-file.ts';

export function check(program: Command, io: Io): void {
	program
		.command('check')
		.description('say what is wrong with scenario files; builds nothing')
		.argument('<files...>', 'scenario files')
		.option('--json', 'print the problems as JSON')
		.action(async (files: readonly string[], options: {readonly json?: boolean}) => {
			const read = await Promise.all(files.map(async (file) => readLabFile(file, io.env)));
			if (options.json === true) {
				printJson(
					io,
					read.map(({file, lab, problems}) => ({file, ok: lab !== undefined, problems})),
				);
			} else {
				for (const {file, lab, rendered} of read) {
					print(io, rendered === '' ? `${file}: ok` : rendered);
					if (rendered !== '' && lab !== undefined) {
						print(io, `${file}: ok`);
					}
				}
			}

			process.exitCode = read.every(({lab}) => lab !== undefined) ? 0 : 2;
		});
}
