// vethlab ps: the containers of a lab, as `docker ps` shows them.
import type {Command} from 'commander';
import type {ContainerView, PublishedView, View} from '../../api/messages.ts';
import {type Io, print, printJson, withLab} from '../command.ts';
import {table} from '../table.ts';

export function ps(program: Command, io: Io): void {
	program
		.command('ps')
		.description('the containers of a lab')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print them as JSON')
		.action(async (options: {readonly lab?: string; readonly json?: boolean}) => {
			const view = await withLab(io, options.lab, async (client) => client.call('view', {}));
			if (options.json === true) {
				printJson(
					io,
					view.hosts.flatMap((host) => host.containers.map((container) => ({host: host.name, ...container}))),
				);
			} else {
				print(io, table([['NAME', 'HOST', 'NETWORK', 'STATUS', 'ADDRESS', 'PORTS'], ...rows(view)]));
			}
		});
}

function rows(view: View): readonly (readonly string[])[] {
	return view.hosts.flatMap((host) =>
		host.containers.map((container) => [
			container.name,
			host.name,
			modeOf(container),
			statusOf(container),
			container.interfaces.map(({address, address6}) => [address, address6].filter((one) => one !== undefined).join(' ') || '-').join(' ') || '-',
			portsOf(container.published),
		]),
	);
}

/** For user-defined networks their names: what `docker ps` would show as NETWORKS. */
function modeOf({mode, sharesWith, interfaces}: ContainerView): string {
	if (mode === 'networks') {
		return interfaces.map(({network}) => network).join(',') || mode;
	}

	return sharesWith === undefined ? mode : `container:${sharesWith}`;
}

function statusOf({state, exitCode, pid}: ContainerView): string {
	return state === 'running' ? `running (pid ${pid ?? '?'})` : `${state}${exitCode === undefined ? '' : ` (${exitCode})`}`;
}

/** As `docker ps` prints them: "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp". */
export function portsOf(published: readonly PublishedView[]): string {
	return published
		.map(({hostAddress, hostPort, port, protocol}) => `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}->${port}/${protocol}`)
		.join(', ');
}
