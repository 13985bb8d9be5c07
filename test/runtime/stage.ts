// The stage for cases.ts: one Runtime in the box that this process runs in, and short ways to use it. No case is here.
import {readdirSync, readFileSync} from 'node:fs';
import {loadNative} from '../../native/index.ts';
import {LabError} from '../../src/base/errors.ts';
import {port, type Port} from '../../src/base/units.ts';
import type {Outcome} from '../../src/kernel/machine.ts';
import type {ContainerSpec, Op} from '../../src/plan/op.ts';
import {findProgram} from '../../src/runtime/programs.ts';
import {Runtime} from '../../src/runtime/runtime.ts';

export const scratch = process.env['VETHLAB_SCRATCH'] ?? '';
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
export const patienceMs = 60_000;
export const native = loadNative();
const netns = new Map<string, number>();
export const logs: string[] = [];
export const exits: string[] = [];

export const runtime = new Runtime(native, {
	scratch,
	netnsFd: fdOf,
	netnsPath: (name) => `${scratch}/proc/${process.pid}/fd/${fdOf(name)}`,
	crun: findProgram('crun', `${process.env['PATH'] ?? ''}:${path}`),
	log: ({node, stream, text}) => logs.push(`${node} ${stream} ${text}`),
	ask: async (host, typed) => ({exit: 3, stdout: [`${host} ${typed.join('|')}`, ''], stderr: ['and more']}),
	onExit: (name, exitCode) => exits.push(`${name} ${exitCode}`),
});

export function fdOf(name: string): number {
	const fd = netns.get(name);
	if (fd === undefined) {
		throw new Error(`no netns ${name}`);
	}

	return fd;
}

export async function addNetns(...names: readonly string[]): Promise<void> {
	const made = await native.netnsCreate(names.length);
	for (const [index, name] of names.entries()) {
		netns.set(name, made.netns[index] ?? -1);
		native.close(made.route[index] ?? -1);
	}
}

export function words(outcomes: readonly Outcome[]): readonly string[] {
	return outcomes.map((outcome) => (outcome.is === 'failed' ? `${outcome.error.code} ${outcome.error.message}` : outcome.is));
}

export async function must(...ops: readonly Op[]): Promise<void> {
	const failed = words(await runtime.do(ops)).filter((word) => word !== 'done');
	if (failed.length > 0) {
		throw new Error(failed.join('\n'));
	}
}

export const host = (name: string): Op => ({do: 'host.start', host: name, why: ''});

export function container(name: string, change: Partial<ContainerSpec> = {}): Op & {readonly do: 'container.start'} {
	return {
		do: 'container.start',
		why: '',
		container: {
			name,
			id: name.padEnd(64, '0'),
			host: 'h1',
			netns: name,
			hostname: `${name}-host`,
			domainname: undefined,
			uts: 'own',
			filesOf: name,
			args: ['/usr/local/bin/lab-web', 'pause'],
			serve: [],
			environment: {PATH: path, COLOUR: 'blue'},
			workingDir: '/',
			user: undefined,
			sysctls: {},
			capAdd: [],
			capDrop: [],
			readOnly: false,
			...change,
		},
	};
}

export function portOf(value: number): Port {
	const known = port(value);
	if (known === undefined) {
		throw new Error(`no port: ${value}`);
	}

	return known;
}

export async function shell(node: string, script: string): Promise<string> {
	const {exit, stdout, stderr} = await runtime.exec(node, ['sh', '-c', script], patienceMs);
	return `${stdout}${stderr}[${exit}]`;
}

export async function until(look: () => boolean): Promise<boolean> {
	const deadline = performance.now() + patienceMs;
	while (!look() && performance.now() < deadline) {
		// oxlint-disable-next-line no-await-in-loop -- looked at again
		await new Promise((resolve) => {
			setTimeout(resolve, 5);
		});
	}

	return look();
}

export async function code(work: () => Promise<unknown>): Promise<string> {
	try {
		await work();
		return 'none';
	} catch (error) {
		return error instanceof LabError ? error.code : String(error);
	}
}

/** How many are open in this process. */
export function descriptors(): number {
	return readdirSync('/proc/self/fd').length;
}

export function processNames(): readonly string[] {
	return readdirSync('/proc').flatMap((pid) => {
		try {
			return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()] : [];
		} catch {
			// it ended while we were looking
			return [];
		}
	});
}
