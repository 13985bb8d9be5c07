// Runs inside a real box for runtime.test.ts: does the cases of cases.ts one after the other, and prints what each gave as a line of JSON.
import {writeSync} from 'node:fs';
import {LabError} from '../../src/base/errors.ts';
import {cases} from './cases.ts';

// the addon's callbacks do not keep a process alive; in the engine its socket does
setInterval(() => undefined, 1000);

for (const [name, run] of Object.entries(cases)) {
	try {
		// oxlint-disable-next-line no-await-in-loop -- they share the machine
		tell({name, result: await run()});
	} catch (error) {
		tell({name, error: error instanceof LabError ? `${error.code} ${error.message}` : String(error instanceof Error ? error.stack : error)});
	}
}

process.exit(0);

function tell(line: unknown): void {
	writeSync(1, `${JSON.stringify(line)}\n`);
}
