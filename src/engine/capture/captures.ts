// Captures on behalf of clients, which get them as a file in pieces: each has rings of its own, so that none can disturb another. What is made of the
// rings: watch/live/.
import type {Native} from '../../../native/index.ts';
import type {Captured, CaptureTotals, CaptureWish} from '../../model/capture.ts';
import {Capture} from '../../watch/live/capture.ts';
import type {Running} from '../requests.ts';
import {sendMarkers} from './markers.ts';
import {type RingHost, SiteRings} from './rings.ts';
import {placeOf} from './sites.ts';

export interface CaptureHost extends RingHost {
	readonly native: RingHost['native'] & Pick<Native, 'ringMap' | 'writeFrames' | 'sendFrame' | 'sendDescriptor'>;
}

/** Where what was captured goes. */
export interface CaptureSink {
	readonly output: (piece: Uint8Array) => void;
	readonly ended: (totals: CaptureTotals) => void;
	/** More was dropped; the totals until now. */
	readonly dropped: (totals: CaptureTotals) => void;
}

/** Starts a capture. Throws E_NAME_UNKNOWN, E_ARGUMENT for a filter that is none, E_PROGRAM_MISSING, E_SPACE, E_KERNEL. */
export async function startCapture(
	host: CaptureHost,
	wish: CaptureWish,
	{output, ended, dropped}: CaptureSink,
): Promise<{readonly running: Running; readonly captured: Captured}> {
	const rings = await SiteRings.of(host, wish);
	const capture = new Capture({
		native: host.native,
		output,
		interfaces: wish.interfaces.length === 0 ? undefined : wish.interfaces,
		most: wish.count,
		dropped,
		ended: (totals) => {
			rings.close();
			ended(totals);
		},
	});
	const abandon = (): void => {
		rings.close();
		capture.abandon();
	};
	try {
		await rings.open(async ({site: {name, description}, socket, blocks, names}) => {
			const ring = await host.native.ringMap(socket, blocks).catch((error: unknown) => {
				names.close();
				throw error;
			});
			const leave = capture.add({name, description, interfaces: names.now, left: names.close}, ring);
			return () => void leave();
		});
		capture.begin();
	} catch (error) {
		abandon();
		throw error;
	}

	return {
		running: {
			write: () => undefined,
			end: () => {
				rings.close();
				capture.stop();
			},
			resize: () => undefined,
			hangUp: abandon,
			pause: () => {
				capture.pause();
			},
			resume: () => {
				capture.resume();
			},
			mark: async (points) =>
				sendMarkers(
					host,
					capture,
					points.map((point) => placeOf(point, rings.sites)),
				),
		},
		captured: rings.captured(),
	};
}
