// Steps as they are run: when a check is looked at again.
import test from 'ava';
import type {Check, Lab} from '../../src/model/lab.ts';
import {runSteps} from '../../src/scenario/run.ts';
import type {Call} from '../../src/scenario/scene.ts';

const at = {line: 1, column: 1};
const reach: Check = {at, check: 'reach', from: 'a', to: '192.0.2.1', protocol: 'icmp', port: undefined, size: undefined, df: false, result: 'ok'};

/** Asks each of these checks of a lab in which the first packet of all is lost. */
async function looks(check: Check): Promise<{readonly isGood: boolean | undefined; readonly patiences: readonly number[]}> {
	const patiences: number[] = [];
	const call = (async (method: string, params: {readonly timeoutMs: number}) => {
		if (method === 'view') {
			return {hosts: []};
		}

		patiences.push(params.timeoutMs);
		if (patiences.length > 1) {
			return {result: 'ok'};
		}

		await new Promise((resolve) => {
			setTimeout(resolve, params.timeoutMs);
		});
		return {result: 'timeout'};
	}) as unknown as Call;
	const none = async () => Promise.reject(new Error('nobody captures'));
	const lab = {steps: [{name: 's', do: [], withinMs: 2000, expect: [check], at}]} as unknown as Lab;
	const [result] = await runSteps(lab, {call, capture: none, compile: none}, () => undefined);
	return {isGood: result?.ok, patiences};
}

test('a packet that is lost leaves time for another look', async (t) => {
	const {isGood, patiences} = await looks(reach);
	t.true(isGood);
	t.deepEqual(patiences, [500, 1000]);
});

test('silence that is expected is waited for once, and for all of the time', async (t) => {
	t.deepEqual(await looks({...reach, result: 'timeout'}), {isGood: true, patiences: [2000]});
});
