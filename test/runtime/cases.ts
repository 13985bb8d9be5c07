// What runtime.test.ts does inside a box. Each case gives back plain data; they follow one another on the same two hosts.
import {setTimeout} from 'node:timers/promises';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {packageFile} from '../../src/base/paths.ts';
import type {Op} from '../../src/plan/op.ts';
import {capture} from '../../src/runtime/command.ts';
import {LabHost} from '../../src/runtime/host.ts';
import {makeBase, makeRoot} from '../../src/runtime/image.ts';
import {machineOf} from '../../src/runtime/node.ts';
import {
	addNetns,
	code,
	container,
	descriptors,
	exits,
	fdOf,
	host,
	logs,
	must,
	native,
	patienceMs,
	portOf,
	processNames,
	runtime,
	scratch,
	shell,
	until,
	words,
} from './stage.ts';

export const cases: Readonly<Record<string, () => Promise<unknown>>> = {
	async host() {
		await addNetns('h1');
		await must({do: 'file.write', node: 'h1', file: 'hosts', content: '10.0.0.9 elsewhere\n', why: ''}, host('h1'));
		const before = await shell('h1', 'getent hosts elsewhere');
		await must({do: 'file.write', node: 'h1', file: 'hosts', content: '10.0.0.7 elsewhere\n', why: ''});
		return {
			hostname: await shell('h1', 'hostname'),
			processes: await shell('h1', 'ps -e -o pid=,comm= | head -1'),
			links: await shell('h1', 'ls /sys/class/net'),
			secrets: await shell('h1', 'ls -A /root /home /run /tmp /srv; cat /etc/shadow'),
			users: await shell('h1', 'cut -d: -f1 /etc/passwd | tr "\\n" " "'),
			settings: await shell('h1', 'echo 1 > /proc/sys/kernel/panic; echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward'),
			before,
			after: await shell('h1', 'getent hosts elsewhere'),
			directory: await shell('h1', 'pwd; echo $HOME'),
			devices: await shell('h1', 'echo x > /dev/null && head -c 4 /dev/zero | wc -c && ls /dev/pts'),
			loopback: await shell('h1', 'ip link set lo up'),
			programs: await shell('h1', 'for name in sh lab-web httpd; do command -v $name; done'),
		};
	},

	async exits() {
		return {
			code: (await runtime.exec('h1', ['sh', '-c', 'exit 7'], patienceMs)).exit,
			signal: (await runtime.exec('h1', ['sh', '-c', 'kill -9 $$'], patienceMs)).exit,
			missing: await runtime.exec('h1', ['no-such-program'], patienceMs),
			late: (await runtime.exec('h1', ['sleep', '1000'], 50)).exit,
			long: (await runtime.exec('h1', ['head', '-c', '3000000', '/dev/zero'], patienceMs)).stdout.length,
			background: await shell('h1', 'sleep 1000 & echo started'),
			input: await shell('h1', 'cat; echo over'),
			both: await runtime.exec('h1', ['sh', '-c', 'echo out; echo err >&2'], patienceMs),
			unknown: await code(async () => runtime.exec('nobody', ['true'], patienceMs)),
			left: [await until(() => runtime.processes('h1').some(({name}) => name === 'sleep')), await runtime.signal('h1', 'sleep', 'KILL')],
		};
	},

	async container() {
		await addNetns('c1', 'c2');
		await must(
			container('c1', {sysctls: {'net.ipv4.ip_default_ttl': '77', 'net.ipv4.ping_group_range': '0 2147483647'}}),
			container('c2', {workingDir: '/tmp', capDrop: ['ALL'], capAdd: ['NET_RAW'], readOnly: true, domainname: 'example.org', args: ['sleep', '1000']}),
		);
		// crun leaves a moment before the container's own program begins
		await until(() => runtime.processes('h1').filter(({name}) => name === 'lab-web' || name === 'sleep').length === 2);
		return {
			hostname: await shell('c1', 'hostname; cat /proc/sys/kernel/hostname'),
			first: await shell('c1', 'tr "\\0" " " < /proc/1/cmdline'),
			environment: await shell('c1', 'echo $COLOUR $HOME'),
			capabilities: await shell('c1', 'grep CapEff /proc/self/status; grep CapBnd /proc/1/status'),
			sysctl: await shell('c1', 'cat /proc/sys/net/ipv4/ip_default_ttl; echo 3 > /proc/sys/net/ipv4/ip_default_ttl'),
			mayPing: await shell('c1', 'read first last < /proc/sys/net/ipv4/ping_group_range; echo $first'),
			strict: await shell(
				'c2',
				'pwd; grep CapBnd /proc/self/status; touch /x 2> /dev/null; echo $?; touch /usr/x 2> /dev/null; echo $?; cat /proc/sys/kernel/domainname',
			),
			seen: runtime
				.processes('h1')
				.filter(({pid}) => pid === runtime.pidOf('c1'))
				.map(({name, args}) => [name, ...args]),
			isolated: await shell('c1', 'ps -e -o comm= > /tmp/seen; sort -u /tmp/seen'),
			names: [runtime.namespaces('h1'), runtime.namespaces('c1')],
			own: await runtime.readFile('c1', '/etc/passwd'),
			none: (await runtime.readFile('c1', '/etc/none')) ?? 'undefined',
			link: await (async () => {
				await shell('c1', 'echo inside > /tmp/hostname; ln -s /tmp/hostname /tmp/link');
				return runtime.readFile('c1', '/tmp/link');
			})(),
		};
	},

	async user() {
		await addNetns('c9');
		const started = words(await runtime.do([container('c9', {user: 'nobody'})]));
		const isMapped = started[0] === 'done';
		const pid = runtime.pidOf('c9');
		await until(() => !isMapped || runtime.processes('h1').some((one) => one.pid === pid && one.name === 'lab-web'));
		const result = {
			started: isMapped ? ['done'] : started,
			isMapped,
			who: isMapped ? await shell('c9', 'id -u; id -g; grep CapEff /proc/1/status /proc/self/status') : '',
		};
		await runtime.undo([container('c9')]);
		return {...result, unknown: words(await runtime.do([container('c9', {user: 'somebody'})]))};
	},

	async modeHost() {
		await must(container('in-host', {netns: 'h1', uts: 'host', filesOf: 'h1', hostname: 'h1'}));
		const [machine, inside] = [runtime.namespaces('h1'), runtime.namespaces('in-host')];
		const result = {
			hostname: await shell('in-host', 'hostname'),
			net: machine.net === inside.net,
			uts: machine.uts === inside.uts,
			pid: machine.pid === inside.pid,
			hosts: machine.hostsFile === inside.hostsFile,
		};
		await runtime.undo([container('in-host')]);
		return {...result, gone: await code(async () => runtime.exec('in-host', ['true'], patienceMs))};
	},

	async life() {
		await addNetns('c3', 'c4');
		const talks = container('c3', {args: ['sh', '-c', 'echo to out; echo to err >&2; test ! -e /proc/$$/fd/3; echo has $? $LD_PRELOAD; exit 5']});
		await must(talks);
		await until(() => exits.includes('c3 5') && logs.filter((line) => line.startsWith('c3 ')).length === 3);
		const stubborn = container('c4', {args: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']});
		await must(stubborn);
		await shell('c4', 'echo kept > /etc/kept; echo kept > /srv/kept');
		const stopped = await runtime.stop('c4', 50);
		const whileStopped = await code(async () => runtime.exec('c4', ['true'], patienceMs));
		await runtime.undo([stubborn]);
		await must(stubborn);
		const again = await shell('c4', 'cat /etc/kept /srv/kept');
		await runtime.undo([talks, stubborn]);
		const folders = readdirSync(join(scratch, 'containers'));
		await runtime.forget('c3');
		return {
			exits: exits.filter((line) => line.startsWith('c')),
			logs: logs.filter((line) => line.startsWith('c3')).toSorted(),
			stopped,
			whileStopped,
			again,
			folders: [folders.includes('c3'), folders.includes('c4')],
			forgotten: existsSync(join(scratch, 'containers/c3')),
		};
	},

	async refused() {
		await addNetns('c5');
		const wrong = container('c5', {args: ['no-such-program']});
		const first = words(await runtime.do([wrong]));
		const second = words(await runtime.do([wrong]));
		const right = words(await runtime.do([container('c5')]));
		await runtime.undo([container('c5')]);
		return {first, second, right, noHost: words(await runtime.do([container('c5', {host: 'nowhere'}), container('c5')]))};
	},

	async servers() {
		await addNetns('c6');
		const serve = {do: 'serve.start', host: 'h1', serve: {kind: 'http', port: portOf(8081), status: 200, body: 'hello', echo: undefined}, why: ''} as const;
		await must(container('c6', {args: ['sleep', '1000'], serve: [{kind: 'tcp', port: portOf(7), echo: true}]}), serve);
		const owners = () => [...runtime.socketOwners('h1').values()].map(({name}) => name);
		await until(() => owners().filter((name) => name === 'lab-web').length >= 2);
		const all = owners();
		await runtime.undo([serve, container('c6')]);
		return {all: [...new Set(all)], after: owners()};
	},

	async ports() {
		const bind = {do: 'port.bind', host: 'h1', protocol: 'tcp', address: '127.0.0.1', port: portOf(8080), why: ''} as const;
		const udp = {...bind, protocol: 'udp'} as const;
		const proxy = {...bind, do: 'proxy.start', toAddress: '172.17.0.2', toPort: portOf(80)} as const;
		await must(bind, udp, proxy);
		await until(() => runtime.processes('h1').some(({name}) => name === 'docker-proxy'));
		const pid = runtime.proxyPid(bind);
		const look = () => runtime.processes('h1').filter((one) => one.pid === pid);
		// exec lets its parent go on a moment before the new program's arguments can be read
		for (let turn = 0; turn < 200 && look()[0]?.args.length === 0; turn++) {
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			await setTimeout(10);
		}

		const seen = look();
		const taken = words(await runtime.do([bind]));
		const held = [...runtime.socketOwners('h1').values()].filter(({name}) => name === 'docker-proxy').map((one) => one.pid === pid);
		const isStopped = () => runtime.processes('h1').some((one) => one.pid === pid && one.state === 'T');
		const stopped = [await runtime.signal('h1', 'docker-proxy', 'STOP'), isStopped(), await runtime.signal('h1', 'docker-proxy', 'CONT'), isStopped()];
		const undone = words(await runtime.undo([proxy, udp, bind]));
		const after = runtime.processes('h1').some(({name}) => name === 'docker-proxy');
		const again = words(await runtime.do([bind]));
		await runtime.undo([bind]);
		return {seen, taken, held, stopped, undone, after, again, noAddress: words(await runtime.do([{...bind, address: '192.0.2.1'}]))};
	},

	async pipes() {
		const attached = await runtime.attach('h1', ['sh', '-c', 'cat; echo done >&2; exit 3'], undefined);
		let text = '';
		attached.output.on('data', (bytes: Buffer) => {
			text += bytes.toString();
		});
		attached.error?.on('data', (bytes: Buffer) => {
			text += bytes.toString();
		});
		attached.input.end('through\n');
		return {exit: await attached.ended, text};
	},

	async terminal() {
		const attached = await runtime.attach('h1', [], {columns: 91, rows: 17, term: 'xterm-256color'});
		let text = '';
		attached.output.on('data', (bytes: Buffer) => {
			text += bytes.toString();
		});
		const sees = async (wanted: string) => until(() => text.includes(wanted));
		const prompt = await sees('root@h1:/root# ');
		attached.input.write('stty size; echo $TERM; tty\n');
		const size = await sees('17 91');
		const term = await sees('xterm-256color\r\n/dev/pts/');
		attached.resize(101, 27);
		attached.input.write('stty size\n');
		const resized = await sees('27 101');
		attached.input.write('sleep 4321\n');
		await until(() => runtime.processes('h1').some(({args}) => args.join(' ') === 'sleep 4321'));
		attached.input.write('\u0003');
		attached.input.write('exit 9\n');
		const exit = await attached.ended;
		const other = await runtime.attach('h1', ['sleep', '1000'], {columns: 80, rows: 24, term: 'vt100'});
		other.hangUp();
		return {prompt, size, term, resized, exit, hungUp: await other.ended};
	},

	async ask() {
		const clients = Array.from({length: 12}, async (_, index) => runtime.exec('h1', ['pipework', String(index)], patienceMs));
		return {
			onHost: await runtime.exec('h1', ['pipework', 'a b', '', 'x\ny'], patienceMs),
			inContainer: await runtime.exec('c2', ['pipework', 'br0'], patienceMs),
			tooLong: (await runtime.exec('h1', ['sh', '-c', 'pipework "$(head -c 100000 /dev/zero | tr "\\0" a)"'], patienceMs)).exit,
			silent: await shell('h1', 'ls -l /run/vethlab.sock | cut -c1-10'),
			atOnce: (await Promise.all(clients)).map(({exit}) => exit),
		};
	},

	async harm() {
		await addNetns('c7');
		await must(container('c7'));
		const inBox = () => ['/usr/bin/env', '/etc/passwd', '/usr/bin/ls'].map((file) => existsSync(file));
		const script = 'rm -rf /etc /usr/bin /tmp /root /srv /dev/shm 2> /dev/null; echo *';
		const gone = [await shell('c7', script), await shell('h1', script)];
		const untouched = await shell('c2', 'ls /usr/bin/env');
		await runtime.undo([container('c7')]);
		return {gone: gone.map((text) => text.includes('[0]')), missing: (await runtime.exec('h1', ['env'], patienceMs)).exit, untouched, inBox: inBox()};
	},

	async plain() {
		await addNetns('h3');
		const web = packageFile('native/build/lab-web');
		const base = makeBase(join(scratch, 'plain-base'), {kind: 'plain'}, {'/usr/local/bin/lab-web': web});
		const folder = join(scratch, 'plain');
		const files = join(scratch, 'files', 'h1');
		makeRoot(native, base, folder);
		const machine = await LabHost.start(native, {
			name: 'h3',
			netns: fdOf('h3'),
			folder,
			files,
			base,
			ptsOptions: [],
			labInit: packageFile('native/build/lab-init'),
			ask: async () => ({exit: 0, stdout: [], stderr: []}),
		});
		const {stdout, exit} = await capture(
			native,
			machineOf(machine, 0n),
			{args: ['sh', '-c', 'hostname; command -v lab-web; touch /usr/x 2> /dev/null || echo read-only; touch /root/x && echo writable']},
			patienceMs,
		);
		await machine.end();
		return {stdout, exit};
	},

	async end() {
		await addNetns('h2', 'c8');
		const before = descriptors();
		const proxied = {host: 'h2', protocol: 'tcp', address: '127.0.0.1', port: portOf(8080), why: ''} as const;
		const ops: readonly Op[] = [
			host('h2'),
			container('c8', {host: 'h2'}),
			{do: 'port.bind', ...proxied},
			{do: 'proxy.start', ...proxied, toAddress: '127.0.0.1', toPort: portOf(80)},
		];
		await must(...ops);
		await shell('c8', 'sleep 4321 & true');
		const undone = [...words(await runtime.undo(ops.toReversed())), ...words(await runtime.undo([container('c1'), container('c2'), host('h1')]))];
		return {
			undone,
			left: processNames().filter((name) => ['lab-web', 'sleep', 'docker-proxy', 'crun', 'memfd:crun'].includes(name)),
			unknown: await code(async () => runtime.exec('h1', ['true'], patienceMs)),
			descriptors: descriptors() <= before,
			folders: ['hosts', 'containers', 'crun'].map((name) => readdirSync(join(scratch, name))),
		};
	},
};
