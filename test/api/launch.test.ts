import {chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {endLab, startEngine, type Started} from '../../src/api/launch.ts';
import {labFiles, runtimeDir} from '../../src/api/lab-files.ts';
import {listLabs} from '../../src/api/labs.ts';
import {childrenOf, gone, processId} from '../../src/api/process-id.ts';
import {LabError} from '../../src/base/errors.ts';
import {lookAround} from '../../src/runtime/surroundings.ts';

const program = [process.execPath, packageFile('.tests/api/engine-stub.js')];
const uid = process.getuid?.() ?? 0;
/** No user's own labs. */
const runtime = mkdtempSync(join(tmpdir(), 'vethlab-launch-'));
const env = {...process.env, VETHLAB_RUNTIME_DIR: runtime};

test.after.always(() => {
	rmSync(runtime, {recursive: true, force: true});
});

/** A lab name that no other test and no person has. */
function nameFor(t: ExecutionContext): string {
	return `t${process.pid}-${t.title.replaceAll(/\W/g, '').slice(0, 24)}`;
}

async function start(t: ExecutionContext, how = 'fine', name = nameFor(t)): Promise<Started> {
	const started = await startEngine({name, file: '/labs/some.veth.yaml', env: {...env, VETHLAB_STUB: how}, program});
	t.teardown(async () => endLab(started));
	return started;
}

function leftOf(name: string): readonly string[] {
	return readdirSync(runtimeDir(env, uid)).filter((entry) => entry.startsWith(name));
}

function mountsOf(name: string): readonly string[] {
	return readFileSync('/proc/mounts', 'utf8')
		.split('\n')
		.filter((line) => line.includes(name));
}

test("a lab is listed while it runs, with its engine's PID as the machine sees it, and is gone without a trace after its end", async (t) => {
	const {name, socket} = await start(t);
	const lab = (await listLabs(env)).find((one) => one.name === name);
	t.like(lab, {name, socket, file: '/labs/some.veth.yaml'});
	t.is(lstatSync(socket).isSocket(), true);
	const engine = processId(lab?.pid ?? 0);
	t.true(readFileSync(`/proc/${lab?.pid}/cmdline`, 'utf8').includes('engine-stub'));
	const children = engine === undefined ? [] : childrenOf(engine);
	t.true(children.length > 0);

	await endLab({name, socket});
	t.true(await gone(children, 0));
	t.deepEqual(leftOf(name), []);
	t.deepEqual(mountsOf(name), []);
	t.false((await listLabs(env)).some((one) => one.name === name));
});

test('two starts of the same name at once: exactly one wins', async (t) => {
	const name = nameFor(t);
	const results = await Promise.allSettled([start(t, 'fine', name), start(t, 'fine', name), start(t, 'fine', name)]);
	t.is(results.filter(({status}) => status === 'fulfilled').length, 1);
	for (const result of results) {
		if (result.status === 'rejected') {
			t.true(result.reason instanceof LabError && result.reason.code === 'E_LAB_EXISTS');
		}
	}

	await t.throwsAsync(start(t, 'fine', name), {code: 'E_LAB_EXISTS'});
});

test('when the engine is killed everything in the box dies, and the next list sweeps its files', async (t) => {
	const {name} = await start(t);
	const pid = (await listLabs(env)).find((one) => one.name === name)?.pid ?? 0;
	const engine = processId(pid);
	const all = engine === undefined ? [] : [engine, ...childrenOf(engine)];
	t.true(all.length > 1);
	process.kill(pid, 'SIGKILL');
	t.true(await gone(all, 30_000));
	t.true(
		await eventually(async () => {
			await listLabs(env);
			return leftOf(name).length === 0;
		}),
	);
});

test('a name whose lab was killed can be taken again at once', async (t) => {
	const {name} = await start(t);
	const engine = processId((await listLabs(env)).find((one) => one.name === name)?.pid ?? 0);
	t.not(engine, undefined);
	process.kill(engine?.pid ?? 0, 'SIGKILL');
	t.true(
		await eventually(async () =>
			start(t, 'fine', name).then(
				() => true,
				(error: unknown) => {
					t.true(error instanceof LabError && error.code === 'E_LAB_EXISTS', String(error));
					return false;
				},
			),
		),
	);
});

test('an engine that does not answer is listed and can be ended', async (t) => {
	const {name, socket} = await start(t, 'hangs');
	const lab = (await listLabs(env)).find((one) => one.name === name);
	t.is(lab?.file, '/labs/some.veth.yaml');
	t.true(readFileSync(`/proc/${lab?.pid}/cmdline`, 'utf8').includes('engine-stub'));
	await endLab({name, socket});
	t.deepEqual(leftOf(name), []);
	t.is(processId(lab?.pid ?? 0), undefined);
});

test('an engine that dies at once is an error with the last lines of its log, and leaves nothing', async (t) => {
	const error = await t.throwsAsync(start(t, 'dies'), {code: 'E_ENGINE_START'});
	t.regex(error.message, /the stub dies as it was told/);
	t.deepEqual(leftOf(nameFor(t)), []);
});

test('an error that the engine reports is thrown as it is', async (t) => {
	await t.throwsAsync(start(t, 'refuses'), {code: 'E_KERNEL_FEATURE', message: /^look for bridge: /});
	t.deepEqual(leftOf(nameFor(t)), []);
});

test('ending a lab that is gone is fine', async (t) => {
	const {name, socket} = await start(t);
	await endLab({name, socket});
	await t.notThrowsAsync(endLab({name, socket}));
});

test('what no lab has made is not swept', async (t) => {
	const name = nameFor(t);
	const {socket, scratch, log, record, folder} = labFiles(runtimeDir(env, uid), name);
	t.teardown(() => {
		rmSync(scratch, {recursive: true, force: true});
		rmSync(socket, {force: true});
		rmSync(log, {force: true});
	});
	mkdirSync(scratch);
	writeFileSync(join(scratch, 'mine'), '');
	writeFileSync(socket, 'not a socket');
	symlinkSync('/nowhere', log);
	await listLabs(env);
	await endLab({name, socket});
	t.deepEqual(
		readdirSync(folder)
			.filter((entry) => entry.startsWith(name))
			.toSorted(),
		[name, `${name}.log`, `${name}.sock`],
	);
	t.true(existsSync(join(scratch, 'mine')));
	t.false(existsSync(record));
});

/** In a user namespace with a single id there is no other user. */
if (lookAround().hasUser(65_534)) {
	test('a folder of sockets that others can write to, or that is a link, is refused', (t) => {
		const session = mkdtempSync(join(tmpdir(), 'vethlab-test-'));
		t.teardown(() => {
			rmSync(session, {recursive: true});
		});
		const other = uid === 0 ? 65_534 : uid;
		t.is(
			owned(() => runtimeDir({XDG_RUNTIME_DIR: session}, other), join(session, 'vethlab'), other),
			join(session, 'vethlab'),
		);
		rmSync(join(session, 'vethlab'), {recursive: true});
		symlinkSync(tmpdir(), join(session, 'vethlab'));
		t.throws(() => runtimeDir({XDG_RUNTIME_DIR: session}, other), {code: 'E_SOCKET_FOREIGN'});
		rmSync(join(session, 'vethlab'));
		mkdirSync(join(session, 'vethlab'), {mode: 0o700});
		t.throws(() => runtimeDir({XDG_RUNTIME_DIR: session}, other + 1), {code: 'E_SOCKET_FOREIGN'});
	});
}

const refusesName = test.macro({
	exec(t: ExecutionContext, name: string) {
		t.throws(() => labFiles('/run/vethlab', name), {code: 'E_ARGUMENT'});
	},
	title: (_title, name) => `a lab cannot be called ${JSON.stringify(name)}`,
});
test(refusesName, '');
test(refusesName, '../up');
test(refusesName, '-x');
test(refusesName, '.hidden');
test(refusesName, 'a b');
test(refusesName, 'x'.repeat(42));

test('a socket path that the kernel cannot take is an error that says so', (t) => {
	const error = t.throws(() => labFiles(`/tmp/${'d'.repeat(100)}`, 'lab'), {code: 'E_ARGUMENT'});
	t.regex(error.message, /114 bytes/);
});

/** Makes the folder as another user would, looks at it as that user. */
function owned(look: () => string, folder: string, owner: number): string {
	mkdirSync(folder, {mode: 0o700});
	chownSync(folder, owner, owner);
	return look();
}

/** Tries again until it is true. The time is for a machine that is busy. */
async function eventually(look: () => Promise<boolean>): Promise<boolean> {
	const deadline = performance.now() + 30_000;
	while (performance.now() < deadline) {
		// oxlint-disable-next-line no-await-in-loop -- tried again
		if (await look()) {
			return true;
		}
	}

	return false;
}
