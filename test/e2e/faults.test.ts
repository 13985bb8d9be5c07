// The engine is killed, and fails, at every step of a plan: nothing of the lab may stay.
import test, {type ExecutionContext} from 'ava';
import {scenario, type Ran} from './lab.ts';
import {LittleMachine} from './machine.ts';

const file = scenario('bridge-publish');

async function boot(t: ExecutionContext): Promise<LittleMachine> {
	const machine = await LittleMachine.boot();
	t.teardown(async () => machine.close());
	return machine;
}

async function stepsOf(machine: LittleMachine): Promise<number> {
	const units = (await machine.sandbox.json('plan', file)) as readonly {readonly ops: readonly unknown[]}[];
	return units.reduce((sum, {ops}) => sum + ops.length, 0);
}

/** Every step from 1 on, on two machines that share the work. */
async function atEveryStep(t: ExecutionContext, each: (machine: LittleMachine, step: number) => Promise<void>): Promise<void> {
	const machines = await Promise.all([boot(t), boot(t)]);
	const steps = await stepsOf(machines[0]);
	t.true(steps > 80, `the plan has ${steps} steps`);
	let next = 1;
	await Promise.all(
		machines.map(async (machine) => {
			while (next <= steps) {
				const step = next;
				next++;
				// oxlint-disable-next-line no-await-in-loop -- one lab at a time on each machine
				await each(machine, step);
			}
		}),
	);
}

function upWith(machine: LittleMachine, fault: string): Promise<Ran> {
	return machine.vethlab(['up', '-d', file], {env: {VETHLAB_FAULT: fault}});
}

test.serial('an engine killed after any step takes the whole lab with it', async (t) => {
	const before = new Map<LittleMachine, string>();
	await atEveryStep(t, async (machine, step) => {
		const state = before.get(machine) ?? (await machine.state());
		before.set(machine, state);
		const {exit, stderr} = await upWith(machine, `kill:${step}`);
		t.is(exit, 4, `killed after step ${step}: ${stderr}`);
		t.regex(stderr, /\[E_ENGINE_DEAD\]/);
		t.is(await machine.state(), state, `after step ${step}`);
		t.deepEqual(machine.sandbox.left(), [], `after step ${step}`);
	});
});

test.serial('a step that fails ends `up` with its error, and leaves nothing that would be in the way of the next', async (t) => {
	const before = new Map<LittleMachine, string>();
	await atEveryStep(t, async (machine, step) => {
		const state = before.get(machine) ?? (await machine.state());
		before.set(machine, state);
		const {exit, stderr} = await upWith(machine, `fail:${step}`);
		t.is(exit, 4, stderr);
		t.true(stderr.includes(`a fault was asked for at step ${step}  [E_KERNEL]`), stderr);
		t.is(await machine.state(), state, `after step ${step}`);
		t.deepEqual(machine.sandbox.left(), [], `after step ${step}`);
	});
	const [machine] = [...before.keys()];
	const {exit, stdout} = (await machine?.vethlab(['test', file])) ?? {exit: -1, stdout: ''};
	t.is(exit, 0, stdout);
});

for (const which of ['engine', 'lab-init', 'unshare'] as const) {
	test.serial(`when ${which} is killed from outside nothing is left of a running lab`, async (t) => {
		const machine = await boot(t);
		const before = await machine.state();
		t.is((await machine.vethlab(['up', '-d', file])).exit, 0);
		const during = await machine.state();
		t.regex(during, /docker-proxy -proto tcp/, 'the look sees the processes of a lab');
		const [lab] = JSON.parse((await machine.vethlab(['ls', '--json'])).stdout) as readonly {readonly pid: number}[];
		const parent = (pid: string): string => `$(cut -d" " -f4 /proc/${pid}/stat)`;
		const engine = String(lab?.pid);
		const victim = {engine, 'lab-init': parent(engine), unshare: parent(parent(engine))}[which];
		t.is((await machine.shell(`kill -9 ${victim}`)).exit, 0);
		await untilEnded(machine, before);
		t.is(await machine.state(), before);
		const labs = await machine.vethlab(['ls', '--json']);
		t.is(labs.stdout.trim(), '[]');
		t.deepEqual(machine.sandbox.left(), [], 'the next command sweeps');
		t.is((await machine.vethlab(['test', file])).exit, 0);
	});
}

/** A box dies by the kernel's hand, which takes it some milliseconds. */
async function untilEnded(machine: LittleMachine, before: string): Promise<void> {
	const deadline = performance.now() + 20_000;
	while ((await machine.state()) !== before && performance.now() < deadline) {
		// looked at again
	}
}
