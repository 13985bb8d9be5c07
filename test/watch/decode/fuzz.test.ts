// Mutated frames: no decoder throws, loops, or sees a byte that is not the frame's. VETHLAB_FUZZ_FRAMES=10000000 for the long run.
import test from 'ava';
import {layersOf, summarize, type Frame} from '../../../src/watch/decode/index.ts';
import {Sequences} from '../../../src/watch/decode/sequences.ts';
import type {SequenceOrigins} from '../../../src/watch/decode/walk.ts';
import {badFrames, goodFrames} from '../frames.ts';
import {framesWanted, longRunMs, mutated, seeds, surrounded} from '../mutated.ts';
import {Random} from '../random.ts';

const wanted = framesWanted(100_000);
/** Headers that a frame is searched for, and fields for each byte: what bounds the work. */
const most = {layers: 24, fieldsOfLayer: 40, fieldsPerByte: 2};
test.before((t) => {
	t.timeout(longRunMs(wanted));
});

/** What is wrong with our answer; undefined: nothing. */
function complaint(frame: Frame, origins?: SequenceOrigins): string | undefined {
	const {info, source, destination} = summarize(frame, origins);
	const layers = layersOf(frame);
	const fields = layers.flatMap((layer) => layer.fields);
	const {length} = frame.bytes;
	if (layers.length > most.layers || fields.length > layers.length * most.fieldsOfLayer + length * most.fieldsPerByte) {
		return `${layers.length} layers with ${fields.length} fields`;
	}

	const outside = [...layers.map(({protocol, start, end}) => ({name: protocol, start, end})), ...fields].find(
		({start, end}) => !(start >= 0 && start <= end && end <= length),
	);
	if (outside !== undefined) {
		return `${outside.name} is at ${outside.start} to ${outside.end}`;
	}

	const texts = [info, source, destination, ...layers.map(({text}) => text), ...fields.map(({value, text}) => text ?? String(value))];
	return texts.find((text) => /[^\u0020-\u007E]|undefined|NaN/.test(text));
}

test(`${wanted} mutated frames: nothing throws, loops, or is read beyond the frame`, async (t) => {
	const random = new Random(1);
	const from = await seeds();
	const sequences = new Sequences();
	const wrong: string[] = [];
	for (let count = 0; count < wanted && wrong.length < 5; count++) {
		const frame = mutated(random, random.pick(from), random.pick(from));
		const said = (why: string): string => `${why}: link type ${frame.linkType}, ${frame.wireBytes} bytes, ${frame.bytes.toString('hex')}`;
		try {
			const why = complaint(frame, sequences.at(count));
			const [one, other] = count % 16 === 0 ? [0, 0xc0].map((by) => JSON.stringify(layersOf(surrounded(frame, by)))) : [];
			wrong.push(...(why === undefined ? [] : [said(why)]), ...(one === other ? [] : [said('depends on what is around it')]));
		} catch (error) {
			wrong.push(said(error instanceof Error ? (error.stack ?? error.message) : String(error)));
		}
	}

	t.deepEqual(wrong, []);
});

test('an unmutated frame has nothing to complain of', (t) => {
	t.deepEqual(
		[...goodFrames, ...badFrames].map(([name, frame]) => [name, complaint(frame)]).filter(([, why]) => why !== undefined),
		[],
	);
	t.deepEqual(
		goodFrames.map(([name, frame]) => [name, summarize(frame).info]).filter(([, info]) => info?.includes('[more') ?? info?.includes('cut short')),
		[],
	);
});
