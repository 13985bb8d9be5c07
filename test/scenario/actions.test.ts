// Actions that are meant to be refused: whether they went as they were meant to, whatever the lab says.
import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import type {Action} from '../../src/model/lab.ts';
import {perform} from '../../src/scenario/actions.ts';
import type {Call} from '../../src/scenario/scene.ts';

const at = {line: 0, column: 0};
const view = {lab: '', title: '', about: '', file: '', createdMs: 0, isUp: true, lans: [], networks: [], hosts: []};
const conflict = new LabError('E_CONFLICT', {doing: 'link web to db', said: 'Cannot link to a non running container: /db AS /web/db'});

/** What comes of an action when the lab answers with this error, or with nothing. */
async function problemOf(action: Action, error?: Error): Promise<string | undefined> {
	const call: Call = async () => {
		if (error !== undefined) {
			throw error;
		}

		return {exit: 0, stdout: '', stderr: ''} as never;
	};
	return (await perform(action, {call, view, patienceMs: 1})).problem;
}

const start = (refusal?: string): Action => ({do: 'start', service: 'web', at, ...(refusal !== undefined && {refusal})});

test('a start that is to be refused is, in these words or in any', async (t) => {
	t.is(await problemOf(start('non running container'), conflict), undefined);
	t.is(await problemOf(start(''), conflict), undefined);
	t.is(await problemOf(start('already allocated'), conflict), 'it was refused, but with: Cannot link to a non running container: /db AS /web/db');
	t.is(await problemOf(start('')), 'but it was done');
	t.is(await problemOf(start()), undefined);
	await t.throwsAsync(problemOf(start(), conflict), {code: 'E_CONFLICT'} as object);
});

test('a command that is meant to fail may fail by not being let in', async (t) => {
	const exec = (fails: boolean): Action => ({do: 'exec', in: 'web', command: ['true'], fails, at});
	t.is(await problemOf(exec(true), conflict), undefined);
	t.is(await problemOf(exec(true)), 'exit 0, but it was to fail');
	await t.throwsAsync(problemOf(exec(false), conflict), {code: 'E_CONFLICT'} as object);
	await t.throwsAsync(problemOf(exec(true), new LabError('E_NAME_UNKNOWN', {doing: 'look for web'})), {code: 'E_NAME_UNKNOWN'} as object);
});
