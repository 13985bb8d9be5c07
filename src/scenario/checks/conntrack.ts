// conntrack: the host's connection table holds an entry like this.
import {isMeant} from '../../model/connections/match.ts';
import {destinationText, protocolText, sourceText, stateText} from '../../model/connections/words.ts';
import type {FlowEnds} from '../../model/lab.ts';
import type {FlowTuple, ObservedFlow} from '../../model/observed.ts';
import {countText, holds} from '../count.ts';
import type {Checker} from '../scene.ts';

export const conntrack: Checker<'conntrack'> = {
	title: (check) =>
		[
			'conntrack',
			check.host,
			check.protocol,
			endsText('orig', check.orig),
			endsText('reply', check.reply),
			check.nat === undefined ? undefined : `nat ${check.nat}`,
		]
			.filter(Boolean)
			.join(' '),
	retries: (check) => check.count === undefined || holds(check.count, 1),
	async look(check, scene) {
		const wanted = check.count ?? {is: '>=', value: 1};
		const [table] = await scene.call('flows', {nodes: [check.host]});
		const flows = table?.flows ?? [];
		const found = flows.filter((flow) => isMeant(flow, check));
		return {
			ok: holds(wanted, found.length),
			expected: `entries ${countText(wanted)}`,
			got: `${found.length} of ${flows.length} entries`,
			evidence: flows.map((flow) => line(flow)),
		};
	},
};

function endsText(name: string, {src, dst, sport, dport}: FlowEnds): string {
	const from = [src, sport].filter((part) => part !== undefined).join(':');
	const to = [dst, dport].filter((part) => part !== undefined).join(':');
	return from === '' && to === '' ? '' : `${name} ${from || '*'} -> ${to || '*'}`;
}

function line(flow: ObservedFlow): string {
	const way = (tuple: FlowTuple) => `${sourceText(tuple)} -> ${destinationText(tuple)}`;
	return `${protocolText(flow.protocol)} ${stateText(flow)} ${way(flow.orig)}   reply ${way(flow.reply)}   nat ${flow.nat}`;
}
