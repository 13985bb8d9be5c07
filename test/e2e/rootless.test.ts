// A person without any right on the machine: every scenario passes for them too, with a single user id in the box; with a range of them, one of each old mode.
// When the tests run in a user namespace, that is their own case, and the other user is one more namespace inside.
import {chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {copyForOthers} from '../for-others.ts';
import {isNeed, needs} from '../needs.ts';
import {run, Sandbox, scenario, scenarios, type Ran} from './lab.ts';
import {readLab} from './read.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

/** Nobody has these ids, nor any range of them, on a machine that is not a test's own. */
const user = 61_234;
const range = {first: 6_000_000, count: 65_536};
const isMachinesRoot = readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295');
const program = join(sandbox.folder, 'vethlab');

test.before(() => {
	chmodSync(sandbox.folder, 0o755);
	copyForOthers(['dist', 'native/build', 'scenarios'], program);
});

const homeOf = (map: 'single' | 'ranges'): string => join(sandbox.folder, `home-${map}`);

/** Runs `vethlab ARGS` as that user. */
async function asUser(map: 'single' | 'ranges', args: readonly string[]): Promise<Ran & {readonly left: string}> {
	return runAsUser(map, [process.execPath, join(program, 'dist/cli.js'), ...args]);
}

/** `ranges`: with a range of ids of their own, as useradd(8) gives; on files that only this command sees. */
async function runAsUser(map: 'single' | 'ranges', command: readonly string[]): Promise<Ran & {readonly left: string}> {
	const home = homeOf(map);
	mkdirSync(home, {recursive: true, mode: 0o700});
	chownSync(home, user, user);
	const ids = join(sandbox.folder, `ids-${map}`);
	writeFileSync(ids, map === 'ranges' ? `vethlab-test:${range.first}:${range.count}\n` : '');
	const names = join(sandbox.folder, `passwd-${map}`);
	writeFileSync(names, `${readFileSync('/etc/passwd', 'utf8').trimEnd()}\nvethlab-test:x:${user}:${user}::${home}:/bin/sh\n`);
	const script = `
mount --bind ${names} /etc/passwd
for file in /etc/subuid /etc/subgid; do test -e $file && mount --bind ${ids} $file; done
setpriv --reuid ${user} --regid ${user} --clear-groups -- "$@"
code=$?; ls -A ${home}/vethlab >&3; exit $code`;
	const left = join(sandbox.folder, `left-${map}`);
	const ran = await run(['unshare', '--mount', 'sh', '-c', `exec 3>${left}; ${script}`, 'sh', ...command], {
		env: {HOME: home, XDG_RUNTIME_DIR: home, USER: 'vethlab-test', LOGNAME: 'vethlab-test', VETHLAB_RUNTIME_DIR: undefined},
	});
	return {...ran, left: readFileSync(left, 'utf8')};
}

const copyOf = (file: string): string => join(program, 'scenarios', basename(file));
const files = ['bridge-publish', 'container', 'host', 'none'].map((name) => copyOf(scenario(name)));

/** Looks which ids the box has. */
const idsOf = {single: String.raw`^\s*0\s+${user}\s+1\s*$`, ranges: String.raw`^\s*0\s+${user}\s+1\s+1\s+${range.first}\s+\d{5}\s*$`};

async function passes(t: ExecutionContext, map: 'single' | 'ranges'): Promise<void> {
	const look = join(program, `${map}.veth.yaml`);
	writeFileSync(
		look,
		`vethlab: 1\nservices: {bare: {network_mode: none, image: lab/tools}}\nexpect:\n  - exec: {in: bare, cmd: [cat, /proc/self/uid_map], exit: 0, matches: '${idsOf[map]}'}\n`,
	);
	const {exit, stdout, stderr, left} = await asUser(map, ['test', ...files, look]);
	t.is(exit, 0, `${stdout}${stderr}`);
	t.regex(stdout, /^5 scenarios: \d+ checks passed, 0 failed/m);
	t.is(left, '', 'nothing is left in the folder of their labs');
}

/** Ends with a packet that tcpdump has written to a file, and read again; it leaves root for another user meanwhile. */
const dumps = `ping -i 0.2 -w 30 127.0.0.1 >/dev/null & tcpdump -c 1 -n -i lo -w /tmp/lo.pcap icmp; kill $!; tcpdump -n -r /tmp/lo.pcap`;
const dumpsEverywhere = `
vethlab() { '${process.execPath}' '${join(program, 'dist/cli.js')}' "$@"; }
vethlab up -d --name dumped '${copyOf(scenario('bridge-publish'))}' >&2
for where in h1 laptop web; do vethlab exec $where sh -c '${dumps}'; done
vethlab down >&2`;

function hasDumped(t: ExecutionContext, {exit, stdout, stderr}: Ran): void {
	t.is(exit, 0, stderr);
	t.is([...stdout.matchAll(/ICMP echo request/g)].length, 3, `${stdout}${stderr}`);
}

needs('tcpdump', 'ping').serial('tcpdump runs on hosts and in containers', async (t) => {
	hasDumped(t, await run(['sh', '-ec', dumpsEverywhere], {env: sandbox.env}));
});

if (isMachinesRoot) {
	needs('tcpdump', 'ping').serial('tcpdump runs on hosts and in containers, with a single user id', async (t) => {
		hasDumped(t, await runAsUser('single', ['sh', '-ec', dumpsEverywhere]));
	});

	needs('tcpdump', 'ping', 'uidmap').serial('tcpdump runs on hosts and in containers, with a range of user ids', async (t) => {
		hasDumped(t, await runAsUser('ranges', ['sh', '-ec', dumpsEverywhere]));
	});

	for (const file of scenarios()) {
		needs(...readLab(file).requires.filter(isNeed)).serial(`${basename(file)} passes without any right`, async (t) => {
			const {exit, stdout, stderr, left} = await asUser('single', ['test', '--artifacts', homeOf('single'), copyOf(file)]);
			t.is(exit, 0, `${stdout}${stderr}`);
			t.is(left, '', 'nothing is left in the folder of their labs');
		});
	}

	needs('capture', 'ping').serial('a capture is written by who has no rights in its namespaces', async (t) => {
		const file = join(program, 'captured.veth.yaml');
		writeFileSync(
			file,
			'vethlab: 1\nlans: {office: {subnet: 192.168.50.0/24}}\nhosts: {a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}, b: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}}\n',
		);
		const {exit, stdout, stderr, left} = await runAsUser('single', [
			'sh',
			'-ec',
			`cd "$HOME"; vethlab() { '${process.execPath}' '${join(program, 'dist/cli.js')}' "$@"; }
			vethlab up -d --name captured '${file}' >&2
			mkfifo said; '${process.execPath}' '${join(program, 'dist/cli.js')}' capture -w file.pcapng icmp 2>said & exec 4<said; read -r words <&4
			vethlab exec a ping -q -c 2 192.168.50.11 >&2
			kill -INT $!; cat <&4 >&2; wait $!
			vethlab capture -r file.pcapng; vethlab down >&2`,
		]);
		t.is(exit, 0, stderr);
		t.regex(stderr, /^16 packets, 0 dropped$/m);
		t.is(stdout.trimEnd().split('\n').length, 16, stdout);
		t.is(left, '', 'nothing is left in the folder of their labs');
	});
	test.serial('the old modes pass without any right, with a single user id', async (t) => passes(t, 'single'));
	needs('uidmap').serial('the old modes pass without any right, with a range of user ids', async (t) => passes(t, 'ranges'));
}

test.serial("in a user namespace of one's own everything is as without rights", async (t) => {
	const {exit, stdout, stderr} = await run(['unshare', '--user', '--map-root-user', '--', process.execPath, join(program, 'dist/cli.js'), 'test', ...files], {
		env: {...sandbox.env, VETHLAB_RUNTIME_DIR: join(sandbox.folder, 'inner')},
	});
	t.is(exit, 0, `${stdout}${stderr}`);
});
