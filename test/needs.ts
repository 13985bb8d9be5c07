// Tests that need something of the kernel. What it lacks is skipped with the kernel's own words in the title; what LAB_REQUIRE lists (CI does) is not skipped
// but fails. What can be asked for is in src/cli/doctor/features.ts; to add a program: a row in `programs`.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {featureRows, type FeatureName} from '../src/cli/doctor/features.ts';
import {packageFile} from '../src/base/paths.ts';
import {profiles} from '../src/drivers/profiles.ts';
import {quote} from '../src/plan/shell.ts';
import {readScratch, scratchCommand, widePath, type Said, type Trial} from '../src/cli/doctor/scratch.ts';

/** The engine versions that there is a profile for, without their last number: "28.5 20.10". */
const versions = Object.values(profiles)
	.map(({version}) => version.replace(/\.\d+$/, ''))
	.join(' ');
/** A whole engine is started and ended: this is what shows whether the machine's cgroups and mounts allow it. */
const dockerd = `printf %s ${quote(readFileSync(packageFile('test/differential/room.sh'), 'utf8'))} >/tmp/room.sh && sh /tmp/room.sh try ${quote(versions)} /tmp/room`;
/** What a legacy iptables of a test locks: its own /run/xtables.lock is for the machine's root alone (iptables(8), since 1.8.8). */
export const legacyLock = '/dev/null';
const programs = {
	legacy: `XTABLES_LOCKFILE=${legacyLock} iptables-legacy -t nat -S && XTABLES_LOCKFILE=${legacyLock} ip6tables-legacy -t nat -S`,
	userns: 'unshare --user --map-root-user true',
	uidmap: 'command -v newuidmap && command -v newgidmap',
	crun: 'crun --version',
	tcpdump: 'tcpdump --version',
	ping: 'ping -V',
	dockerd,
	tshark: 'tshark --version',
} as const;

export type Need = FeatureName | keyof typeof programs;
type Body = (t: ExecutionContext) => void | Promise<void>;

const trials = new Map<string, Trial>([
	...featureRows().map(([name, {commands}]) => [name, {name, commands}] as const),
	...Object.entries(programs).map(([name, command]) => [name, {name, commands: [command]}] as const),
]);

/** The words with which this machine refused; undefined when it has it. */
export function lacks(need: Need): Said {
	const trial = trials.get(need);
	if (trial === undefined) {
		throw new Error(`${need} is not something that can be asked for: one of ${[...trials.keys()].join(', ')}`);
	}

	const {file, args} = scratchCommand(process.getuid?.() ?? 0, [trial]);
	const {stdout, stderr, error} = spawnSync(file, args, {encoding: 'utf8', env: {...process.env, PATH: widePath(process.env['PATH']), LC_ALL: 'C'}});
	return readScratch([trial], stdout, error?.message ?? stderr.trim()).get(need);
}

// A feature does not come or go while a test file runs: each is tried once in its process.
const known = new Map<Need, Said>();

function remembered(need: Need): Said {
	if (!known.has(need)) {
		known.set(need, lacks(need));
	}

	return known.get(need);
}

/** The names in LAB_REQUIRE. */
export function requiredNames(required: string): readonly string[] {
	return required
		.split(',')
		.map((word) => word.trim())
		.filter((word) => word !== '');
}

export function isNeed(name: string): name is Need {
	return trials.has(name);
}

/** What to do with a test that has these needs: run it, skip it under another title, or fail it. */
export function decide(
	title: string,
	lacking: readonly (readonly [Need, Said])[],
	required: string,
): {readonly do: 'run' | 'skip' | 'fail'; readonly title: string; readonly why: string} {
	const refused = lacking.filter(([, said]) => said !== undefined);
	const why = refused.map(([need, said]) => `${need}: ${said ?? ''}`).join('; ');
	const listed = new Set(requiredNames(required));
	const isRequired = refused.some(([need]) => listed.has(need));
	return refused.length === 0 ? {do: 'run', title, why} : isRequired ? {do: 'fail', title, why} : {do: 'skip', title: `${title} [${why}]`, why};
}

/** `needs('macvlan')('a macvlan cannot reach its parent', (t) => { … })`; with `.serial` like ava's. */
export function needs(...wanted: readonly Need[]): ((title: string, body: Body) => void) & {readonly serial: (title: string, body: Body) => void} {
	const add = (register: typeof test | typeof test.serial) => (title: string, body: Body) => {
		const lacking = wanted.map((need) => [need, remembered(need)] as const);
		const decided = decide(title, lacking, process.env['LAB_REQUIRE'] ?? '');
		switch (decided.do) {
			case 'run': {
				register(title, body);
				break;
			}

			case 'skip': {
				register.skip(decided.title, body);
				break;
			}

			default: {
				register(title, (t) => t.fail(`LAB_REQUIRE lists what this machine refuses: ${decided.why}`));
			}
		}
	};

	return Object.assign(add(test), {serial: add(test.serial)});
}
