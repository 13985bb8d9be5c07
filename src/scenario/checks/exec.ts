// exec: a command in a node, its exit code and what it prints. The one hatch for what no other check can say.
import type {Checker} from '../scene.ts';

/** A command that has not ended by then has failed. */
const longestMs = 30_000;

export const exec: Checker<'exec'> = {
	title: (check) => `exec in ${check.in}: ${check.command.join(' ')}`,
	retries: () => false,
	async look(check, scene) {
		const {exit, stdout, stderr} = await scene.call('exec', {where: check.in, command: check.command, timeoutMs: longestMs});
		const output = stdout + stderr;
		const ok = exit === check.exit && output.includes(check.contains ?? '') && (check.matches === undefined || new RegExp(check.matches, 'm').test(output));
		const expected = [
			`exit ${check.exit}`,
			check.contains === undefined ? undefined : `output with ${JSON.stringify(check.contains)}`,
			check.matches === undefined ? undefined : `output like /${check.matches}/`,
		]
			.filter((part) => part !== undefined)
			.join(', ');
		return {ok, expected, got: `exit ${exit}`, evidence: output.split('\n').filter(Boolean).slice(0, 40)};
	},
};
