// How the tests run: compiled (src/setup/tests.mjs), a process for each file. Five files at a time: a lab is waited for more than it works. Those that take
// longest begin first, so that none of them is left alone at the end.
import {compileTests} from './src/setup/tests.mjs';

const longest = [
	'differential/differential',
	'e2e/journeys-corpus',
	'e2e/rootless',
	'e2e/scenarios',
	'e2e/faults',
	'e2e/journeys-flows',
	'differential/refusals',
	'e2e/hits',
];

/** @param {string} file */
function place(file) {
	const found = longest.findIndex((name) => file.endsWith(`/${name}.test.ts`));
	return found === -1 ? longest.length : found;
}

await compileTests();

const config = {
	files: ['test/**/*.test.ts'],
	typescript: {extensions: ['ts'], rewritePaths: {'test/': '.tests/'}, compile: false},
	nodeArguments: ['--enable-source-maps'],
	workerThreads: false,
	concurrency: 5,
	timeout: '2m',
	/** @type {(one: string, other: string) => number} */
	sortTestFiles: (one, other) => place(one) - place(other) || one.localeCompare(other),
};

export default config;
