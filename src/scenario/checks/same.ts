// same, differ: which parts of the machine two nodes share. Namespaces by inode, the hosts file by inode, addresses and MACs by value.
import type {CheckOf, Checker, Scene, Seen} from '../scene.ts';
import {valuesOf} from './unique.ts';

type Both = CheckOf<'same' | 'differ'>;

export const same: Checker<'same'> = {
	title: (check) => `same ${check.what} of ${check.of.join(', ')}`,
	retries: () => false,
	look: async (check, scene) => compare(check, scene),
};

export const differ: Checker<'differ'> = {
	title: (check) => `differ in ${check.what}: ${check.of.join(', ')}`,
	retries: () => false,
	look: async (check, scene) => compare(check, scene),
};

async function compare(check: Both, scene: Scene): Promise<Seen> {
	const values = await Promise.all(check.of.map(async (node) => identity(check.what, node, scene)));
	const count = new Set(values).size;
	const ok = check.check === 'same' ? count === 1 : count === values.length;
	return {
		ok,
		expected: check.check === 'same' ? 'one and the same' : 'all different',
		got: check.of.map((node, index) => `${node} ${values[index]}`).join(', '),
	};
}

async function identity(what: Both['what'], node: string, scene: Scene): Promise<string> {
	if (what === 'ip' || what === 'mac') {
		return valuesOf(what, await scene.call('net', {node}))
			.toSorted()
			.join(' ');
	}

	const namespaces = await scene.call('namespaces', {node});
	const {net, mnt, pid, ipc, uts, hostsFile} = namespaces;
	return {netns: net, mntns: mnt, pidns: pid, ipcns: ipc, utsns: uts, 'hosts-file': hostsFile}[what];
}
