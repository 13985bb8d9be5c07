// latency: how much longer one way takes than another. Both are measured in turns, so that what else the machine does is in both. What disturbs a round only
// makes it longer, and on a busy machine it may disturb most of one way's: so of each way the lower quartile counts, and not the median.
import type {Probe, ProbeResult} from '../../api/messages.ts';
import type {Way} from '../../model/lab.ts';
import {countText, holds} from '../count.ts';
import {addressOf, type Checker, type Scene} from '../scene.ts';
import {words} from './reach.ts';

/** So often each way is measured; what does not hold by then is measured on, and judged by all rounds together. */
const rounds = 15;
const mostRounds = 60;
/** A round's time is that of the fastest of so many exchanges. */
const exchanges = 5;

export const latency: Checker<'latency'> = {
	title: (check) => `latency ${wayText(check.of)} against ${wayText(check.against)}: ${countText(check.ratio)}`,
	retries: () => false,
	async look(check, scene) {
		const expected = `${countText(check.ratio)} times as long`;
		const times: Record<'of' | 'against', number[]> = {of: [], against: []};
		const ratio = (): number => lowerQuartile(times.of) / lowerQuartile(times.against);
		for (let round = 1; round <= mostRounds; round++) {
			for (const side of ['of', 'against'] as const) {
				// oxlint-disable-next-line no-await-in-loop -- in turns
				const result = await tried(check[side], scene);
				if (result.result !== 'ok' || result.micros === undefined) {
					return {ok: false, expected, got: `${wayText(check[side])} ended with ${words(result)}`};
				}

				times[side].push(Math.max(1, result.micros));
			}

			if (round === rounds && holds(check.ratio, ratio())) {
				break;
			}
		}

		return {
			ok: holds(check.ratio, ratio()),
			expected,
			got: `${ratio().toFixed(2)} times as long`,
			evidence: [spread(check.of, times.of), spread(check.against, times.against)],
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

function lowerQuartile(numbers: readonly number[]): number {
	return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 4)] ?? 0;
}

function spread(way: Way, micros: readonly number[]): string {
	return `${wayText(way)}: a quarter of ${micros.length} within ${lowerQuartile(micros)} us, all from ${Math.min(...micros)} to ${Math.max(...micros)}`;
}
