import test, {type ExecutionContext} from 'ava';
import {bundle, type BundlePlan} from '../../src/runtime/bundle.ts';
import {imageMounts, type Base} from '../../src/runtime/image.ts';
import {mountCommands} from '../../src/runtime/mounts.ts';
import {userIds} from '../../src/runtime/users.ts';

const plan: BundlePlan = {
	args: ['sh'],
	env: ['A=b'],
	cwd: '/',
	uid: 0,
	gid: 0,
	capabilities: 1n << 13n,
	hostname: 'web',
	domainname: undefined,
	ownUts: true,
	netns: '/scratch/proc/2/fd/40',
	sysctls: {'net.ipv4.ip_unprivileged_port_start': '0'},
	root: '/scratch/containers/web/root',
	readOnly: false,
	mounts: [],
	ptsOptions: [],
};

const configOf = (change: Partial<BundlePlan>): Record<string, unknown> => JSON.parse(bundle({...plan, ...change})) as Record<string, unknown>;

test('a bundle names the netns by path and the capabilities by name', (t) => {
	t.like(configOf({}), {
		process: {capabilities: {bounding: ['CAP_NET_RAW'], effective: ['CAP_NET_RAW'], permitted: ['CAP_NET_RAW']}},
		linux: {namespaces: [{type: 'pid'}, {type: 'mount'}, {type: 'ipc'}, {type: 'uts'}, {type: 'network', path: '/scratch/proc/2/fd/40'}]},
		hostname: 'web',
	});
});

test("a container that shares its host's name sets none", (t) => {
	const config = configOf({ownUts: false, domainname: 'example.org'});
	t.false('hostname' in config);
	t.false('domainname' in config);
	t.like(config, {linux: {namespaces: [{type: 'pid'}, {type: 'mount'}, {type: 'ipc'}, {type: 'network', path: '/scratch/proc/2/fd/40'}]}});
});

test("the terminals' group is asked for only where the box has it", (t) => {
	t.false(bundle(plan).includes('gid=5'));
	t.true(bundle({...plan, ptsOptions: ['gid=5']}).includes('"mode=0620","gid=5"'));
});

const base: Base = {
	folder: '/scratch/base',
	layering: {kind: 'overlay', isRootless: false},
	programs: ['usr', 'lib64'],
	links: new Map([['bin', 'usr/bin']]),
	folders: [],
};

test("programs and settings are overlays, with our own programs above the machine's", (t) => {
	t.deepEqual(
		imageMounts(base, '/scratch/a:b').map(({destination, options}) => `${destination} ${options.join(' ')}`),
		[
			'/usr lowerdir=/scratch/base/usr:/usr upperdir=/scratch/a:b/layers/usr/upper workdir=/scratch/a:b/layers/usr/work',
			'/lib64 lowerdir=/lib64 upperdir=/scratch/a:b/layers/lib64/upper workdir=/scratch/a:b/layers/lib64/work',
			'/etc lowerdir=/scratch/base/etc upperdir=/scratch/a:b/layers/etc/upper workdir=/scratch/a:b/layers/etc/work',
		],
	);
});

test("in a user namespace overlays keep their marks in user attributes, and a read-only container's are read-only", (t) => {
	const [first] = imageMounts({...base, layering: {kind: 'overlay', isRootless: true}}, '/scratch/c', true);
	t.deepEqual(first?.options.slice(-2), ['userxattr', 'ro']);
});

test('where overlays are refused programs are read-only', (t) => {
	t.deepEqual(
		imageMounts({...base, layering: {kind: 'plain'}}, '/scratch/c').map(({destination, source, options}) => [destination, source, ...options]),
		[
			['/usr', '/usr', 'rbind', 'ro'],
			['/lib64', '/lib64', 'rbind', 'ro'],
			['/usr/local/bin', '/scratch/base/usr/local/bin', 'bind', 'ro'],
			['/etc', '/scratch/base/etc', 'bind', 'ro'],
		],
	);
});

test('a mount is one command, a read-only bind mount two', (t) => {
	t.deepEqual(mountCommands({destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'nodev', 'size=64m', 'mode=1777']}, '/r'), [
		'mount\ttmpfs\tshm\t/r/dev/shm\t6\tsize=64m,mode=1777\n',
	]);
	t.deepEqual(mountCommands({destination: '/x', type: 'bind', source: '/y', options: ['bind']}, ''), ['mount\tbind\t/y\t/x\t4096\t\n']);
	t.deepEqual(mountCommands({destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'ro', 'noexec']}, '/r'), [
		'mount\t\t/sys\t/r/sys\t20480\t\n',
		'mount\t\t\t/r/sys\t4137\t\n',
	]);
});

const whole = {hasUser: () => true, hasGroup: () => true};
const means = test.macro({
	exec(t: ExecutionContext, user: string | undefined, uid: number, gid: number) {
		t.deepEqual(userIds(user, whole), {uid, gid});
	},
	title: (_title, user) => `user ${String(user)}`,
});
test(means, undefined, 0, 0);
test(means, 'nobody', 65_534, 65_534);
test(means, '1000', 1000, 0);
test(means, '1000:1001', 1000, 1001);
test(means, 'root:tty', 0, 5);

test("a user or group that is not there is an error in Docker's words", (t) => {
	t.throws(() => userIds('mary', whole), {code: 'E_RUNTIME', message: /unable to find user mary/});
	t.throws(() => userIds('0:friends', whole), {code: 'E_RUNTIME', message: /unable to find group friends/});
	t.throws(() => userIds('1000', {hasUser: (uid) => uid === 0, hasGroup: () => true}), {code: 'E_RUNTIME', message: /only the user root/});
});
