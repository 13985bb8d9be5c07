// crun as a program that starts once, and quickly. What it is asked to do: container.ts.
import type {Buffer} from 'node:buffer';
import {readFileSync} from 'node:fs';
import {packageFile} from '../base/paths.ts';
import type {Native, SpawnOptions} from '../../native/index.ts';

export type Program = Pick<SpawnOptions, 'file' | 'openFirst'>;

export interface Crun extends Program {
	/** Descriptor of what stands in for libsystemd; undefined: it loads what it is linked with. */
	readonly standIn: number | undefined;
}

/** What it opens stays open. */
export function openCrun(native: Native, path: string): Crun {
	return {...unchangeable(native, path), standIn: openStandIn(native, path)};
}

/** Undefined: there can be none for this crun, or no copy of it here; then it does as ever. */
function openStandIn(native: Native, path: string): number | undefined {
	const file = packageFile('native/build/no-systemd.so');
	try {
		return standsIn(readFileSync(file), readFileSync(path)) ? native.sealedCopy(file) : undefined;
	} catch {
		return undefined;
	}
}

/** Whether a program is linked with libsystemd, and asks it for nothing that the stand-in lacks: the dynamic linker would refuse to start it. */
export function standsIn(library: Buffer, program: Buffer): boolean {
	// names stand between zero bytes (elf(5), string tables)
	let end = 0;
	for (let start = program.indexOf('\0sd_'); start >= 0; start = program.indexOf('\0sd_', end)) {
		end = program.indexOf(0, start + 1);
		if (!library.includes(program.subarray(start, end + 1))) {
			return false;
		}
	}

	return program.includes('\0libsystemd.so.0\0');
}

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

/** The program, with what it needs to start quickly (ld.so(8), LD_PRELOAD) beside the environment and descriptors that it has anyway. */
export function started({standIn, ...program}: Crun, env: readonly string[], stdio: readonly number[]): Program & Pick<SpawnOptions, 'env' | 'stdio'> {
	return standIn === undefined
		? {...program, env, stdio}
		: {...program, env: [...env, `LD_PRELOAD=/proc/self/fd/${stdio.length}`], stdio: [...stdio, standIn]};
}
