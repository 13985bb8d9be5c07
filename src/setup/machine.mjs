// What the set-up needs of the machine it runs on, as one object: tests give one of their own. It decides nothing.
import {spawn} from 'node:child_process';
import {accessSync, constants, existsSync, readdirSync} from 'node:fs';
import {constants as osConstants} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/**
 * @typedef {{code: number, output: string}} Ended exit code (128 + signal when one ended it; 127 when it could not be started) and what it printed, the end of it
 * @typedef {object} Machine
 * @property {string} root the checkout
 * @property {string} node version of Node, "20.19.0"
 * @property {number} uid
 * @property {boolean} terminal a person sits at stdin and stderr
 * @property {(program: string) => boolean} hasProgram looks in PATH and in the folders that a user's PATH often lacks
 * @property {(file: string) => boolean} hasLibrary looks in the library folders, e.g. "libc.a"
 * @property {(command: readonly string[]) => Promise<Ended>} run without a terminal, output kept
 * @property {(command: readonly string[]) => Promise<number>} hand gives the terminal to a program; resolves with its exit code
 * @property {(text: string) => void} say writes to the person
 */

/** @returns {Machine} */
export function thisMachine() {
	return {
		root: join(dirname(fileURLToPath(import.meta.url)), '../..'),
		node: process.versions.node,
		uid: process.getuid?.() ?? 0,
		terminal: process.stdin.isTTY && process.stderr.isTTY,
		hasProgram,
		hasLibrary,
		run,
		hand,
		say: (text) => void process.stderr.write(text),
	};
}

/** @param {string} program */
function hasProgram(program) {
	const folders = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/sbin'];
	return folders.some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** @param {string} file */
function hasLibrary(file) {
	const folders = ['/usr/lib', '/usr/lib64', '/lib', '/lib64'];
	// Debian keeps them one folder deeper, by architecture (multiarch): /usr/lib/x86_64-linux-gnu
	const deeper = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.includes('-linux-')) : [];
	return [...folders, ...deeper.map((name) => join('/usr/lib', name))].some((folder) => existsSync(join(folder, file)));
}

/** @param {number | null} code @param {NodeJS.Signals | null} signal */
function exitCode(code, signal) {
	return code ?? 128 + (signal === null ? 0 : osConstants.signals[signal]);
}

/**
 * @param {readonly string[]} command
 * @returns {Promise<Ended>}
 */
function run([file = '', ...args]) {
	return new Promise((resolve) => {
		let output = '';
		const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'pipe']});
		/** @param {Buffer} bytes */
		const keep = (bytes) => {
			output = (output + bytes.toString()).slice(-100_000);
		};

		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		child.once('error', (error) => resolve({code: 127, output: error.message}));
		child.once('close', (code, signal) => resolve({code: exitCode(code, signal), output}));
	});
}

/**
 * @param {readonly string[]} command
 * @returns {Promise<number>}
 */
function hand([file = '', ...args]) {
	return new Promise((resolve) => {
		const child = spawn(file, args, {stdio: 'inherit'});
		// Ctrl-C reaches the whole group; the program decides what it means, and we end with its exit code.
		const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']).map((signal) => {
			const pass = () => void (signal !== 'SIGINT' && child.kill(signal));
			process.on(signal, pass);
			return () => process.off(signal, pass);
		});
		/** @param {number} code */
		const end = (code) => {
			for (const off of forwarded) {
				off();
			}

			resolve(code);
		};

		child.once('error', (error) => {
			process.stderr.write(`vethlab: ${file}: ${error.message}\n`);
			end(127);
		});
		child.once('close', (code, signal) => end(exitCode(code, signal)));
	});
}
