// How the tests run: TypeScript by tsx, a process for each file. Two files at a time, so that what a test measures is not only its neighbours.
const config = {
	files: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
	extensions: {ts: 'module', tsx: 'module'},
	nodeArguments: ['--import=tsx'],
	workerThreads: false,
	concurrency: 2,
	timeout: '2m',
};

export default config;
