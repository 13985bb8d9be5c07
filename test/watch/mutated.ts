// Mutated frames for fuzz tests. Mutations aim at what is known of a frame: its own fields are the places of its lengths, counts and pointers.
import {layersOf, type Frame} from '../../src/watch/decode/index.ts';
import {captureFile, readAll} from './files/read.ts';
import {badFrames, goodFrames} from './frames.ts';
import {overwritten, reshaped, type Random} from './random.ts';

const linkTypes = [1, 1, 1, 1, 1, 1, 101, 113, 276, 228, 229, 999] as const;

/** So many frames as VETHLAB_FUZZ_FRAMES says, for a run as long as one likes; else `usual`. */
export function framesWanted(usual: number): number {
	const said = Number(process.env['VETHLAB_FUZZ_FRAMES'] ?? usual);
	if (!Number.isSafeInteger(said) || said < 1) {
		throw new Error('VETHLAB_FUZZ_FRAMES is no number of frames');
	}

	return said;
}

/** A time that even a busy machine does not need for so many. */
export function longRunMs(frames: number): number {
	return 120_000 + frames;
}

/** The same frame in the middle of bytes that are not its own. */
export function surrounded({bytes, ...frame}: Frame, by: number): Frame {
	const all = Buffer.alloc(bytes.length + 400, by);
	bytes.copy(all, 100);
	return {...frame, bytes: all.subarray(100, 100 + bytes.length)};
}

/** All frames of the tests, made by hand and by kernels. */
export async function seeds(): Promise<readonly [Frame, ...Frame[]]> {
	const real = await Promise.all((['veth.pcap', 'any.pcap', 'lab.pcapng'] as const).map(async (name) => readAll(captureFile(name))));
	const frames = [...goodFrames, ...badFrames].map(([, frame]) => frame);
	const kernel = real.flatMap(({packets}) => packets).map(({bytes, wireBytes, point}) => ({bytes, wireBytes, linkType: point.linkType}));
	const [first, ...others] = [...frames, ...kernel];
	if (first === undefined) {
		throw new Error('no frames to begin with');
	}

	return [first, ...others];
}

/** `frame` with up to four changes, and with the end of another. */
export function mutated(random: Random, frame: Frame, other: Frame): Frame {
	let {bytes} = frame;
	for (let count = 1 + random.below(4); count > 0; count--) {
		const fields = random.below(3) === 0 ? [] : layersOf({...frame, bytes}).flatMap((layer) => layer.fields);
		const field = fields[random.below(fields.length)];
		if (field !== undefined) {
			bytes = overwritten(random, bytes, field.start, field.end);
		} else if (random.below(2) === 0 && bytes.length > 0) {
			const at = random.below(bytes.length);
			bytes = overwritten(random, bytes, at, at + 1);
		} else {
			bytes = reshaped(random, bytes, other.bytes);
		}
	}

	const linkType = random.below(8) === 0 ? random.pick(linkTypes) : frame.linkType;
	return {bytes, linkType, wireBytes: bytes.length + (random.below(8) === 0 ? random.below(2000) : 0)};
}
