// Servers of ours: one port, one server, in each host and each service.
import type {Serve} from '../../lab.ts';
import type {Path} from '../tree.ts';
import type {Context} from './context.ts';

export function checkServers(context: Context): void {
	for (const {name, serve} of context.lab.hosts) {
		checkPorts(serve, ['hosts', name, 'serve'], context);
	}

	for (const {name, serve} of context.lab.services) {
		checkPorts(serve, ['services', name, 'serve'], context);
	}
}

function checkPorts(serve: readonly Serve[], path: Path, {tree, report}: Context): void {
	const taken = new Set<string>();
	for (const [index, {kind, port}] of serve.entries()) {
		const key = `${port}/${kind === 'udp' ? 'udp' : 'tcp'}`;
		if (taken.has(key)) {
			report.error(tree.place(...path, index), `port ${key} is served twice here`);
		}

		taken.add(key);
	}
}
