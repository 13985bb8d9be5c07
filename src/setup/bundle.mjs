// src/cli/main.ts -> dist/cli.js, src/engine/main.ts -> dist/engine.js, src/engine/bench/main.ts -> dist/bench.js, with esbuild.
import {chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {Problem} from './problem.mjs';

const command = 'node_modules/.bin/vethlab';

/** @type {import('./fresh.mjs').Made} */
export const bundle = {
	from: ['src', 'native', 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json'],
	except: ['native/build'],
	// The last is what `npx vethlab` finds in a checkout.
	results: ['dist/cli.js', 'dist/engine.js', 'dist/bench.js', command],
	stamp: 'dist/.built',
};

/** Every file costs a millisecond at the start of a program: the engine is one, and the command line is split, which keeps the terminal UI in files that only it loads. */
const programs = [
	{entryPoints: {cli: 'src/cli/main.ts'}, splitting: true},
	{entryPoints: {engine: 'src/engine/main.ts', bench: 'src/engine/bench/main.ts'}, splitting: false},
];

/** @param {string} root @param {typeof programs[number]} program @returns {import('esbuild').BuildOptions & {write: false}} */
function options(root, {entryPoints, splitting}) {
	return {
		absWorkingDir: root,
		entryPoints,
		splitting,
		outdir: 'dist',
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node20.19',
		// React and Ink look at these when they load; the production half is smaller and three times as fast.
		define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
		// CommonJS packages that ask for Node's own modules do it by `require`, which ES modules lack.
		banner: {js: `import {createRequire as makeRequire} from 'node:module'; const require = makeRequire(import.meta.url);`},
		// Ink's debugger: imported by a line that is never reached.
		external: ['react-devtools-core'],
		sourcemap: 'linked',
		write: false,
		logLevel: 'silent',
	};
}

/** @param {string} root throws a Problem with esbuild's own words */
export async function makeBundle(root) {
	const {build, formatMessages} = await import('esbuild');
	const built = await Promise.all(programs.map((program) => build(options(root, program)))).catch(async (error) => {
		const said = await formatMessages(error.errors ?? [{text: String(error)}], {kind: 'error', terminalWidth: 120});
		throw new Problem(4, 'building dist/ from src/ failed', {said: said.join(''), todo: 'mend the lines named above, then again'});
	});
	const outputFiles = built.flatMap((one) => one.outputFiles);
	const dist = join(root, 'dist');
	mkdirSync(dist, {recursive: true});
	for (const file of outputFiles) {
		const isCommand = basename(file.path) === 'cli.js';
		// A program that starts meanwhile sees the old file or the new one, whole.
		const fresh = `${file.path}.new`;
		writeFileSync(fresh, isCommand ? `#!/usr/bin/env node\n${file.text}` : file.contents);
		chmodSync(fresh, isCommand ? 0o755 : 0o644);
		renameSync(fresh, file.path);
	}

	const made = new Set(outputFiles.map((file) => basename(file.path)));
	for (const left of readdirSync(dist).filter((name) => /\.js(\.map|\.new)*$/.test(name) && !made.has(name))) {
		rmSync(join(dist, left), {force: true});
	}

	rmSync(join(root, command), {force: true});
	symlinkSync('../../dist/cli.js', join(root, command));
}
