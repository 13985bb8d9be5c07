// Rules of a host as a Docker engine makes them, with counters of one moment; `later` is a second after it.
import type {ObservedRules} from '../../src/model/observed.ts';
import {factsOf} from '../drivers/facts.ts';

const builtIn = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const tables: Readonly<Record<string, readonly string[]>> = {
	raw: ['PREROUTING', 'OUTPUT'],
	nat: builtIn.filter((chain) => chain !== 'FORWARD'),
	filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** A situation of test/fixtures/docker. `packets`: how many the rule in a chain at a place has counted, 60 bytes each. */
export function sampleRules(situation: string, packets: Readonly<Record<string, number>> = {}): ObservedRules {
	const facts = factsOf('28', situation);
	const own = facts.chains.map((line) => line.split(' ')).filter(([, , chain]) => chain !== ':FORWARD');
	const chains = ([4, 6] as const).flatMap((family) =>
		Object.entries(tables).flatMap(([table, names]) => [
			...names.map((chain) => ({family, table, chain, policy: family === 4 && chain === 'FORWARD' ? 'DROP' : 'ACCEPT', packets: 0, bytes: 0})),
			...own
				.filter(([of, at]) => of === String(family) && at === table)
				.map(([, , chain = '']) => ({family, table, chain: chain.slice(1), policy: undefined, packets: 0, bytes: 0})),
		]),
	);
	const rules = [...facts.rules].flatMap(([key, texts]) => {
		const [family = '', table = '', chain = ''] = key.split(' ');
		return texts.map((text, index) => {
			const count = packets[`${key} ${index + 1}`] ?? 0;
			return {family: family === '6' ? (6 as const) : (4 as const), table, chain, number: index + 1, text, packets: count, bytes: count * 60};
		});
	});
	return {chains, rules};
}

/** Of host h1 of `bridgePublish()`: connections to its published port, and one packet that nothing lets in. */
function counts(connections: number, answers: number, others: number): Readonly<Record<string, number>> {
	const all = connections * 4 + answers + others;
	return {
		'4 nat PREROUTING 1': connections + 2,
		'4 nat DOCKER 2': connections,
		'4 filter FORWARD 1': all,
		'4 filter FORWARD 2': all,
		'4 filter DOCKER-FORWARD 1': all,
		'4 filter DOCKER-FORWARD 2': all - answers,
		'4 filter DOCKER-FORWARD 3': all - answers,
		'4 filter DOCKER-FORWARD 4': connections * 3,
		'4 filter DOCKER-CT 1': answers,
		'4 filter DOCKER-ISOLATION-STAGE-1 1': connections * 3,
		'4 filter DOCKER-BRIDGE 1': connections + others,
		'4 filter DOCKER 1': connections,
		'4 filter DOCKER 2': others,
	};
}

export const before = counts(38, 1052, 0);
export const later = counts(41, 1066, 1);
