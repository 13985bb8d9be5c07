// The tests as Node runs them: test/**/*.ts -> .tests/**/*.js, by esbuild, with what they import of src/ in files that they share. Done by ava.config.js each
// time, in half a second: a process that reads TypeScript itself takes longer than most tests, and there are two hundred. `node src/setup/tests.mjs` does it alone.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {put} from './put.mjs';

const root = resolve(import.meta.dirname, '../..');
const folder = '.tests';

/**
 * Scripts are imported from where they are: some look for others beside themselves.
 * @type {import('esbuild').Plugin}
 */
const scriptsStay = {
	name: 'scripts stay',
	setup: ({onResolve}) => onResolve({filter: /^\..*\.mjs$/}, ({path, resolveDir}) => ({path: resolve(resolveDir, path), external: true})),
};

/** Throws with esbuild's own words. */
export async function compileTests() {
	const {outputFiles} = await build({
		absWorkingDir: root,
		entryPoints: ['test/**/*.ts'],
		outbase: 'test',
		outdir: folder,
		bundle: true,
		splitting: true,
		packages: 'external',
		plugins: [scriptsStay],
		format: 'esm',
		platform: 'node',
		target: 'node20.19',
		chunkNames: 'shared/[hash]',
		sourcemap: true,
		write: false,
		logLevel: 'warning',
	});
	for (const {path, contents} of outputFiles) {
		// what is the same stays as it is: tests may be running
		if (!existsSync(path) || !readFileSync(path).equals(contents)) {
			mkdirSync(dirname(path), {recursive: true});
			put(path, contents);
		}
	}

	const made = new Set(outputFiles.map(({path}) => path));
	for (const left of readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map((name) => join(root, folder, name))) {
		if (/\.js(?:\.map)?$/.test(left) && !made.has(left)) {
			rmSync(left, {force: true});
		}
	}
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
	await compileTests();
}
