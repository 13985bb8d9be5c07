// The entry of the command line. It does only what must come first: an engine that will be needed starts while the rest is loaded (early.ts).
import process from 'node:process';
import {expectShortLife} from '../base/v8.ts';
import {startEarly} from './early.ts';

expectShortLife();
const {stdin, stdout, stderr, env} = process;
// a reader that stops early (`vethlab ps | head -1`) is no error
stdout.on('error', (error: NodeJS.ErrnoException) => {
	if (error.code === 'EPIPE') {
		process.exit(0);
	}
});

async function main(): Promise<void> {
	const args = process.argv.slice(2);
	const early = startEarly(args, env);
	try {
		const {run} = await import('./run.ts');
		process.exitCode = await run(args, {stdin, stdout, stderr, env, early});
	} finally {
		await early?.drop();
	}
}

void main();
