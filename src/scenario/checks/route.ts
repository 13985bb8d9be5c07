// route: the main table of a node's network stack has this route.
import type {ObservedRoute} from '../../model/observed.ts';
import type {Checker, CheckOf} from '../scene.ts';

export const route: Checker<'route'> = {
	title: (check) =>
		[
			'route',
			'in',
			check.in,
			'to',
			check.to,
			check.via === undefined ? undefined : `via ${check.via}`,
			check.dev === undefined ? undefined : `dev ${check.dev}`,
			check.exists ? undefined : 'does not exist',
		]
			.filter((part) => part !== undefined)
			.join(' '),
	retries: (check) => check.exists,
	async look(check, scene) {
		const {routes} = await scene.call('net', {node: check.in});
		const isThere = routes.some((one) => isMeant(one, check));
		return {
			ok: isThere === check.exists,
			expected: check.exists ? 'the route' : 'no such route',
			got: isThere ? 'the route' : 'no such route',
			// what the kernel adds for link-local addresses on every interface tells nothing
			evidence: routes.filter(({to}) => to !== 'fe80::/64').map((one) => line(one)),
		};
	},
};

function isMeant(one: ObservedRoute, check: CheckOf<'route'>): boolean {
	const isVia = check.via === undefined || (check.via === 'none' ? one.via === undefined : one.via === check.via);
	return one.to === check.to && isVia && (check.dev === undefined || one.dev === check.dev);
}

function line(one: ObservedRoute): string {
	return [
		one.to,
		one.via === undefined ? undefined : `via ${one.via}`,
		one.dev === undefined ? undefined : `dev ${one.dev}`,
		one.source === undefined ? undefined : `src ${one.source}`,
	]
		.filter((part) => part !== undefined)
		.join(' ');
}
