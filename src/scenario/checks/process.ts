// process: so many processes of this name run on a host.
import {countText, holds} from '../count.ts';
import type {Checker} from '../scene.ts';

export const processes: Checker<'process'> = {
	title: (check) => `process ${check.name} on ${check.host}: ${countText(check.count)}`,
	retries: (check) => check.count.value > 0,
	async look(check, scene) {
		const all = await scene.call('processes', {host: check.host});
		const found = all.filter(({name}) => name === check.name);
		return {
			ok: holds(check.count, found.length),
			expected: countText(check.count),
			got: String(found.length),
			evidence: all.map(({pid, args, name}) => `${pid} ${args.join(' ') || name}`),
		};
	},
};
