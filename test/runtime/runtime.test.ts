// The runtime on the real kernel: cases.ts runs inside a box, as whoever runs the tests and (for root) once more as a user without rights.
import {spawn} from 'node:child_process';
import {chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {userArguments, userMap} from '../../src/api/userns.ts';
import {packageFile} from '../../src/base/paths.ts';
import {copyForOthers} from '../for-others.ts';

type Way = 'as you' | 'without rights';
interface Case {
	readonly name: string;
	readonly result?: unknown;
	readonly error?: string;
}
type Results = ReadonlyMap<string, Case>;

const nobody = 65_534;
const isMachinesRoot = process.getuid?.() === 0 && readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295');
/** Without the machine's root nobody else need have an id here, and 'as you' is without rights already. */
const ways: readonly Way[] = isMachinesRoot ? ['as you', 'without rights'] : ['as you'];
const results = new Map<Way, Promise<Results>>();
const others = mkdtempSync(join(tmpdir(), 'vethlab-runtime-'));
test.after.always(() => rmSync(others, {recursive: true}));

/** What runs in the box, where everybody can read it. */
function programForOthers(): string {
	copyForOthers(['native/build', '.tests/runtime/inside.js', '.tests/shared'], others);
	return others;
}

/** Runs all cases in one box; every test looks at its part. */
async function ran(way: Way): Promise<Results> {
	const known = results.get(way) ?? runBox(way);
	results.set(way, known);
	return known;
}

async function runBox(way: Way): Promise<Results> {
	const scratch = mkdtempSync(join(tmpdir(), 'vethlab-test-'));
	const dropped = way === 'without rights' ? ['setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', '--'] : [];
	if (way === 'without rights') {
		chownSync(scratch, nobody, nobody);
	}

	const unshare = [
		'unshare',
		...userArguments(way === 'without rights' ? 'single' : userMap(process.env)),
		'--fork',
		'--kill-child',
		'--pid',
		'--mount',
		'--net',
		'--uts',
		'--ipc',
	];
	const program = way === 'without rights' ? programForOthers() : packageFile('');
	const inside = [join(program, 'native/build/lab-init'), 'box', scratch, process.execPath, join(program, '.tests/runtime/inside.js')];
	const [file = '', ...args] = [...dropped, ...unshare, ...inside];
	const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', env: {...process.env, HOME: scratch, VETHLAB_SCRATCH: scratch}});
	let text = '';
	child.stdout.setEncoding('utf8');
	child.stdout.on('data', (chunk: string) => {
		text += chunk;
	});
	await new Promise((resolve) => {
		child.once('close', resolve);
	});
	const left = readdirSync(scratch);
	rmSync(scratch, {recursive: true});
	const lines = text
		.split('\n')
		.filter((line) => line.startsWith('{'))
		.map((line) => JSON.parse(line) as Case);
	const after: Case = {
		name: 'left',
		result: {files: left, mounts: readFileSync('/proc/mounts', 'utf8').includes(scratch), processes: processesWith(scratch)},
	};
	return new Map([...lines, after].map((one) => [one.name, one]));
}

/** Command lines that name the box's scratch folder. */
function processesWith(scratch: string): readonly string[] {
	return readdirSync('/proc')
		.filter((pid) => /^\d+$/.test(pid) && existsSync(`/proc/${pid}/cmdline`))
		.map((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
			} catch {
				return '';
			}
		})
		.filter((line) => line.includes(scratch));
}

function both(title: string, name: string, expected: unknown): void {
	for (const way of ways) {
		test(`${title} (${way})`, async (t: ExecutionContext) => {
			const {error, result} = (await ran(way)).get(name) ?? {};
			t.is(error, undefined);
			t.like(result, expected as object);
		});
	}
}

both("a host has its own name, processes, links and files, and nothing of the machine's people", 'host', {
	hostname: 'h1\n[0]',
	processes: '      1 lab-init\n[0]',
	links: 'lo\n[0]',
	secrets: '/home:\n\n/root:\n\n/run:\nvethlab.sock\n\n/srv:\n\n/tmp:\ncat: /etc/shadow: No such file or directory\n[1]',
	users: 'root tcpdump nobody [0]',
	directory: '/root\n/root\n[0]',
	devices: '4\nptmx\n[0]',
	programs: '/usr/bin/sh\n/usr/local/bin/lab-web\n/usr/local/bin/httpd\n[0]',
});
both("a host changes its network's settings, not the machine's", 'host', {
	settings: '1\nsh: 1: cannot create /proc/sys/kernel/panic: Read-only file system\n[0]',
	loopback: '[0]',
});
both('a file that is written again is seen at once', 'host', {before: '10.0.0.9        elsewhere\n[0]', after: '10.0.0.7        elsewhere\n[0]'});
both('a command gives its exit code and the first MiB of its output, as a shell would', 'exits', {
	code: 7,
	signal: 137,
	missing: {exit: 127, stdout: '', stderr: 'exec: "no-such-program": executable file not found in $PATH\n'},
	late: 124,
	long: 1_048_576,
	input: 'over\n[0]',
	both: {exit: 0, stdout: 'out\n', stderr: 'err\n'},
	unknown: 'E_NAME_UNKNOWN',
});
both('a command that leaves a process behind is not waited for', 'exits', {background: 'started\n[0]', left: [true, 1]});
both('a container has what Docker gives it', 'container', {
	hostname: 'c1-host\nc1-host\n[0]',
	first: '/usr/local/bin/lab-web pause [0]',
	environment: 'blue /root\n[0]',
	sysctl: '77\nsh: 1: cannot create /proc/sys/net/ipv4/ip_default_ttl: Read-only file system\n[2]',
	mayPing: '0\n[0]',
	isolated: 'lab-web\nps\nsh\n[0]',
});
for (const way of ways) {
	test(`a container has Docker's capabilities, and CAP_MKNOD only in a user namespace (${way})`, async (t) => {
		const {result} = (await ran(way)).get('container') ?? {};
		// bit 27: outside a user namespace a device made by hand is one of the machine
		const digits = isMachinesRoot && way === 'as you' ? '00000000a00425fb' : '00000000a80425fb';
		t.like(result, {capabilities: `CapEff:\t${digits}\nCapBnd:\t${digits}\n[0]`});
	});
}
both('a container has what its file asks for', 'container', {strict: '/tmp\nCapBnd:\t0000000000002000\n1\n1\nexample.org\n[0]'});
for (const way of ways) {
	test(`a container runs as another user, where the box has one (${way})`, async (t) => {
		const {error, result} = (await ran(way)).get('user') ?? {};
		t.is(error, undefined);
		const {isMapped, started, who, unknown} = result as Readonly<Record<string, unknown>>;
		t.deepEqual(started, isMapped === true ? ['done'] : ['E_RUNTIME run as nobody: this box has only the user root']);
		t.is(who, isMapped === true ? '65534\n65534\n/proc/1/status:CapEff:\t0000000000000000\n/proc/self/status:CapEff:\t0000000000000000\n[0]' : '');
		t.deepEqual(unknown, ['E_RUNTIME run as somebody: unable to find user somebody: no matching entries in passwd file']);
	});
}

both("its host sees a container's process", 'container', {seen: [['lab-web', '/usr/local/bin/lab-web', 'pause']]});
both('files are read as the container sees them, links too', 'container', {
	own: 'root:x:0:0:root:/root:/bin/bash\ntcpdump:x:0:0::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
	none: 'undefined',
	link: 'inside\n',
});
both("a container in mode host has its host's network, name and files, and its own processes", 'modeHost', {
	hostname: 'h1\n[0]',
	net: true,
	uts: true,
	pid: false,
	hosts: true,
	gone: 'E_NAME_UNKNOWN',
});
both('a container that ends is told with its exit code, and its output is kept; nothing of what starts it is left to it', 'life', {
	exits: ['c3 5'],
	logs: ['c3 stderr to err', 'c3 stdout has 0', 'c3 stdout to out'],
});
both('a container that does not heed SIGTERM is killed, and starts again with its files', 'life', {
	stopped: 137,
	whileStopped: 'E_CONFLICT',
	again: 'kept\nkept\n[0]',
	folders: [true, false],
	forgotten: false,
});
both("a container that cannot start is an error in crun's words, and can be started when that is mended", 'refused', {
	first: ['E_RUNTIME start c5 on h1: executable file `no-such-program` not found in $PATH: No such file or directory'],
	second: ['E_RUNTIME start c5 on h1: executable file `no-such-program` not found in $PATH: No such file or directory'],
	right: ['done'],
	noHost: ['E_NAME_UNKNOWN look for host nowhere: There is no lab, host or container of that name.', 'skipped'],
});
both('servers run beside a command and on a plain machine, and end', 'servers', {all: ['lab-web'], after: []});
both("a published port has a docker-proxy with the real one's command line, which holds the socket", 'ports', {
	seen: [
		{
			name: 'docker-proxy',
			args: [
				'/usr/bin/docker-proxy',
				'-proto',
				'tcp',
				'-host-ip',
				'127.0.0.1',
				'-host-port',
				'8080',
				'-container-ip',
				'172.17.0.2',
				'-container-port',
				'80',
				'-use-listen-fd',
			],
		},
	],
	held: [true],
	stopped: [1, true, 1, false],
	undone: ['done', 'done', 'done'],
	after: false,
	again: ['done'],
});
both("a port that is taken, or an address that is not there, is an error in Docker's words", 'ports', {
	taken: ['E_PORT_TAKEN publish 8080/tcp on h1: failed to bind host port for 127.0.0.1:8080/tcp: address already in use'],
	noAddress: ['E_RUNTIME publish 8080/tcp on h1: failed to bind host port for 192.0.2.1:8080/tcp: cannot assign requested address'],
});
both('a command attached to pipes gets input to its end', 'pipes', {exit: 3, text: 'through\ndone\n'});
both('a shell on a terminal has its size, its name and its keys', 'terminal', {prompt: true, size: true, term: true, resized: true, exit: 9, hungUp: 129});
both('a command of the lab is answered on a host, with its words as they were typed, and not in a container', 'ask', {
	onHost: {exit: 3, stdout: 'h1 pipework|a b||x\ny\n\n', stderr: 'and more\n'},
	inContainer: {exit: 1, stdout: '', stderr: 'pipework: only a host of the lab has this command, its containers do not: No such file or directory\n'},
	tooLong: 1,
	silent: 'srw-------\n[0]',
	atOnce: Array.from({length: 12}, () => 3),
});
both('what is deleted in a container or host is deleted there only', 'harm', {
	gone: [true, true],
	missing: 127,
	untouched: '/usr/bin/env\n[0]',
	inBox: [true, true, true],
});
both("where overlays are refused a host has the machine's programs read-only", 'plain', {stdout: 'h3\n/usr/local/bin/lab-web\nread-only\nwritable\n', exit: 0});
both('undo leaves no process, folder or descriptor', 'end', {
	undone: ['done', 'done', 'done', 'done', 'done', 'done', 'done'],
	left: [],
	unknown: 'E_NAME_UNKNOWN',
	descriptors: true,
	folders: [[], [], []],
});
both('the box leaves nothing on the machine', 'left', {files: [], mounts: false, processes: []});
