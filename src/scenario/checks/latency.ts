// latency: how much longer one way takes than another. Both are measured in turns, so that what else the machine does is in both; of each the median counts.
import type {Probe, ProbeResult} from '../../api/messages.ts';
import type {Way} from '../../model/lab.ts';
import {countText, holds} from '../count.ts';
import {addressOf, type Checker, type Scene} from '../scene.ts';
import {words} from './reach.ts';

/** So often each way is measured. */
const rounds = 15;
/** A round's time is that of the fastest of so many exchanges. */
const exchanges = 5;

export const latency: Checker<'latency'> = {
	title: (check) => `latency ${wayText(check.of)} against ${wayText(check.against)}: ${countText(check.ratio)}`,
	retries: () => false,
	async look(check, scene) {
		const expected = `${countText(check.ratio)} times as long`;
		const [of, against]: [number[], number[]] = [[], []];
		for (let round = 0; round < rounds; round++) {
			for (const [way, times] of [
				[check.of, of],
				[check.against, against],
			] as const) {
				// oxlint-disable-next-line no-await-in-loop -- in turns
				const result = await tried(way, scene);
				if (result.result !== 'ok' || result.micros === undefined) {
					return {ok: false, expected, got: `${wayText(way)} ended with ${words(result)}`};
				}

				times.push(Math.max(1, result.micros));
			}
		}

		const ratio = median(of) / median(against);
		return {
			ok: holds(check.ratio, ratio),
			expected,
			got: `${ratio.toFixed(2)} times as long`,
			evidence: [spread(check.of, of), spread(check.against, against)],
		};
	},
};

async function tried({from, to}: Way, {call, view, patienceMs}: Scene): Promise<ProbeResult> {
	const both = {from, timeoutMs: patienceMs, count: exchanges};
	const probe: Probe = to.startsWith('http://')
		? {kind: 'http', url: to, ...both}
		: {kind: 'ping', to: addressOf(to, view), size: undefined, df: false, ...both};
	return call('probe', probe);
}

function wayText({from, to}: Way): string {
	return `${from} -> ${to}`;
}

function median(numbers: readonly number[]): number {
	return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function spread(way: Way, micros: readonly number[]): string {
	return `${wayText(way)}: median ${median(micros)} us of ${micros.length}, from ${Math.min(...micros)} to ${Math.max(...micros)}`;
}
