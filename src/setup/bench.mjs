// `npm run bench`: set up what is missing, then `vethlab bench`: the figures of the README, measured here.
import {join} from 'node:path';
import {thisMachine} from './machine.mjs';
import {exitWith} from './problem.mjs';
import {setUp} from './steps.mjs';

const machine = thisMachine();

await exitWith(async () => {
	await setUp(machine);
	return machine.hand([process.execPath, join(machine.root, 'dist/cli.js'), 'bench', ...process.argv.slice(2)]);
});
