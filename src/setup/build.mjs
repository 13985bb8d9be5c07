// `npm run build`: the set-up alone.
import {thisMachine} from './machine.mjs';
import {exitWith} from './problem.mjs';
import {setUp} from './steps.mjs';

await exitWith(async () => {
	await setUp(thisMachine());
	return 0;
});
