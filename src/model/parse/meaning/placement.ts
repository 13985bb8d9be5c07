// Which host a service runs on.
import type {Context} from './context.ts';

export function checkPlacement({lab, tree, services, report}: Context): void {
	const engines = lab.hosts.filter(({docker}) => docker !== undefined).map(({name}) => name);
	for (const {name, host, attach} of lab.services) {
		const owner = attach.mode === 'container' ? services.get(attach.of) : undefined;
		if (owner !== undefined && owner.host !== '' && owner.host !== host) {
			report.error(
				tree.place('services', name, 'host'),
				`it runs on "${host}", but shares the network stack of "${owner.name}" on "${owner.host}"`,
				`write "host: ${owner.host}", or leave it out`,
			);
		}

		if (host !== '' || attach.mode === 'container') {
			continue;
		}

		if (engines.length === 0) {
			report.error(tree.key('services', name), 'there is no host with a Docker engine for it to run on', 'remove "docker: false" from one of the hosts');
		} else {
			report.error(
				tree.key('services', name),
				`which host does it run on? There are ${engines.length} (${engines.join(', ')})`,
				`add "host: ${engines[0]}"`,
			);
		}
	}
}
