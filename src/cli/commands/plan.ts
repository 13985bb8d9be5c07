// vethlab plan FILE: every step, its reason and the command that does the same. Changes nothing and needs no right.
import {type Command, Option} from 'commander';
import {planLab} from '../../drivers/index.ts';
import {renderPlan} from '../../plan/render.ts';
import {type Io, print} from '../command.ts';
import {readLab} from '../lab-file.ts';

export function plan(program: Command, io: Io): void {
	program
		.command('plan')
		.description('show every step, its reason and the command that does the same; changes nothing')
		.argument('<file>', 'scenario file')
		.addOption(
			new Option('--as <form>', 'ip: a shell script; docker: docker commands; json: the steps as data').choices(['ip', 'docker', 'json']).default('ip'),
		)
		.option('--json', 'the same as --as json')
		.action(async (file: string, options: {readonly as: 'ip' | 'docker' | 'json'; readonly json?: boolean}) => {
			const {lab} = await readLab(file, io);
			print(io, renderPlan(planLab(lab).units, options.json === true ? 'json' : options.as));
		});
}
