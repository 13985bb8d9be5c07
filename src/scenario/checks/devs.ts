// devs: these interfaces and no others.
import type {Checker} from '../scene.ts';

export const devs: Checker<'devs'> = {
	title: (check) => `devs of ${check.in} are ${check.are.join(', ')}`,
	retries: () => true,
	async look(check, scene) {
		const {links} = await scene.call('net', {node: check.in});
		const got = links.map(({name}) => name).toSorted();
		return {ok: got.join(' ') === check.are.toSorted().join(' '), expected: check.are.join(' '), got: got.join(' ')};
	},
};
