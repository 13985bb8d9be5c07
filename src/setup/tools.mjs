// The tools that judge and mend the code: where they are, and which files of native/ clang-format is given.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';

/** @param {string} root @param {string} name of a program that an npm package brings */
export function tool(root, name) {
	return join(root, 'node_modules/.bin', name);
}

/** @param {import('./machine.mjs').Machine} machine @returns {readonly string[]} the C and C++ files; none when clang-format is not installed */
export function forClangFormat({root, hasProgram}) {
	const files = hasProgram('clang-format') ? readdirSync(join(root, 'native'), {recursive: true, encoding: 'utf8'}) : [];
	return files.filter((name) => /\.(?:cc|c|h)$/.test(name) && !name.startsWith('build/')).map((name) => join('native', name));
}
