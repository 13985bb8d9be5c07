// listen: somebody waits for connections on this port, and who it is.
import type {Checker} from '../scene.ts';

export const listen: Checker<'listen'> = {
	title: (check) => `listen ${check.in} ${check.protocol}/${check.port}${check.by === undefined ? '' : ` by ${check.by}`}${check.exists ? '' : ': nobody'}`,
	retries: (check) => check.exists,
	async look(check, scene) {
		const all = await scene.call('listeners', {node: check.in});
		const found = all.filter(
			({protocol, port, process}) => protocol === check.protocol && port === check.port && (check.by === undefined || kindOf(process) === check.by),
		);
		const evidence = all.map(({protocol, address, port, process}) => `${protocol} ${address}:${port} ${process ?? 'no process'}`);
		return {ok: found.length > 0 === check.exists, expected: check.exists ? 'a listener' : 'no listener', got: `${found.length} listeners`, evidence};
	},
};

function kindOf(process: string | undefined): 'docker-proxy' | 'app' | 'kernel' {
	if (process === undefined) {
		return 'kernel';
	}

	return process === 'docker-proxy' ? 'docker-proxy' : 'app';
}
