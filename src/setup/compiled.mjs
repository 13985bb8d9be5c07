// Programs that start with their code compiled: V8 takes what it compiled when they were built instead of reading all of their source again. For ES modules
// Node has no way to do so (module.enableCompileCache came with Node 22): a program is one script, and a small file that hands both to V8 starts it.
import {createHash} from 'node:crypto';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {setFlagsFromString} from 'node:v8';
import {Script} from 'node:vm';

/**
 * Makes a script, whose value is a function, of a bundle in one ES module: its imports become `require`.
 * @type {import('esbuild').TransformOptions}
 */
export const scriptOptions = {
	format: 'cjs',
	platform: 'node',
	target: 'node20.19',
	supported: {'dynamic-import': false},
	define: {'import.meta.url': 'moduleUrl'},
	banner: `(function (require, module, __filename) {'use strict'; const moduleUrl = require('node:url').pathToFileURL(__filename).href;`,
	footer: '})',
	// A smaller file is read sooner; its lines stay short enough for a stack trace to say where.
	minifyWhitespace: true,
	lineLimit: 160,
	sourcemap: 'external',
};

/** @param {string} program @param {string} code a name of its own: of a script and the code compiled of it V8 compares only the length */
export function named(program, code) {
	return `${program}-${createHash('sha256').update(code).digest('hex').slice(0, 8)}.js`;
}

/**
 * The compiled code of all its functions. V8 refuses what was made by another version or under other flags (v8/src/snapshot/code-serializer.cc), so the flag
 * is again what it is where the program runs.
 * @param {string} code @param {string} filename what stack traces call it
 */
export function compileAll(code, filename) {
	setFlagsFromString('--no-lazy');
	const script = new Script(code, {filename});
	setFlagsFromString('--lazy');
	return script.createCachedData();
}

/**
 * The compiled code of those functions that run when a script is run once, in a process of its own. Rejects with what it printed when it fails.
 * @param {string} script path @param {readonly string[]} args @param {string} cwd
 */
export async function compileUsed(script, args, cwd) {
	const result = `${script}.code.new`;
	await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'compile-used.mjs'), result, script, ...args], {cwd});
	return readFileSync(result);
}

/** What starts a script. @param {string} name */
export function starter(name) {
	return `#!/usr/bin/env node
'use strict';
const {readFileSync} = require('node:fs');
const {Script} = require('node:vm');
const filename = \`\${__dirname}/${name}\`;
let cachedData;
try {
	cachedData = readFileSync(\`\${filename}.code\`);
} catch {
	// it starts some milliseconds later
}
new Script(readFileSync(filename, 'utf8'), {filename, cachedData}).runInThisContext()(require, module, filename);
`;
}
