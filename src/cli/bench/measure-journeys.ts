// What a packet costs with everything on, in this process alone, as it comes from a capture: in pieces of pcapng. For each place where it is seen it is read,
// taken into the store, decoded into a line, and joined to where it was seen before; and when it is over, it is told where it has come to, as the folded list
// of packets and `vethlab capture --journeys` do.
import {Buffer} from 'node:buffer';
import type {FlowNews} from '../../model/connections/news.ts';
import {summarize} from '../../watch/decode/index.ts';
import {CaptureReader, PcapngWriter, type Arrival} from '../../watch/files/index.ts';
import {endOf} from '../../watch/journey/ends.ts';
import {Journeys} from '../../watch/journey/journeys.ts';
import {remarksOf} from '../../watch/journey/text.ts';
import {PacketStore} from '../../watch/store/store.ts';
import {JourneyLines} from '../capture-journeys.ts';
import type {Figure} from './figure.ts';
import {journeyTraffic} from './journey-traffic.ts';
import {wiring} from './journey-wiring.ts';
import {cpuUs, packetUs, warmUps} from './measure-packets.ts';
import {sampleOf, type Sample} from './statistics.ts';

/** Sightings of a round: ten seconds of them. */
const sightings = 100_000;
/** Those of 20 ms, after which a capture hands over what there is. */
const inPiece = 200;
/** How often it is looked which journeys are over, in nanoseconds of the packets' time. */
const takeEvery = 5e7;

/** What a lab's engine sends in a moment: what hosts tell of their connections, and then the packets. */
interface Sent {
	readonly news: readonly FlowNews[];
	readonly piece: Buffer;
}

/** Does what else is done with a packet, and numbers it. */
type Take = (arrival: Arrival) => number;

/** What is told of a packet when it is over. */
type Tell = (journeys: Journeys) => (journey: ReturnType<Journeys['take']>[number]) => unknown;

/** As the list does: of one that has come where it was going there is no more to say. */
const inList: Tell = (journeys) => (journey) =>
	journey.hasArrived && journey.links.length === 0 ? [] : remarksOf(journey, journeys, {ending: endOf(journey, journeys)});
const inLines: Tell = (journeys) => {
	const lines = new JourneyLines(journeys);
	return (journey) => lines.line(journey);
};

export function measureJourneys(rounds: number): readonly Figure[] {
	const {sent, count} = captured();
	const store = new PacketStore();
	// one after the other, as no process does more than one of these: what V8 learns in one of them it would have to take back in another
	const costs = (work: () => void): readonly number[] =>
		Array.from({length: warmUps + rounds}, () => {
			const before = cpuUs();
			work();
			return (cpuUs() - before) / count;
		});
	const all = costs(() => {
		const take: Take = (arrival) => {
			const number = store.take(arrival);
			store.summary(number);
			return number;
		};
		follow(sent, inStore(store), {take, tell: inList});
	});
	const shown = costs(() => {
		follow(sent, inStore(store), {take: (arrival) => store.take(arrival), tell: inList});
	});
	const printed = costs(() => {
		follow(sent, new Journeys(), {take: () => 0, tell: inLines});
	});
	const warm = (each: readonly number[]): Sample => sampleOf(each.slice(warmUps));
	const packet = 'a packet at one place, as it comes';
	return [
		{
			what: `${packet}: taken into the store, decoded into a line, and joined to its journey: CPU`,
			unit: 'us',
			ours: warm(all),
			goal: {atMost: packetUs, of: 'ours'},
		},
		{
			what: `${packet}: the same in the first ten seconds, in which V8 compiles: CPU`,
			unit: 'us',
			ours: sampleOf(all.slice(0, 1)),
		},
		{what: `${packet}: without the line, as the packets screen has it: CPU`, unit: 'us', ours: warm(shown)},
		{what: `${packet}: joined to its journey, and that printed, as capture --journeys does: CPU`, unit: 'us', ours: warm(printed)},
	];
}

/** The traffic as an engine sends it, and how many sightings are in it. */
function captured(): {readonly sent: readonly Sent[]; readonly count: number} {
	const writer = new PcapngWriter();
	const sent: Sent[] = [];
	let blocks = [writer.begin()];
	let news: FlowNews[] = [];
	let [count, end] = [0, inPiece];
	const send = (): void => {
		sent.push({news, piece: Buffer.concat(blocks)});
		[blocks, news, end] = [[], [], count + inPiece];
	};
	for (const one of journeyTraffic(sightings)) {
		if (one.is === 'flows') {
			news.push(one.news);
			continue;
		}

		blocks.push(...writer.packet(one.packet));
		count++;
		if (count === end) {
			send();
		}
	}

	send();
	return {sent, count};
}

/** As the packets screen has them: what a packet says is asked of the store. */
function inStore(store: PacketStore): Journeys {
	return new Journeys({}, (number) => store.summary(number) ?? summarize({bytes: Buffer.alloc(0), wireBytes: 0, linkType: 1}));
}

/** Reads what was sent, and joins it. */
function follow(sent: readonly Sent[], journeys: Journeys, {take, tell}: {readonly take: Take; readonly tell: Tell}): void {
	const reader = new CaptureReader('the capture');
	journeys.learn(wiring, () => true);
	const tellOf = tell(journeys);
	let [now, next] = [0, 0];
	for (const {news, piece} of sent) {
		for (const one of news) {
			journeys.learnFlows(one);
		}

		// it comes by a socket
		reader.push(Buffer.from(piece));
		for (let arrival = reader.next(); arrival !== undefined; arrival = reader.next()) {
			const place = journeys.places.at(arrival.point.name, arrival.direction ?? 'in');
			now = Math.max(now, journeys.see(arrival, place, take(arrival)).at);
			if (now > next) {
				next = now + takeEvery;
				journeys.take(now).forEach(tellOf);
			}
		}
	}

	journeys.take(Number.POSITIVE_INFINITY).forEach(tellOf);
}
