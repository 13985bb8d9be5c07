// conntrack: the host's connection table holds an entry like this.
import type {FlowEnds} from '../../model/lab.ts';
import type {FlowTuple, ObservedFlow} from '../../model/observed.ts';
import {countText, holds} from '../count.ts';
import type {Checker, CheckOf} from '../scene.ts';

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
		const flows = await scene.call('flows', {host: check.host});
		const found = flows.filter((flow) => isMeant(flow, check));
		return {
			ok: holds(wanted, found.length),
			expected: `entries ${countText(wanted)}`,
			got: `${found.length} of ${flows.length} entries`,
			evidence: flows.map((flow) => line(flow)),
		};
	},
};

function isMeant(flow: ObservedFlow, check: CheckOf<'conntrack'>): boolean {
	const isProtocol = check.protocol === undefined || flow.protocol === check.protocol;
	return isProtocol && (check.nat === undefined || flow.nat === check.nat) && matches(flow.orig, check.orig) && matches(flow.reply, check.reply);
}

function matches(tuple: FlowTuple, ends: FlowEnds): boolean {
	return (
		(ends.src ?? tuple.src) === tuple.src &&
		(ends.dst ?? tuple.dst) === tuple.dst &&
		(ends.sport ?? tuple.sport) === tuple.sport &&
		(ends.dport ?? tuple.dport) === tuple.dport
	);
}

function endsText(name: string, {src, dst, sport, dport}: FlowEnds): string {
	const from = [src, sport].filter((part) => part !== undefined).join(':');
	const to = [dst, dport].filter((part) => part !== undefined).join(':');
	return from === '' && to === '' ? '' : `${name} ${from || '*'} -> ${to || '*'}`;
}

function line(flow: ObservedFlow): string {
	const tuple = ({src, dst, sport, dport}: FlowTuple) => `${src}:${sport ?? ''} -> ${dst}:${dport ?? ''}`;
	return `${flow.protocol} ${flow.state ?? ''} ${tuple(flow.orig)}   reply ${tuple(flow.reply)}   nat ${flow.nat}`;
}
