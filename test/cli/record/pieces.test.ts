import test from 'ava';
import {Pieces} from '../../../src/cli/record/pieces.ts';

/** Pieces whose writes end when the test says so. */
function begun() {
	const written: string[] = [];
	const flow: string[] = [];
	const writes: {readonly resolve: () => void; readonly reject: (error: Error) => void}[] = [];
	const pieces = new Pieces(
		async (piece) =>
			new Promise((resolve, reject) => {
				written.push(Buffer.from(piece).toString('latin1'));
				writes.push({resolve, reject});
			}),
		{pause: () => flow.push('pause'), resume: () => flow.push('resume'), stop: () => flow.push('stop')},
	);
	const put = (text: string): ArrayBufferLike => {
		const memory = pieces.memory();
		memory.set(Buffer.from(text));
		pieces.output(memory.subarray(0, text.length));
		return memory.buffer;
	};
	const turn = async (): Promise<void> =>
		new Promise((resolve) => {
			setImmediate(resolve);
		});
	return {pieces, written, flow, writes, put, turn};
}

test('one piece is filled while the other is written; then what comes has to wait', async (t) => {
	const {pieces, written, flow, writes, put, turn} = begun();
	const first = put('one');
	await turn();
	t.deepEqual(flow, []);
	const second = put('two');
	await turn();
	t.not(first, second);
	t.deepEqual(written, ['one'], 'one at a time');
	t.deepEqual(flow, ['pause']);
	writes[0]?.resolve();
	await turn();
	t.deepEqual(flow, ['pause', 'resume']);
	t.is(put('three'), first, 'its memory is written anew');
	writes[1]?.resolve();
	await turn();
	writes[2]?.resolve();
	await pieces.done();
	t.deepEqual(written, ['one', 'two', 'three']);
});

test('what comes all the same has memory, which is not kept', async (t) => {
	const {pieces, written, writes, put, turn} = begun();
	const memories = new Set([put('one'), put('two'), put('three'), put('four')]);
	t.is(memories.size, 4);
	for (let index = 0; index < 4; index++) {
		// oxlint-disable-next-line no-await-in-loop -- a write after the other
		await turn();
		writes[index]?.resolve();
	}

	await pieces.done();
	t.deepEqual(written, ['one', 'two', 'three', 'four']);
	const kept = new Set([pieces.memory().buffer, pieces.memory().buffer]);
	t.true([...kept].every((memory) => memories.has(memory)));
	t.false(memories.has(pieces.memory().buffer));
});

test('after a write that failed nothing more is written, and it is told why', async (t) => {
	const {pieces, written, flow, writes, put, turn} = begun();
	put('one');
	put('two');
	await turn();
	writes[0]?.reject(new Error('no room'));
	await t.throwsAsync(pieces.done(), {message: 'no room'});
	t.deepEqual(written, ['one']);
	t.deepEqual(flow, ['pause', 'stop', 'resume', 'resume']);
	put('three');
	await t.throwsAsync(pieces.done(), {message: 'no room'});
	t.deepEqual(written, ['one']);
});
