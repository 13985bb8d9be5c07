// src/cli/main.ts -> dist/cli.js, src/engine/main.ts -> dist/engine.js, src/engine/bench/main.ts -> dist/bench.js, with esbuild.
import {mkdirSync, readdirSync, rmSync, symlinkSync} from 'node:fs';
import {basename, join} from 'node:path';
import {compileAll, compileUsed, named, scriptOptions, starter} from './compiled.mjs';
import {Problem} from './problem.mjs';
import {put} from './put.mjs';

const command = 'node_modules/.bin/vethlab';

/** @type {import('./fresh.mjs').Made} */
export const bundle = {
	from: ['src', 'native', 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json'],
	except: ['native/build'],
	// The last is what `npx vethlab` finds in a checkout.
	results: ['dist/cli.js', 'dist/engine.js', 'dist/bench.js', command],
	// Another Node would not take the compiled code that this one made.
	stamp: `dist/.built-${process.version}`,
};

/**
 * Every file costs a millisecond at the start of a program: each is one, with its code compiled. The engine uses most of its own; of the command line, which
 * holds the terminal UI too, only what reading a scenario needs is compiled.
 */
const programs = {cli: 'src/cli/main.ts', engine: 'src/engine/main.ts', bench: 'src/engine/bench/main.ts'};
const everyday = ['check', 'scenarios/bridge-publish.veth.yaml'];

/** @param {string} root @returns {import('esbuild').BuildOptions & {write: false}} */
function options(root) {
	return {
		absWorkingDir: root,
		entryPoints: programs,
		outdir: 'dist',
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node20.19',
		// React and Ink look at these when they load; the production half is smaller and three times as fast.
		define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
		// Ink's debugger: imported by a line that is never reached.
		alias: {'react-devtools-core': 'react'},
		sourcemap: 'inline',
		write: false,
		logLevel: 'silent',
	};
}

/** @param {string} root throws a Problem with esbuild's own words */
export async function makeBundle(root) {
	const {build, formatMessages, transform} = await import('esbuild');
	const built = await build(options(root)).catch(async (error) => {
		const said = await formatMessages(error.errors ?? [{text: String(error)}], {kind: 'error', terminalWidth: 120});
		throw new Problem(4, 'building dist/ from src/ failed', {said: said.join(''), todo: 'mend the lines named above, then again'});
	});
	const scripts = await Promise.all(
		built.outputFiles.map(async ({path, text}) => {
			const {code, map} = await transform(text, scriptOptions);
			const program = basename(path, '.js');
			const name = named(program, code);
			return {program, name, map, text: `${code}//# sourceMappingURL=${name}.map\n`};
		}),
	);
	const dist = join(root, 'dist');
	mkdirSync(dist, {recursive: true});
	const made = new Set(['package.json']);
	/** @param {string} name @param {string | Uint8Array} contents */
	const make = (name, contents, mode = 0o644) => {
		put(join(dist, name), contents, mode);
		made.add(name);
	};
	// Scripts are no ES modules, which the package's other files are.
	make('package.json', '{"type": "commonjs"}\n');
	for (const {program, name, map, text} of scripts) {
		make(`${name}.map`, map);
		make(name, text);
		// oxlint-disable-next-line no-await-in-loop -- one program runs
		make(`${name}.code`, program === 'cli' ? await compileEveryday(join(dist, name), root) : compileAll(text, name));
		make(`${program}.js`, starter(name), program === 'cli' ? 0o755 : 0o644);
	}

	for (const left of readdirSync(dist).filter((name) => /\.js(\.map|\.code|\.new)*$/.test(name) && !made.has(name))) {
		rmSync(join(dist, left), {force: true});
	}

	rmSync(join(root, command), {force: true});
	symlinkSync('../../dist/cli.js', join(root, command));
}

/** @param {string} script @param {string} root throws a Problem with the program's own words */
async function compileEveryday(script, root) {
	try {
		return await compileUsed(script, everyday, root);
	} catch (error) {
		throw new Problem(4, `vethlab ${everyday.join(' ')} failed`, {said: String(error), todo: 'mend what it says, then again'});
	}
}
