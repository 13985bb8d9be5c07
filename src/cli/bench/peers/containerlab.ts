// containerlab: n linux nodes with a published port each, on Docker.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packageFile} from '../../../base/paths.ts';
import {docker} from './docker.ts';
import {timed, type Peer} from './peer.ts';

const firstPort = 22_000;

export const containerlab: Peer = {
	name: 'containerlab',
	makes: 'n nodes of kind linux on its management network, a published port each',
	async missing(shell) {
		return shell.has('containerlab') ? docker.missing(shell) : 'it is not installed';
	},
	async measure(shell, count) {
		const name = `vethlab-bench-${process.pid}`;
		const image = `${name}:clab`;
		const folder = mkdtempSync(join(tmpdir(), 'vethlab-clab-'));
		const file = join(folder, `${name}.clab.yml`);
		try {
			await shell.run('sh', ['-c', 'tar -C "$1" -cf - lab-web | docker import - "$2"', 'sh', packageFile('native/build'), image]);
			writeFileSync(file, topology(name, image, count));
			const upMs = await timed(async () => shell.run('containerlab', ['deploy', '--topo', file]));
			return {upMs, downMs: await timed(async () => shell.run('containerlab', ['destroy', '--topo', file, '--cleanup']))};
		} finally {
			await shell.cleanUp('containerlab', ['destroy', '--topo', file, '--cleanup']);
			await shell.cleanUp('docker', ['rmi', '--force', image]);
			rmSync(folder, {recursive: true, force: true});
		}
	},
};

/** The topology file. Pure. */
export function topology(name: string, image: string, count: number): string {
	const nodes = Array.from(
		{length: count},
		(_, index) => `    n${index + 1}: {kind: linux, image: "${image}", cmd: "/lab-web serve http:80", ports: ["127.0.0.1:${firstPort + index}:80"]}`,
	);
	return [`name: ${name}`, `mgmt: {network: ${name}, ipv4-subnet: 172.31.240.0/20}`, 'topology:', '  nodes:', ...nodes, ''].join('\n');
}
