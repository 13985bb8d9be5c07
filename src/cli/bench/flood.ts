// Frames as fast as they are told to come, at an interface of a lab (native/bench/flood.c). They have a MAC address that nobody has: who gets them throws them away.
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {BenchLab} from './lab.ts';
import {netnsOf, runVethlab, type UpLab} from './up.ts';

const program = packageFile('native/build/bench/flood');

/** Two points: what the machine a sends comes by its eth0 and by its port of the LAN. */
export function floodLab(name: string): BenchLab {
	const text = `vethlab: 1
name: ${name}
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
`;
	return {name, text, requests: []};
}

export interface FloodSource {
	/** The engine's process. */
	readonly engine: number;
	/** Words that go before a command to run it where a is. */
	readonly before: readonly string[];
}

/** Builds the program if need be. Throws E_PROGRAM_MISSING when it cannot be built. */
export async function floodSource(io: Io, {name, socket}: UpLab): Promise<FloodSource> {
	if (!existsSync(program)) {
		const {status, stderr} = spawnSync('make', ['-s', '-C', packageFile('native'), 'bench'], {encoding: 'utf8'});
		if (status !== 0) {
			throw new LabError('E_PROGRAM_MISSING', {doing: 'build native/bench/flood.c', said: stderr.trim()});
		}
	}

	const labs = JSON.parse((await runVethlab(io, ['ls', '--json'])).stdout) as readonly {readonly name: string; readonly pid: number}[];
	const engine = labs.find((lab) => lab.name === name)?.pid ?? 0;
	return {engine, before: inNetns(engine, await netnsOf(socket, 'a'))};
}

/** The command that sends `count` frames, `rate` a second, and then prints how many nanoseconds it took. */
export function floodWords({before}: FloodSource, rate: number, count: number): readonly string[] {
	return [...before, program, 'eth0', String(rate), String(count)];
}

/** Words that go before a command to run it in a network namespace of which the engine, by its process's number, has a descriptor. */
export function inNetns(engine: number, inode: string): readonly string[] {
	const folder = `/proc/${engine}/fd`;
	const fd = readdirSync(folder).find((one) => linkOf(join(folder, one)) === `net:[${inode}]`);
	// who is not root made the namespace in a user namespace of the lab's
	const user = process.getuid?.() === 0 ? [] : [`--user=/proc/${engine}/ns/user`, '--preserve-credentials'];
	return ['nsenter', ...user, `--net=${folder}/${fd ?? ''}`, '--'];
}

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}
