// How the tests run: TypeScript by tsx, a process for each file. Three files at a time: a lab is waited for more than it works, and two alone leave the
// processors idle for half of the time. Those that take longest begin first, so that none of them is left alone at the end.
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

const config = {
	files: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
	extensions: {ts: 'module', tsx: 'module'},
	nodeArguments: ['--import=tsx/esm'],
	workerThreads: false,
	concurrency: 3,
	timeout: '2m',
	/** @type {(one: string, other: string) => number} */
	sortTestFiles: (one, other) => place(one) - place(other) || one.localeCompare(other),
};

export default config;
