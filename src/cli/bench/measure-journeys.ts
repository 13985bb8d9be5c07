// What a packet costs with everything on, in this process alone: for each place where it is seen it is taken into the store, decoded into a line, and joined to
// where it was seen before; and when it is over, it is told where it has come to, as the folded list of packets and `vethlab capture --journeys` do.
import {summarize} from '../../watch/decode/index.ts';
import {endOf} from '../../watch/journey/ends.ts';
import {Journeys} from '../../watch/journey/journeys.ts';
import {remarksOf} from '../../watch/journey/text.ts';
import {PacketStore} from '../../watch/store/store.ts';
import {JourneyLines} from '../capture-journeys.ts';
import type {Figure} from './figure.ts';
import type {Heard} from './journey-capture.ts';
import {journeyTraffic} from './journey-traffic.ts';
import {wiring} from './journey-wiring.ts';
import {cpuUs, packetUs, warmUps} from './measure-packets.ts';
import {sampleOf, type Sample} from './statistics.ts';

/** Sightings of a round: ten seconds of them. */
const sightings = 100_000;
/** How often it is looked which journeys are over, in nanoseconds of the packets' time. */
const takeEvery = 5e7;

/** What is told of a packet when it is over. */
type Tell = (journeys: Journeys) => (journey: ReturnType<Journeys['take']>[number]) => unknown;

/** As the list does: of one that has come where it was going there is no more to say. */
const inList: Tell = (journeys) => (journey) => {
	const ending = endOf(journey, journeys);
	return ending.is === 'reached' && journey.links.length === 0 ? [] : remarksOf(journey, journeys, {ending});
};
const inLines: Tell = (journeys) => {
	const lines = new JourneyLines(journeys);
	return (journey) => lines.line(journey);
};

export function measureJourneys(rounds: number): readonly Figure[] {
	const heard = journeyTraffic(sightings);
	const count = heard.filter(({is}) => is === 'packet').length;
	const store = new PacketStore();
	const costOf = (work: () => void): number => {
		const before = cpuUs();
		work();
		return (cpuUs() - before) / count;
	};
	const measured = Array.from({length: warmUps + rounds}, () => {
		const taken = costOf(() => takeAndDecode(heard, store));
		const joined = costOf(() => join(heard, inList));
		return {all: taken + joined, joined, printed: costOf(() => join(heard, inLines))};
	});
	const costs = measured.slice(warmUps);
	const sample = (of: (cost: (typeof costs)[number]) => number): Sample => sampleOf(costs.map((cost) => of(cost)));
	const packet = 'a packet at one place';
	return [
		{
			what: `${packet}: taken into the store, decoded into a line, and joined to its journey: CPU`,
			unit: 'us',
			ours: sample(({all}) => all),
			goal: {atMost: packetUs, of: 'ours'},
		},
		{
			what: `${packet}: the same in the first ten seconds, in which V8 compiles: CPU`,
			unit: 'us',
			ours: sampleOf(measured.slice(0, 1).map((cost) => cost.all)),
		},
		{what: `${packet}: joined to its journey: CPU`, unit: 'us', ours: sample(({joined}) => joined)},
		{what: `${packet}: of all that, to be joined`, unit: '%', ours: sample(({all, joined}) => (joined / all) * 100)},
		{what: `${packet}: joined to its journey, and that printed: CPU`, unit: 'us', ours: sample(({printed}) => printed)},
	];
}

function takeAndDecode(heard: readonly Heard[], store: PacketStore): void {
	for (const one of heard) {
		if (one.is === 'packet') {
			const {bytes, wireBytes} = one.packet;
			store.append(one.packet);
			summarize({bytes, wireBytes, linkType: 1});
		}
	}
}

function join(heard: readonly Heard[], tell: Tell): void {
	const journeys = new Journeys();
	journeys.learn(wiring, () => true);
	const tellOf = tell(journeys);
	let [now, next] = [0, 0];
	for (const one of heard) {
		if (one.is === 'flows') {
			journeys.learnFlows(one.news);
			continue;
		}

		const {point, direction = 'in', seconds, nanoseconds, bytes, wireBytes} = one.packet;
		now = Math.max(now, journeys.see({at: point.name, direction, seconds, nanoseconds, bytes, wireBytes}).at);
		if (now > next) {
			next = now + takeEvery;
			journeys.take(now).forEach(tellOf);
		}
	}

	journeys.take(Number.POSITIVE_INFINITY).forEach(tellOf);
}
