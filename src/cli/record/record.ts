// Captures a running lab to a file or a pipe: large pieces, written beside the main thread, until it is interrupted, has what was asked for, or there is no room.
import {loadNative} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import type {Captured, CaptureTotals, CaptureWish} from '../../model/capture.ts';
import {writeError} from '../capture-out.ts';
import type {Io} from '../command.ts';
import {onInterruption} from '../interruption.ts';
import {LentCapture} from './lent-capture.ts';
import {Pieces} from './pieces.ts';
import {fileSink, pipeSink, type Sink} from './sinks.ts';

export interface Recording extends Captured {
	/** When everything is written. Rejects with E_SPACE, E_ENGINE_DEAD, E_KERNEL. */
	readonly written: Promise<CaptureTotals>;
}

/** Begins to capture to a file ("-": standard output), which is opened when it captures. Throws E_ARGUMENT, E_NAME_UNKNOWN, E_SPACE. */
export async function record(io: Io, socket: string, {wish, to}: {readonly wish: CaptureWish; readonly to: string}): Promise<Recording> {
	const native = loadNative();
	const state: {capture?: LentCapture} = {};
	let tellOpened: (sink: Sink) => void = () => undefined;
	const opened = new Promise<Sink>((resolve) => {
		tellOpened = resolve;
	});
	const pieces = new Pieces(async (piece) => (await opened).write(piece), {
		pause: () => state.capture?.pause(),
		resume: () => state.capture?.resume(),
		stop: () => void state.capture?.end(),
	});
	const capture = await LentCapture.begin(native, socket, wish, {
		output: (piece) => {
			pieces.output(piece);
		},
		memory: () => pieces.memory(),
	});
	state.capture = capture;
	try {
		const sink = to === '-' ? pipeSink(io) : await fileSink(native, to);
		tellOpened(sink);
		return {nodes: capture.nodes, waiting: capture.waiting, written: finish(capture, {pieces, sink, name: to === '-' ? 'standard output' : to})};
	} catch (error) {
		capture.abandon();
		throw error;
	}
}

async function finish(
	capture: LentCapture,
	{pieces, sink, name}: {readonly pieces: Pieces; readonly sink: Sink; readonly name: string},
): Promise<CaptureTotals> {
	const stop = onInterruption(() => {
		void capture.end();
	});
	try {
		const totals = await capture.ended;
		await pieces.done().catch((error: unknown) => {
			throw writeError(error, name);
		});
		const {failure} = capture;
		if (failure !== undefined) {
			throw new LabError(failure.code, {doing: failure.doing, said: failure.said, hint: `what was captured until then is in ${name}`, cause: failure});
		}

		return totals;
	} finally {
		stop();
		await sink.close();
	}
}
