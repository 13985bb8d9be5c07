// vethlab ls: the labs that run.
import type {Command} from 'commander';
import {listLabs} from '../../api/labs.ts';
import {type Io, print, printJson} from '../command.ts';
import {table} from '../table.ts';

export function ls(program: Command, io: Io): void {
	program
		.command('ls')
		.description('the labs that run')
		.option('--json', 'print {name, file, pid, socket, created} of each')
		.action(async (options: {readonly json?: boolean}) => {
			const labs = await listLabs(io.env);
			if (options.json === true) {
				printJson(io, labs);
			} else if (labs.length === 0) {
				print(io, 'no lab is running; start one with `vethlab up FILE`');
			} else {
				print(io, table([['NAME', 'PID', 'CREATED', 'FILE'], ...labs.map(({name, pid, created, file}) => [name, String(pid), created, file])]));
			}
		});
}
