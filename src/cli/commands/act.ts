// vethlab start, stop, restart, rm, publish: docker's words for containers that are in a lab.
import type {Command} from 'commander';
import type {Methods} from '../../api/messages.ts';
import {LabError} from '../../base/errors.ts';
import {type Io, print, printJson, withLab} from '../command.ts';

type LabAction = Methods['act']['params']['action'];

interface Options {
	readonly lab?: string;
	readonly json?: boolean;
}

const nowhere = {line: 0, column: 0};

const words = [
	{command: 'start', do: 'start', what: 'start containers that have stopped'},
	{command: 'stop', do: 'stop', what: 'stop containers: SIGTERM, after 10 s SIGKILL'},
	{command: 'restart', do: 'restart', what: 'stop and start containers'},
	{command: 'rm', do: 'remove', what: 'stop containers and forget them'},
] as const;

export function act(program: Command, io: Io): void {
	for (const word of words) {
		program
			.command(word.command)
			.description(word.what)
			.argument('<containers...>', 'names')
			.option('--lab <name>', 'which lab')
			.option('--json', 'print the names as JSON')
			.action(async (containers: readonly string[], options: Options) => {
				await withLab(io, options.lab, async (client) => {
					for (const service of containers) {
						// oxlint-disable-next-line no-await-in-loop -- in the order given
						await client.call('act', {action: {do: word.do, service, at: nowhere}});
						if (options.json !== true) {
							print(io, service);
						}
					}
				});
				if (options.json === true) {
					printJson(io, containers);
				}
			});
	}

	program
		.command('publish')
		.description('publish a port of a running container')
		.argument('<container>', 'name')
		.argument('<port>', 'as docker writes it: 8080:80, 127.0.0.1:8081:80, 53:53/udp, 80')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print the ports that it publishes now as JSON')
		.action(async (service: string, port: string, options: Options) => {
			const {parsePublish} = await import('../../model/parse/ports.ts');
			const publish = parsePublish(port, nowhere);
			if (publish === undefined) {
				throw new LabError('E_ARGUMENT', {
					doing: `publish ${port}`,
					said: `"${port}" is not a port mapping`,
					hint: 'write it like 8080:80, 127.0.0.1:8081:80 or 53:53/udp',
				});
			}

			const action: LabAction = {do: 'publish', service, publish, at: nowhere};
			const view = await withLab(io, options.lab, async (client) => {
				await client.call('act', {action});
				return client.call('view', {});
			});
			if (options.json === true) {
				printJson(
					io,
					view.hosts.flatMap(({containers}) => containers.filter(({name}) => name === service).flatMap(({published}) => published)),
				);
			} else {
				print(io, service);
			}
		});
}
