// vethlab doctor: what this machine can and cannot do, and how to mend it.
import type {Command} from 'commander';
import {type Io, print, printJson} from '../command.ts';

export function doctor(program: Command, io: Io): void {
	program
		.command('doctor')
		.description('what this machine can and cannot do, and how to mend it')
		.option('--json', 'print the findings as JSON')
		.action(async (options: {readonly json?: boolean}) => {
			const [{probe}, {reportOf, exitOf}] = await Promise.all([import('../doctor/probes.ts'), import('../doctor/report.ts')]);
			const findings = await probe();
			if (options.json === true) {
				printJson(io, findings);
			} else {
				print(io, reportOf(findings));
			}

			process.exitCode = exitOf(findings);
		});
}
