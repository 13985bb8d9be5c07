// Mutated frames on their way through a lab: journeys never throw, end, keep their bounds, and see no byte that is not the frame's.
// VETHLAB_FUZZ_FRAMES=10000000 for the long run.
import test from 'ava';
import {journeyData} from '../../../src/watch/journey/data.ts';
import type {Journey} from '../../../src/watch/journey/journey.ts';
import type {Print} from '../../../src/watch/journey/print.ts';
import {printOf, quotedPrint, readPrint} from '../../../src/watch/journey/read-print.ts';
import {hopLines, pathText, remarksOf} from '../../../src/watch/journey/text.ts';
import {framesWanted, longRunMs, mutated, seeds, surrounded} from '../mutated.ts';
import {Random} from '../random.ts';
import {Watched, wiring} from './lab.ts';

const wanted = framesWanted(50_000);
test.before((t) => {
	t.timeout(longRunMs(wanted));
});

const places = wiring.flatMap(({name, links}) => links.flatMap(({dev}) => [`${name}/${dev} in`, `${name}/${dev} out`]));
const [firstPlace = '', ...otherPlaces] = places;
/** Open at a time, and hops that one may have: no place is passed twice, but for copies that a bridge makes. */
const most = {open: 256, hops: 4096} as const;

function shown(print: Print | undefined): string {
	return JSON.stringify(print);
}

/** Read where it is among the other bytes, into a print that was used before. */
function inPlace({buffer, byteOffset: start, length}: Buffer): string {
	const source = Buffer.from(buffer);
	const print = printOf(source);
	readPrint(print, source, start, start + length);
	return `${shown(print)} ${shown(quotedPrint(source, print, start, start + length))}`;
}

function told(journey: Journey, lab: Watched): string {
	const {journeys} = lab;
	return [
		JSON.stringify(journeyData(journey, journeys, journeys.epoch)),
		...hopLines(journey),
		pathText(journey, journeys),
		...remarksOf(journey, journeys),
	].join('\n');
}

test(`${wanted} mutated frames at places of a lab: nothing throws, loops, or is read beyond the frame`, async (t) => {
	const random = new Random(11);
	const [first, ...others] = (await seeds()).filter(({linkType}) => linkType === 1);
	t.assert(first);
	if (first === undefined) {
		return;
	}

	const from = [first, ...others] as const;
	const lab = new Watched({most: most.open});
	const wrong: string[] = [];
	let joined = 0;
	let frame = first;
	for (let count = 0; count < wanted && wrong.length < 5; count++) {
		// the same frame some places on, as a packet goes, or another one
		frame = random.below(3) === 0 ? {...mutated(random, random.pick(from), random.pick(from)), linkType: 1} : frame;
		const {bytes} = frame;
		try {
			const hop = lab.see(random.pick([firstPlace, ...otherPlaces]), bytes);
			joined += hop.from === undefined ? 0 : 1;
			if (count % 16 === 0) {
				const alone = printOf(bytes);
				const prints = [0, 0xc0].flatMap((by) => {
					const around = surrounded(frame, by).bytes;
					const print = printOf(around);
					return [`${shown(print)} ${shown(quotedPrint(around, print))}`, inPlace(around)];
				});
				const isSame = prints.every((one) => one === `${shown(alone)} ${shown(quotedPrint(bytes, alone))}`);
				wrong.push(...(isSame ? [] : [`depends on what is around it: ${bytes.toString('hex')}`]));
			}

			const over = count % 64 === 0 ? lab.journeys.take(lab.now) : [];
			const bad = over.map((journey) => told(journey, lab)).find((text) => /[^\n\u0020-\u007E…]|undefined|NaN/.test(text));
			wrong.push(...(bad === undefined ? [] : [bad]));
			if (lab.journeys.open.length > most.open || hop.journey.hops.length > most.hops) {
				wrong.push(`${lab.journeys.open.length} are open, ${hop.journey.hops.length} hops`);
			}
		} catch (error) {
			wrong.push(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}: ${bytes.toString('hex')}`);
		}
	}

	t.deepEqual(wrong, []);
	t.true(joined > wanted / 100, `${joined} were joined to others`);
});
