// An engine that nobody came for: whoever started it was killed before it could say what to build.

/** Long enough for the slowest machine between an engine's start and its first client. */
const patienceMs = 60_000;

/** Calls `end` once, when the time is over and nobody has claimed the engine. Does not keep the process running. */
export function endUnclaimed(isClaimed: () => boolean, end: () => void, afterMs = patienceMs): void {
	setTimeout(() => {
		if (!isClaimed()) {
			end();
		}
	}, afterMs).unref();
}
