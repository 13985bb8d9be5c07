// `npm test`: set up what is missing, then ava. Who is not root runs it in a user namespace, as the root of that. Words after `--` go to ava.
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {thisMachine} from './machine.mjs';
import {exitWith, Problem} from './problem.mjs';
import {setUp} from './steps.mjs';
import {closingLine, count, hasEnded} from './summary.mjs';

const machine = thisMachine();

/** @returns {Promise<readonly string[]>} words before a command that give it the rights of root in namespaces of its own */
async function asRoot() {
	if (machine.uid === 0) {
		return [];
	}

	// A range of user ids where the user has one (subuid(5)); util-linux before 2.38 has no --map-auto.
	const ways = [['--map-root-user', '--map-auto'], ['--map-root-user']];
	let said = '';
	for (const way of ways) {
		const words = ['unshare', '--user', ...way, '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
		// oxlint-disable-next-line no-await-in-loop -- the second way only when the first fails
		const tried = await machine.run([...words, 'true']);
		if (tried.code === 0) {
			// The shell is PID 1 there: it reaps what a test leaves behind, which Node does not. A new network has its lo down.
			return [...words, 'sh', '-c', 'PATH=$PATH:/usr/sbin:/sbin ip link set lo up; "$@"; exit $?', 'sh'];
		}

		said = tried.output;
	}

	throw new Problem(3, 'the tests need root, or user namespaces, and this machine refuses both', {
		said,
		todo: '`npm start -- doctor` says how to allow them here',
	});
}

/**
 * @param {readonly string[]} command
 * @returns {Promise<{code: number, output: string}>} what was printed is shown as it comes, and kept
 */
function watched([file = '', ...args]) {
	return new Promise((resolve, reject) => {
		const colour = process.stdout.isTTY ? {FORCE_COLOR: '1'} : {};
		const child = spawn(file, args, {cwd: machine.root, stdio: ['inherit', 'pipe', 'inherit'], env: {...process.env, ...colour}});
		let output = '';
		/** @type {NodeJS.Timeout | undefined} */
		let patience;
		child.stdout.on('data', (/** @type {Buffer} */ bytes) => {
			output += bytes.toString();
			process.stdout.write(bytes);
			patience ??= hasEnded(output) ? setTimeout(giveUp, 20_000) : undefined;
		});

		// ava waits for as long as any descendant of a test holds the test's output.
		function giveUp() {
			process.stdout.write('\nvethlab: ava does not end: a test left a process behind\n');
			child.kill('SIGKILL');
		}

		// Ctrl-C reaches ava too, which then says what was still running.
		process.on('SIGINT', () => {});
		child.once('error', reject);
		/** @param {number | null} code */
		const end = (code) => {
			clearTimeout(patience);
			child.stdout.destroy();
			resolve({code: code ?? 1, output});
		};

		child.once('close', end);
		// What was left behind may hold the pipe open.
		child.once('exit', (code) => setTimeout(end, 2000, code).unref());
	});
}

await exitWith(async () => {
	await setUp(machine);
	const ava = [process.execPath, join(machine.root, 'node_modules/ava/entrypoints/cli.mjs'), ...process.argv.slice(2)];
	const {code, output} = await watched([...(await asRoot()), ...ava]);
	process.stdout.write(`\n${closingLine(count(output, code))}\n`);
	return code;
});
