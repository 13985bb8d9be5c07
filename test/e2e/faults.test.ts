// The engine is killed, and fails, at every step of a plan: nothing of the lab may stay.
import test, {type ExecutionContext} from 'ava';
import {planLab} from '../../src/drivers/index.ts';
import {endsWith, eventually, type Ran, scenario} from './lab.ts';
import {LittleMachine} from './machine.ts';
import {readLab} from './read.ts';

const file = scenario('bridge-publish');

async function boot(t: ExecutionContext): Promise<LittleMachine> {
	const machine = await LittleMachine.boot();
	t.teardown(async () => machine.close());
	return machine;
}

const steps = planLab(readLab(file)).units.reduce((sum, {ops}) => sum + ops.length, 0);
/** So many steps make one test: its result is a sign of life. */
const together = 25;
/** Of so many steps one is killed and failed. */
const every = Number(process.env['VETHLAB_FAULT_EVERY'] ?? 1);

/** Does `each` at every step from `first` on, on two machines that share the work and must be as before after each. */
async function atSteps(t: ExecutionContext, first: number, each: (machine: LittleMachine, step: number) => Promise<void>): Promise<void> {
	const last = Math.min(steps, first + together - 1);
	let next = first;
	const work = async (): Promise<void> => {
		const machine = await boot(t);
		const before = await machine.state();
		while (next <= last) {
			const step = next;
			next += every;
			// oxlint-disable-next-line no-await-in-loop -- one lab at a time on each machine
			await each(machine, step);
			// oxlint-disable-next-line no-await-in-loop -- as above
			t.is(await machine.state(), before, `after step ${step}`);
			t.deepEqual(machine.sandbox.left(), [], `after step ${step}`);
		}
	};
	await Promise.all([work(), work()]);
}

function upWith(machine: LittleMachine, fault: string): Promise<Ran> {
	return machine.vethlab(['up', '-d', file], {env: {VETHLAB_FAULT: fault}});
}

test('the plan has the steps that are killed and failed here', (t) => {
	t.true(steps > 80, `${steps} steps`);
});

for (let first = 1; first <= steps; first += together) {
	test.serial(`an engine killed after step ${first} or one of the next takes the whole lab with it`, async (t) => {
		await atSteps(t, first, async (machine, step) => {
			const {exit, stderr} = await upWith(machine, `kill:${step}`);
			t.is(exit, 4, `killed after step ${step}: ${stderr}`);
			t.regex(stderr, /\[E_ENGINE_DEAD\]/);
		});
	});

	test.serial(`when step ${first} or one of the next fails, up ends with its error and nothing is in the way of the next up`, async (t) => {
		await atSteps(t, first, async (machine, step) => {
			const {exit, stderr} = await upWith(machine, `fail:${step}`);
			t.is(exit, 4, stderr);
			t.true(stderr.includes(`a fault was asked for at step ${step}  [E_KERNEL]`), stderr);
		});
	});
}

test.serial('after a failure a machine takes the same lab without one', async (t) => {
	const machine = await boot(t);
	await endsWith(t, upWith(machine, `fail:${steps}`), 4);
	const {exit, stdout} = await machine.vethlab(['test', file]);
	t.is(exit, 0, stdout);
});

for (const which of ['engine', 'lab-init', 'unshare'] as const) {
	test.serial(`when ${which} is killed from outside nothing is left of a running lab`, async (t) => {
		const machine = await boot(t);
		const before = await machine.state();
		await endsWith(t, machine.vethlab(['up', '-d', file]));
		const during = await machine.state();
		t.regex(during, /docker-proxy -proto tcp/, 'the look sees the processes of a lab');
		const [lab] = JSON.parse((await machine.vethlab(['ls', '--json'])).stdout) as readonly {readonly pid: number}[];
		const parent = (pid: string): string => `$(cut -d" " -f4 /proc/${pid}/stat)`;
		const engine = String(lab?.pid);
		const victim = {engine, 'lab-init': parent(engine), unshare: parent(parent(engine))}[which];
		await endsWith(t, machine.shell(`kill -9 ${victim}`));
		await untilEnded(machine, before);
		t.is(await machine.state(), before);
		const labs = await machine.vethlab(['ls', '--json']);
		t.is(labs.stdout.trim(), '[]');
		t.deepEqual(machine.sandbox.left(), [], 'the next command sweeps');
		await endsWith(t, machine.vethlab(['test', file]));
	});
}

/** A box dies by the kernel's hand, which takes it some milliseconds. */
async function untilEnded(machine: LittleMachine, before: string): Promise<void> {
	await eventually(async () => (await machine.state()) === before);
}
