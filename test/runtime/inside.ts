// Runs inside a real box for runtime.test.ts: does the cases of cases.ts one after the other, and prints what each gave as a line of JSON.
import {LabError} from '../../src/base/errors.ts';
import {cases} from './cases.ts';

for (const [name, run] of Object.entries(cases)) {
	try {
		// oxlint-disable-next-line no-await-in-loop -- they share the machine
		console.log(JSON.stringify({name, result: await run()}));
	} catch (error) {
		console.log(JSON.stringify({name, error: error instanceof LabError ? `${error.code} ${error.message}` : String(error instanceof Error ? error.stack : error)}));
	}
}

console.log(JSON.stringify({name: 'all', result: true}));
process.exit(0);
