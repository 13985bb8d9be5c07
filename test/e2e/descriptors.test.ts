// An engine that runs for days must not collect open files.
import test from 'ava';
import {descriptors, endsWith, eventually, Sandbox, scenario} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const cycles = 50;

test('fifty stops and starts, and fifty commands and probes, leave the engine with the files it had', async (t) => {
	const lab = await sandbox.up(scenario('bridge-publish'));
	const engine = await sandbox.engine(lab.name);
	const cycle = async (): Promise<void> => {
		await lab.act({do: 'stop', service: 'web'});
		await lab.act({do: 'start', service: 'web'});
		await endsWith(t, lab.exec('cli', 'true'));
		await endsWith(t, lab.exec('cli', 'nosuch'), 127);
		t.is(await lab.httpSoon('laptop', 'http://192.168.50.10:8080/'), '192.168.50.12');
		const attached = lab.client.attach({where: 'h1', command: ['true'], terminal: {columns: 80, rows: 24, term: 'xterm'}});
		t.is(await attached.ended, 0);
	};
	// the first ones open what stays open
	await cycle();
	await cycle();
	const before = descriptors(engine);
	for (let turn = 0; turn < cycles; turn++) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await cycle();
	}

	t.true(await eventually(() => Math.abs(descriptors(engine) - before) <= 2), `${before} files before, ${descriptors(engine)} after`);
});
