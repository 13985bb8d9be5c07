// The first thing that a newcomer does: one command that makes two machines, pings from each to the other, and takes all of it away again.
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {sampleOf} from './statistics.ts';
import {runVethlab} from './up.ts';

const atMostMs = 500;

export async function measureFirstLab(io: Io, rounds: number): Promise<readonly Figure[]> {
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
		const {wallMs} = await runVethlab(io, ['test', packageFile('scenarios/two-hosts.veth.yaml')]);
		times.push(wallMs);
	}

	return [{what: 'first lab, two hosts that ping each other: the whole command', unit: 'ms', ours: sampleOf(times), goal: {atMost: atMostMs, of: 'ours'}}];
}
