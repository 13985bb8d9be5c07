// `npm run fix`: what the tools can mend by themselves, one after the other; then what is left is said by `npm run check`.
import {thisMachine} from './machine.mjs';
import {exitWith} from './problem.mjs';
import {setUp, steps} from './steps.mjs';
import {forClangFormat, tool} from './tools.mjs';

const machine = thisMachine();
process.chdir(machine.root);

await exitWith(async () => {
	await setUp(
		machine,
		steps.filter((step) => step.name === 'modules'),
	);
	const native = forClangFormat(machine);
	const lint = await machine.hand([tool(machine.root, 'oxlint'), '--type-aware', '--fix']);
	const format = await machine.hand([tool(machine.root, 'oxfmt')]);
	const clang = native.length > 0 ? await machine.hand(['clang-format', '-i', ...native]) : 0;
	return Math.max(lint, format, clang) > 0 ? 1 : 0;
});
