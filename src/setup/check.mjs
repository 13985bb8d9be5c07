// `npm run check`: every tool that judges the code, side by side, and one line for each. It changes nothing; `npm run fix` does.
import {thisMachine} from './machine.mjs';
import {exitWith} from './problem.mjs';
import {setUp, steps} from './steps.mjs';
import {forClangFormat, tool} from './tools.mjs';

const machine = thisMachine();
process.chdir(machine.root);

const {root} = machine;
const native = forClangFormat(machine);

/** @type {Readonly<Record<string, readonly string[]>>} */
const checks = {
	tsc: [tool(root, 'tsc'), '-p', '.', '--pretty', 'false'],
	oxlint: [tool(root, 'oxlint'), '--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
	oxfmt: [tool(root, 'oxfmt'), '--check'],
	knip: [tool(root, 'knip'), '--no-progress'],
	...(native.length > 0 ? {'clang-format': ['clang-format', '--dry-run', '-Werror', '--ferror-limit=1', ...native]} : {}),
};

/** @param {[name: string, command: readonly string[]]} check */
async function judge([name, command]) {
	const began = Date.now();
	const {code, output} = await machine.run(command);
	return {name, isGood: code === 0, output, seconds: ((Date.now() - began) / 1000).toFixed(1)};
}

await exitWith(async () => {
	await setUp(
		machine,
		steps.filter((step) => step.name === 'modules'),
	);
	const results = await Promise.all(Object.entries(checks).map(judge));
	const bad = results.filter((result) => !result.isGood);
	for (const {name, output} of bad) {
		process.stdout.write(`── ${name}\n${output.trimEnd()}\n\n`);
	}

	for (const {name, isGood, seconds} of results) {
		process.stdout.write(`${isGood ? '✔' : '✘'} ${name.padEnd(12)} ${seconds.padStart(5)} s\n`);
	}

	if (!('clang-format' in checks)) {
		process.stdout.write('- clang-format is not installed: native/ was not looked at\n');
	}

	return bad.length === 0 ? 0 : 1;
});
