// What frames cost, for who measures it (npm run bench): told to a file after each, because from outside nobody can tell painting from the rest.
import {openSync, writeSync} from 'node:fs';

/** Runs what paints a frame. */
export type Paint = (paint: () => boolean) => boolean;

/** At the beginning of the file is from now on how much CPU time all frames together have taken, in microseconds, in decimal digits. Throws as open(2). */
export function paintCounted(file: string): Paint {
	const fd = openSync(file, 'w', 0o600);
	let total = 0;
	return (paint) => {
		const before = process.cpuUsage();
		try {
			return paint();
		} finally {
			const {user, system} = process.cpuUsage(before);
			total += user + system;
			writeSync(fd, String(total).padStart(16), 0);
		}
	};
}
