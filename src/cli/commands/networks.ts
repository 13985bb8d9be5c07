// vethlab networks, connect, disconnect, network rm: the user-defined networks of a lab, and who is on them.
import type {Command} from 'commander';
import type {View} from '../../api/messages.ts';
import {type Io, print, printJson, withLab} from '../command.ts';
import {table} from '../table.ts';

interface Options {
	readonly lab?: string;
	readonly json?: boolean;
}

const verbs = [
	{word: 'connect', what: 'put a running container on a network'},
	{word: 'disconnect', what: 'take a running container off a network'},
] as const;

export function networks(program: Command, io: Io): void {
	program
		.command('networks')
		.description('the user-defined networks of a lab')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print them as JSON')
		.action(async (options: Options) => {
			const view = await withLab(io, options.lab, async (client) => client.call('view', {}));
			if (options.json === true) {
				printJson(io, view.networks);
			} else {
				print(io, table([['NAME', 'DRIVER', 'HOST', 'SUBNET', 'GATEWAY', 'BRIDGE', 'CONTAINERS'], ...rows(view)]));
			}
		});
	for (const {word, what} of verbs) {
		program
			.command(word)
			.description(what)
			.argument('<network>', 'its name in the file')
			.argument('<container>', 'name')
			.option('--lab <name>', 'which lab')
			.option('--json', 'print the interfaces that the container has now as JSON')
			.action(async (network: string, service: string, options: Options) => {
				const view = await withLab(io, options.lab, async (client) => {
					await client.call('act', {action: {do: word, service, network, at: {line: 0, column: 0}}});
					return client.call('view', {});
				});
				if (options.json === true) {
					printJson(
						io,
						view.hosts.flatMap(({containers}) => containers.filter(({name}) => name === service).flatMap(({interfaces}) => interfaces)),
					);
				} else {
					print(io, service);
				}
			});
	}

	program
		.command('network')
		.description('as `docker network`')
		.command('rm')
		.description('remove networks that no running container is on')
		.argument('<networks...>', 'their names in the file')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print the names as JSON')
		.action(async (names: readonly string[], options: Options) => {
			await withLab(io, options.lab, async (client) => {
				for (const network of names) {
					// oxlint-disable-next-line no-await-in-loop -- in the order given
					await client.call('act', {action: {do: 'remove_network', network, at: {line: 0, column: 0}}});
					if (options.json !== true) {
						print(io, network);
					}
				}
			});
			if (options.json === true) {
				printJson(io, names);
			}
		});
}

function rows(view: View): readonly (readonly string[])[] {
	const containers = view.hosts.flatMap((host) => host.containers);
	return view.networks.map(({name, driver, hosts, subnet, gateway, v6, bridge, parent, vni, internal}) => [
		name,
		internal ? `${driver}, internal` : driver,
		hosts.join(' '),
		[subnet, v6?.subnet].filter((one) => one !== undefined).join(' '),
		[gateway, v6?.gateway].filter((one) => one !== undefined).join(' '),
		bridge ?? parent ?? (vni === undefined ? '-' : `vxlan${vni}`),
		containers
			.filter(({interfaces}) => interfaces.some((one) => one.network === name))
			.map((container) => container.name)
			.join(' ') || '-',
	]);
}
