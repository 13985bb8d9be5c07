// reach: a packet of the given kind gets there and an answer comes back, or fails in the stated way.
import type {Probe, ProbeResult} from '../../api/messages.ts';
import {addressOf, type Checker, type CheckOf} from '../scene.ts';

export const reach: Checker<'reach'> = {
	title: (check) => `reach ${check.from} -> ${check.to}${way(check)}${check.result === 'ok' ? '' : `: ${check.result}`}`,
	retries: (check) => check.result === 'ok',
	async look(check, scene) {
		const to = addressOf(check.to, scene.view);
		const result = await scene.call('probe', probe(check, to, scene.patienceMs));
		const ok = check.result === 'fail' ? result.result !== 'ok' : result.result === check.result;
		return {ok, expected: check.result, got: words(result), evidence: to === check.to ? [] : [`${check.to} is ${to}`]};
	},
};

function probe(check: CheckOf<'reach'>, to: string, timeoutMs: number): Probe {
	const {from, port, size, df} = check;
	if (check.protocol === 'icmp' || port === undefined) {
		return {kind: 'ping', from, to, count: 1, size, df, timeoutMs};
	}

	return {kind: check.protocol, from, to, port, send: undefined, sourcePort: undefined, timeoutMs};
}

function way(check: CheckOf<'reach'>): string {
	const size = check.size === undefined ? '' : ` with ${check.size} bytes`;
	return check.port === undefined ? size : ` ${check.protocol}/${check.port}${size}`;
}

export function words(result: ProbeResult): string {
	return result.said === undefined ? result.result : `${result.result} (${result.said})`;
}
