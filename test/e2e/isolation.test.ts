// What happens in a lab stays there: the machine's files, settings and processes are out of reach of its hosts and containers.
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {endsWith, type Lab, run, Sandbox, scenario} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(scenario('bridge-publish'));
});

const nodes = ['h1', 'web'] as const;

for (const node of nodes) {
	test.serial(`${node} writes into layers of its own, not into the machine's folders`, async (t) => {
		const name = `vethlab-test-${process.pid}-${node}`;
		for (const folder of ['/usr', '/etc', '/root', '/tmp', '/var/lib', '/run', '/home', '/opt']) {
			// oxlint-disable-next-line no-await-in-loop -- one folder after the other
			t.is((await lab.exec(node, 'touch', `${folder}/${name}`)).exit, 0, folder);
			t.false(existsSync(`${folder}/${name}`), folder);
		}

		// a folder of the machine's root, whom a box without rights does not know: there the kernel refuses the copy
		await lab.exec(node, 'touch', `/usr/bin/${name}`);
		t.false(existsSync(`/usr/bin/${name}`));
	});

	test.serial(`${node} does not see what people of the machine have`, async (t) => {
		const secret = mkdtempSync(join(tmpdir(), 'vethlab-secret-'));
		t.teardown(() => {
			rmSync(secret, {recursive: true});
		});
		writeFileSync(join(secret, 'key'), 'secret');
		t.not((await lab.exec(node, 'cat', join(secret, 'key'))).exit, 0);
		t.not((await lab.exec(node, 'cat', '/etc/shadow')).exit, 0);
		t.not((await lab.exec(node, 'ls', sandbox.folder)).exit, 0);
		for (const folder of ['/home', '/run/user', '/run/vethlab', '/tmp']) {
			// oxlint-disable-next-line no-await-in-loop -- one folder after the other
			const {stdout} = await lab.exec(node, 'sh', '-c', `ls -A ${folder} | grep -v ^vethlab-test-`);
			t.is(stdout, '', folder);
		}

		t.regex((await lab.exec(node, 'cat', '/etc/passwd')).stdout, /^root:.*\ntcpdump:x:0:0:.*\nnobody:.*\n$/);
		const {stdout} = await lab.exec(node, 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
		t.false(stdout.includes('engine.js'), 'the engine is not among its processes');
		t.notRegex(
			(await lab.exec(node, 'cat', '/proc/self/mountinfo')).stdout,
			/ \/(?:home|root|tmp|run\/user)\S* /,
			'nothing of the machine is mounted there',
		);
	});

	test.serial(`a setting of ${node} is not one of the machine`, async (t) => {
		const key = '/proc/sys/net/ipv4/ip_local_port_range';
		const before = readFileSync(key, 'utf8');
		await lab.exec(node, 'sh', '-c', `echo "40000 40100" > ${key}`);
		if (node === 'h1') {
			t.is((await lab.exec(node, 'cat', key)).stdout.trim().replace(/\s+/, ' '), '40000 40100');
		}

		t.is(readFileSync(key, 'utf8'), before);
		for (const global of ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/panic', '/proc/sys/vm/swappiness', '/proc/sysrq-trigger']) {
			const was = global.includes('sysrq') ? '' : readFileSync(global, 'utf8');
			// oxlint-disable-next-line no-await-in-loop -- one file after the other; the value written is the value that is there
			const {exit} = await lab.exec(
				node,
				'sh',
				'-c',
				global.includes('sysrq') ? `test -w ${global}` : `cat ${global} > /tmp/was && cat /tmp/was > ${global}`,
			);
			t.not(exit, 0, `${global} can be written`);
			t.is(global.includes('sysrq') ? '' : readFileSync(global, 'utf8'), was);
		}
	});

	test.serial(`${node} has no device of the machine, nor can it make one`, async (t) => {
		const {stdout} = await lab.exec(node, 'sh', '-c', 'find /dev -type b; find /dev -type c');
		t.notRegex(stdout, /\/dev\/(?:sd|vd|nvme|mem|kmsg|port|loop)/);
		for (const folder of ['/tmp', '/usr', '/etc', '/dev', '/dev/shm']) {
			// 1, 5 is /dev/zero, which harms nobody; the kernel asks the same of all (mknod(2), mount(2) MS_NODEV)
			// oxlint-disable-next-line no-await-in-loop -- one folder after the other
			const made = await lab.exec(node, 'sh', '-c', `mknod ${folder}/made c 1 5 && head -c 1 ${folder}/made`);
			t.not(made.exit, 0, `a device made by hand in ${folder} opens`);
		}
	});
}

test.serial('rm -rf / on a host and in a container harms nothing outside, and the lab goes on', async (t) => {
	const {stdout: mounts} = await lab.exec('h1', 'cat', '/proc/self/mountinfo');
	for (const folder of ['/', '/usr', '/etc']) {
		const line = mounts.split('\n').find((one) => one.split(' ')[4] === folder) ?? '';
		// so that what follows deletes in a layer of the host's own: nothing else is below its root
		t.regex(line, folder === '/' ? / - tmpfs / : / - overlay /, `${folder}: ${line}`);
	}

	const machine = ['/usr/bin/env', '/etc/passwd', '/bin/sh', process.execPath].map((path) => statSync(path).ino);
	const victim = join(sandbox.folder, 'precious');
	writeFileSync(victim, 'here');
	// hundreds of thousands of files, some of which the machine has; in the container all that it needs
	const all = {laptop: '/', cli: '/bin /dev /etc /home /lib /lib64 /opt /root /run /sbin /srv /tmp /usr/bin /usr/local /usr/sbin /var'};
	for (const [node, folders] of Object.entries(all)) {
		const command = ['sh', '-c', `rm -rf --no-preserve-root ${folders} 2>/dev/null`];
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await lab.client.call('exec', {where: node, command, timeoutMs: 600_000});
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		t.is((await lab.exec(node, 'ls')).exit, 127, `${node} has no programs any more`);
	}

	t.deepEqual(
		['/usr/bin/env', '/etc/passwd', '/bin/sh', process.execPath].map((path) => statSync(path).ino),
		machine,
	);
	t.is(readFileSync(victim, 'utf8'), 'here');
	await endsWith(t, run(['env', 'true']));
	t.is((await lab.exec('web', 'ls', '/usr/bin/env')).exit, 0, 'other nodes have their own');
	t.is(await lab.httpSoon('web', 'http://127.0.0.1/'), '127.0.0.1');
	await lab.act({do: 'restart', service: 'web'});
	t.is((await lab.container('web'))?.state, 'running', 'and containers start as before');
});

const cannot = test.macro({
	async exec(t: ExecutionContext, command: string) {
		t.not((await lab.exec('web', 'sh', '-c', command)).exit, 0, command);
	},
	title: (_title, command) => `a container cannot: ${command}`,
});
test.serial(cannot, 'mount -t tmpfs tmpfs /mnt');
test.serial(cannot, 'ip link add dummy0 type dummy');
test.serial(cannot, 'nsenter -t 1 -m true --target 2');
test.serial(cannot, 'chroot / mount -o remount,rw /proc/sys');
test.serial(cannot, 'unshare --mount true');
test.serial(cannot, 'iptables -S');
