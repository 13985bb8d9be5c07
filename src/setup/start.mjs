// `npm start`: set up what is missing, then the first lab: to be looked at on a terminal, checked elsewhere. Words after `--` are a vethlab command instead.
import {join} from 'node:path';
import {thisMachine} from './machine.mjs';
import {exitWith} from './problem.mjs';
import {setUp} from './steps.mjs';

const machine = thisMachine();
const given = process.argv.slice(2);
const first = [process.stdin.isTTY && process.stdout.isTTY ? 'up' : 'test', join(machine.root, 'scenarios/bridge-publish.veth.yaml')];

await exitWith(async () => {
	await setUp(machine);
	return machine.hand([process.execPath, join(machine.root, 'dist/cli.js'), ...(given.length > 0 ? given : first)]);
});
