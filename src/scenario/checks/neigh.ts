// neigh: a node knows which MAC an address has. `in` may be the VXLAN of a host (h1:vxlan4097), which answers for containers elsewhere.
import type {ObservedNeighbour} from '../../model/observed.ts';
import {countText, holds} from '../count.ts';
import type {Checker} from '../scene.ts';

export const neigh: Checker<'neigh'> = {
	title: (check) =>
		[
			`neigh in ${check.in}`,
			check.ip,
			check.mac === undefined ? undefined : `is ${check.mac}`,
			check.state,
			check.count.is === '>=' && check.count.value === 1 ? undefined : `${countText(check.count)} times`,
		]
			.filter((part) => part !== undefined)
			.join(' '),
	retries: (check) => holds(check.count, 1) && !holds(check.count, 0),
	async look(check, scene) {
		const {neighbours} = await scene.call('net', {node: check.in});
		const known = neighbours.filter(
			({address, mac, state}) =>
				address === check.ip && (check.mac === undefined || mac === check.mac) && (check.state === undefined || state === check.state),
		);
		return {
			ok: holds(check.count, known.length),
			expected: `${countText(check.count)} such neighbours`,
			got: String(known.length),
			evidence: neighbours.map((one) => line(one)),
		};
	},
};

function line({address, dev, mac, state}: ObservedNeighbour): string {
	return `${address} dev ${dev}${mac === undefined ? '' : ` lladdr ${mac}`} ${state}`;
}
