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
				let shown = -1;
				const show = (lines: readonly LogLine[]) => {
					for (const line of lines.filter((one) => one.node === node && one.number > shown)) {
						io[line.stream].write(`${line.text}\n`);
						shown = line.number;
					}
				};
				// what is printed while the past is fetched comes after it
				const early: LogLine[] = [];
				let hear = (lines: readonly LogLine[]) => {
					early.push(...lines);
				};
				client.onEvent((event) => {
					if (event.event === 'logs') {
						hear(event.lines);
					}
				});
				const isFollowed = options.follow === true && options.json !== true;
				const subscribed = isFollowed ? client.call('subscribe', {topics: ['logs']}) : undefined;
				const [past] = await Promise.all([client.call('logs', {node}), subscribed]);
				if (options.json === true) {
					printJson(io, past);
					return;
				}

				show(past);
				show(early);
				hear = show;
				if (isFollowed) {
					await client.closed;
				}
			});
		});
}
