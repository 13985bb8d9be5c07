// unique: no two of these nodes have an address, or a MAC, in common.
import type {ObservedNet} from '../../model/observed.ts';
import type {Checker} from '../scene.ts';

export const unique: Checker<'unique'> = {
	title: (check) => `unique ${check.what} of ${check.of.join(', ')}`,
	retries: () => true,
	async look(check, scene) {
		const owners = new Map<string, string[]>();
		const nets = await Promise.all(check.of.map(async (node) => ({node, net: await scene.call('net', {node})})));
		for (const {node, net} of nets) {
			for (const value of valuesOf(check.what, net)) {
				owners.set(value, [...(owners.get(value) ?? []), node]);
			}
		}

		const shared = [...owners].filter(([, nodes]) => nodes.length > 1).map(([value, nodes]) => `${value}: ${nodes.join(', ')}`);
		return {
			ok: shared.length === 0,
			expected: 'all different',
			got: shared.length === 0 ? 'all different' : shared.join('; '),
			evidence: [...owners].map(([value, nodes]) => `${value}  ${nodes.join(', ')}`),
		};
	},
};

/** Addresses that are not of one link alone, or MACs, of all interfaces but lo. */
export function valuesOf(what: 'ip' | 'mac', net: ObservedNet): readonly string[] {
	if (what === 'mac') {
		return net.links.filter(({name}) => name !== 'lo').map(({mac}) => mac);
	}

	return net.addresses.filter(({dev, family, scope}) => dev !== 'lo' && (family === 4 || scope === 'global')).map(({address}) => address.split('/')[0] ?? '');
}
