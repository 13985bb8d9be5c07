// The set-up: what must be there before vethlab runs, in order, each step done only when needed. To add one: a row in `steps`.
import {availableParallelism} from 'node:os';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {bundle, makeBundle} from './bundle.mjs';
import {isFresh, making} from './fresh.mjs';
import {locked} from './lock.mjs';
import {missing, systemPackages} from './packages.mjs';
import {Problem} from './problem.mjs';
import {showing} from './progress.mjs';

/**
 * @typedef {import('./machine.mjs').Machine} Machine
 * @typedef {object} Step
 * @property {'packages' | 'modules' | 'native' | 'bundle'} name
 * @property {(machine: Machine) => boolean} isDone
 * @property {(machine: Machine) => Promise<void>} run throws a Problem; does nothing when all is there
 */

/** @type {import('./fresh.mjs').Made} */
const native = {
	from: ['native', 'node_modules/.package-lock.json'],
	except: ['native/build'],
	results: ['vethlab.node', 'lab-init', 'docker-proxy', 'lab-web', 'lab-ask', 'lab-names', 'no-systemd.so', 'one-user.so', 'tcpdump.sh'].map(
		(name) => `native/build/${name}`,
	),
	stamp: 'native/build/.built',
};

/** @type {readonly Step[]} */
export const steps = [
	{
		name: 'packages',
		// What is only useful is asked for when something has to be done anyway, so that going without it is not brought up at every start.
		isDone: (machine) => missing(machine).every((need) => need.useful === true),
		run: systemPackages,
	},
	{
		name: 'modules',
		// npm writes node_modules/.package-lock.json last.
		isDone: ({root}) => isFresh(root, {from: ['package-lock.json'], results: [], stamp: 'node_modules/.package-lock.json'}),
		run: (machine) => showing(machine, 'node modules: npm ci', () => installModules(machine)),
	},
	{
		name: 'native',
		isDone: ({root}) => isFresh(root, native),
		run: (machine) => showing(machine, 'native programs: make -C native', () => making(machine.root, native, () => makeNative(machine))),
	},
	{
		name: 'bundle',
		isDone: ({root}) => isFresh(root, bundle),
		run: (machine) => showing(machine, 'dist: esbuild', () => making(machine.root, bundle, () => makeBundle(machine.root))),
	},
];

/**
 * Makes everything there that is not; says nothing when nothing is missing. Throws a Problem.
 * @param {Machine} machine
 * @param {readonly Step[]} [wanted]
 */
export async function setUp(machine, wanted = steps) {
	checkNode(machine);
	if (wanted.every((step) => step.isDone(machine))) {
		return;
	}

	const onWait = () => machine.say('vethlab: another set-up is running here; waiting for it …\n');
	await locked(machine.root, onWait, async () => {
		for (const step of wanted) {
			if (step.name === 'packages' || !step.isDone(machine)) {
				// oxlint-disable-next-line no-await-in-loop -- each step needs the one before
				await step.run(machine);
			}
		}
	});
}

/** @param {Pick<Machine, 'node' | 'root'>} machine throws a Problem when this Node is older than package.json's "engines" */
export function checkNode({node, root}) {
	const floor = /\d+\.\d+/.exec(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node)?.[0] ?? '0.0';
	const [major = 0, minor = 0] = node.split('.').map(Number);
	const [floorMajor = 0, floorMinor = 0] = floor.split('.').map(Number);
	if (major < floorMajor || (major === floorMajor && minor < floorMinor)) {
		throw new Problem(3, `this is Node ${node}; vethlab needs ${floor} or newer`, {
			todo: `install Node ${floorMajor} (at least ${floor}), 22 or 24, then again`,
		});
	}
}

/**
 * @param {Machine} machine
 * @param {string} doing
 * @param {readonly string[]} words
 * @param {string} todo
 */
async function command(machine, doing, words, todo) {
	const {code, output} = await machine.run(words);
	if (code !== 0) {
		throw new Problem(4, `${doing} failed with exit code ${code}`, {said: output, todo});
	}
}

/** @param {Machine} machine */
function installModules(machine) {
	// No install script is run: npm 11 would not run them either, and nothing here needs one.
	const options = ['--prefix', machine.root, '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
	return command(machine, 'npm ci', ['npm', 'ci', ...options], 'see that the package registry can be reached, then again');
}

/** @param {Machine} machine */
async function makeNative(machine) {
	const folder = join(machine.root, 'native');
	const running = join(folder, 'build/.running');
	// There already: the last run was killed, and may have left half a file that is newer than its source.
	const anew = existsSync(running) ? ['--always-make'] : [];
	mkdirSync(join(folder, 'build'), {recursive: true});
	writeFileSync(running, '');
	try {
		const words = ['make', '-C', folder, '--silent', '--output-sync', `-j${availableParallelism()}`, ...anew];
		await command(machine, 'make -C native', words, 'mend the first error named above, then again');
	} finally {
		rmSync(running, {force: true});
	}
}
