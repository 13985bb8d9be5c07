// vethlab down: end labs. There is nothing to clean up: a lab is its box.
import type {Command} from 'commander';
import {endLab} from '../../api/launch.ts';
import {listLabs} from '../../api/labs.ts';
import {findLab, type Io, print, printJson} from '../command.ts';

export function down(program: Command, io: Io): void {
	program
		.command('down')
		.description('end labs: everything in them is gone when the command returns')
		.argument('[labs...]', 'names; the only running lab when left out')
		.option('--all', 'end every lab of yours')
		.option('--json', 'print the names as JSON')
		.action(async (names: readonly string[], options: {readonly all?: boolean; readonly json?: boolean}) => {
			const labs =
				options.all === true
					? await listLabs(io.env)
					: await Promise.all((names.length === 0 ? [undefined] : names).map(async (name) => findLab(io, name)));
			await Promise.all(labs.map(async (lab) => endLab(lab)));
			if (options.json === true) {
				printJson(
					io,
					labs.map(({name}) => name),
				);
			} else {
				print(io, labs.length === 0 ? 'no lab is running' : labs.map(({name}) => `${name} is gone`).join('\n'));
			}
		});
}
