// crun as a program that starts once. What it is asked to do: container.ts.
import type {Native, SpawnOptions} from '../../native/index.ts';

export type Program = Pick<SpawnOptions, 'file' | 'openFirst'>;

/**
 * So that no container can write to the program that starts others (CVE-2019-5736) crun runs as a copy of itself, which it makes each time, unless it is one
 * already: with ours it starts once instead of twice. Where there can be none (a script, no room), it does as ever. The copy stays open.
 */
export function unchangeable(native: Native, path: string): Program {
	try {
		return {file: `/proc/self/fd/${native.sealedCopy(path)}`, openFirst: true};
	} catch {
		return {file: path};
	}
}
