// vethlab logs NODE: what a container's processes printed.
import type {Command} from 'commander';
import type {LogLine} from '../../api/messages.ts';
import {type Io, printJson, withLab} from '../command.ts';

export function logs(program: Command, io: Io): void {
	program
		.command('logs')
		.description('what a container printed')
		.argument('<container>', 'name')
		.option('-f, --follow', 'go on until interrupted')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print lines as JSON')
		.action(async (node: string, options: {readonly follow?: boolean; readonly lab?: string; readonly json?: boolean}) => {
			await withLab(io, options.lab, async (client) => {
				const show = (lines: readonly LogLine[]) => {
					for (const line of lines.filter((one) => one.node === node)) {
						io[line.stream].write(`${line.text}\n`);
					}
				};
				const past = await client.call('logs', {node});
				if (options.json === true) {
					printJson(io, past);
					return;
				}

				show(past);
				if (options.follow === true) {
					client.onEvent((event) => {
						if (event.event === 'logs') {
							show(event.lines);
						}
					});
					await client.call('subscribe', {topics: ['logs']});
					await client.closed;
				}
			});
		});
}
