// vethlab ports: what is published where, and which docker-proxy serves it.
import type {Command} from 'commander';
import {LabError} from '../../base/errors.ts';
import {type Io, print, printJson, withLab} from '../command.ts';
import {table} from '../table.ts';

export function ports(program: Command, io: Io): void {
	program
		.command('ports')
		.description('what is published where')
		.argument('[host]', 'only this host')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print them as JSON')
		.action(async (host: string | undefined, options: {readonly lab?: string; readonly json?: boolean}) => {
			const view = await withLab(io, options.lab, async (client) => client.call('view', {}));
			if (host !== undefined && !view.hosts.some(({name}) => name === host)) {
				throw new LabError('E_NAME_UNKNOWN', {
					doing: `look for host ${host}`,
					said: `hosts of ${view.lab}: ${view.hosts.map(({name}) => name).join(', ')}`,
				});
			}

			const all = view.hosts
				.filter(({name}) => host === undefined || name === host)
				.flatMap((one) =>
					one.containers.flatMap((container) => container.published.map((published) => ({host: one.name, container: container.name, ...published}))),
				);
			if (options.json === true) {
				printJson(io, all);
			} else {
				print(
					io,
					table([
						['HOST', 'ADDRESS', 'PORT', 'CONTAINER', 'TO', 'DOCKER-PROXY'],
						...all.map((one) => [
							one.host,
							one.hostAddress,
							`${one.hostPort}/${one.protocol}`,
							one.container,
							`${one.port}/${one.protocol}`,
							one.proxyPid === undefined ? '-' : `pid ${one.proxyPid}`,
						]),
					]),
				);
			}
		});
}
