// Errors of the table in base/errors.ts that need a whole lab, or a machine that lacks something, to be met. The others are met where their code is tested.
import {chmodSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {connect} from '../../src/api/client.ts';
import {runtimeDir} from '../../src/api/lab-files.ts';
import {codes} from '../../src/base/errors.ts';
import {packageFile} from '../../src/base/paths.ts';
import {endsWith, run, Sandbox, scenario, without} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

/** A file with so many containers on one bridge. */
function crowd(count: number, engine = 'engine: "28"'): string {
	const services = Array.from({length: count}, (_, number) => `  c${number}: {host: h1, network_mode: bridge, image: lab/tools}`);
	return ['vethlab: 1', `hosts: {h1: {docker: {${engine}}}}`, 'services:', ...services, ''].join('\n');
}

test.serial('every code of the table is met in some test', (t) => {
	const folder = packageFile('test');
	const texts = readdirSync(folder, {recursive: true, encoding: 'utf8'})
		.filter((path) => path.endsWith('.ts'))
		.map((path) => readFileSync(join(folder, path), 'utf8'))
		.join('\n');
	t.deepEqual(
		Object.keys(codes).filter((code) => !texts.includes(code)),
		[],
	);
});

test.serial('a bridge takes 1,023 ports: one container more is refused before anything is made', async (t) => {
	await endsWith(t, sandbox.vethlab(['plan', sandbox.write('full.veth.yaml', crowd(1023))]));
	const {exit, stderr} = await sandbox.vethlab(['up', '-d', sandbox.write('overfull.veth.yaml', crowd(1024))]);
	t.is(exit, 4);
	t.regex(stderr, /\[E_BRIDGE_FULL\]/);
	t.deepEqual(sandbox.left(), []);
});

test.serial('a range without a free address refuses the container that would need one', async (t) => {
	const {exit, stderr} = await sandbox.vethlab([
		'up',
		'-d',
		sandbox.write('range.veth.yaml', crowd(8, 'engine: "28", bip: 10.9.0.1/24, fixed_cidr: 10.9.0.8/29')),
	]);
	t.is(exit, 0, stderr);
	await endsWith(t, sandbox.vethlab(['down', '--all']));
	const more = await sandbox.vethlab(['up', '-d', sandbox.write('range9.veth.yaml', crowd(9, 'engine: "28", bip: 10.9.0.1/24, fixed_cidr: 10.9.0.8/29'))]);
	t.is(more.exit, 4);
	t.regex(more.stderr, /\[E_RANGE_EXHAUSTED\]/);
	t.deepEqual(sandbox.left(), []);
});

for (const program of ['crun', 'unshare']) {
	test.serial(`without ${program} a lab is refused, and what is missing is named`, async (t) => {
		const {exit, stderr} = await sandbox.vethlab(['up', '-d', scenario('none')], {before: without(sandbox, program)});
		t.is(exit, 3, stderr);
		t.regex(stderr, new RegExp(`${program}.*\\[E_PROGRAM_MISSING\\]`));
		t.regex(stderr, /^ {7}= \S/m);
		t.deepEqual(sandbox.left(), []);
	});
}

test.serial('where user namespaces are forbidden it says so, and how to allow them', async (t) => {
	// 65534: somebody who is not root, without a range of ids, in a namespace that allows no other inside
	const forbidden = [
		'unshare',
		'--user',
		'--map-root-user',
		'sh',
		'-c',
		'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-sys_admin --inh-caps=-all "$@"',
		'sh',
	];
	const folder = join(sandbox.folder, 'forbidden');
	mkdirSync(folder, {mode: 0o700});
	const {exit, stderr} = await sandbox.vethlab(['up', '-d', scenario('none')], {before: forbidden, env: {VETHLAB_RUNTIME_DIR: folder}});
	t.is(exit, 3, stderr);
	t.regex(stderr, /\[E_USERNS\]\n {7}= user\.max_user_namespaces is 0: .*sysctl -w user\.max_user_namespaces=/);
	t.deepEqual(readdirSync(folder), []);
});

test.serial('a folder for sockets that cannot be made is refused with its name', async (t) => {
	const file = sandbox.write('file', '');
	const {exit, stderr} = await sandbox.vethlab(['ls'], {env: {VETHLAB_RUNTIME_DIR: file}});
	t.is(exit, 2);
	t.regex(stderr, /\[E_SOCKET_FOREIGN\]/);
	await endsWith(t, sandbox.vethlab(['ls'], {env: {VETHLAB_RUNTIME_DIR: 'relative'}}), 2);
	const sealed = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o ro tmpfs ${sandbox.folder} && exec "$@"`, 'sh'];
	const readOnly = await sandbox.vethlab(['ls'], {before: sealed});
	t.is(readOnly.exit, 3, readOnly.stderr);
	t.true(readOnly.stderr.includes(`make ${sandbox.labs} for the labs' sockets`) && readOnly.stderr.includes('[E_PERMISSION]'), readOnly.stderr);
});

test.serial('a lab whose scratch memory is full says so, lives on, and works again when there is room', async (t) => {
	const lab = await sandbox.up(scenario('bridge-publish'));
	const engine = await sandbox.engine(lab.name);
	const scratch = join(sandbox.labs, lab.name);
	const inBox = async (command: string) => run(['nsenter', '--target', String(engine), '--mount', '--', 'sh', '-c', command]);
	await lab.act({do: 'stop', service: 'web'});
	await lab.act({do: 'remove', service: 'cli'});
	const before = await lab.stateOf('h1');
	t.is((await inBox(`mount -o remount,size=64m ${scratch} && cat /dev/zero > ${scratch}/filler 2>/dev/null; test -e ${scratch}/filler`)).exit, 0);
	const error = await t.throwsAsync(lab.act({do: 'start', service: 'web'}), {code: 'E_SPACE'});
	t.regex(error.message, /web/);
	t.deepEqual(await lab.stateOf('h1'), before);
	await endsWith(t, lab.vethlab('ps'));
	await endsWith(t, lab.exec('h1', 'true'));
	t.not((await lab.exec('h1', 'sh', '-c', 'head -c 100000 /dev/zero > /root/file')).exit, 0);
	await endsWith(t, inBox(`rm ${scratch}/filler`));
	await lab.act({do: 'start', service: 'web'});
	t.is(await lab.httpSoon('laptop', 'http://192.168.50.10:8080/'), '192.168.50.12');
	await lab.down();
});

test.serial('a folder for sockets without room is E_SPACE, and nothing is left', async (t) => {
	const folder = join(sandbox.folder, 'tiny');
	mkdirSync(folder, {mode: 0o700});
	const full = [
		'unshare',
		'--mount',
		'sh',
		'-c',
		`mount -t tmpfs -o size=4k,nr_inodes=3,mode=0700 tmpfs ${folder} && "$@"; code=$?; ls -A ${folder}; exit $code`,
		'sh',
	];
	const {exit, stdout, stderr} = await sandbox.vethlab(['up', '-d', scenario('none')], {before: full, env: {VETHLAB_RUNTIME_DIR: folder}});
	t.is(exit, 4, stderr);
	t.regex(stderr, /\[E_SPACE\]/);
	t.is(stdout, '');
});

/** In a user namespace with a single id there is no other user. */
const hasOthers = readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295');
if (hasOthers) {
	test.serial('a socket of another user is E_SOCKET_FOREIGN, and the lab of its own user does not mind', async (t) => {
		const lab = await sandbox.up(scenario('none'), 'mine');
		const path = join(sandbox.labs, 'mine.sock');
		chmodSync(sandbox.folder, 0o755);
		chmodSync(sandbox.labs, 0o755);
		const nobody = 65_534;
		process.seteuid?.(nobody);
		try {
			await t.throwsAsync(connect(path), {code: 'E_SOCKET_FOREIGN'});
			t.throws(() => runtimeDir(sandbox.env, nobody), {code: 'E_SOCKET_FOREIGN'});
		} finally {
			process.seteuid?.(0);
		}

		chmodSync(sandbox.labs, 0o700);
		(await connect(path)).close();
		await lab.down();
	});
}
