// vethlab capture of a running lab: what it prints and writes, and what happens when it cannot.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {needs} from '../needs.ts';
import test from 'ava';
import {begun} from './capturing.ts';
import {endsWith, eventually, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const yaml = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
services:
  web: {host: b, network_mode: bridge, image: lab/web, serve: [{http: {port: 80}}], ports: ["8080:80"]}
`;

needs('capture', 'crun')('a published port, seen at every point it passes, in the order of time', async (t) => {
	const lab = await sandbox.up(yaml, 'points');
	const {said, ended} = await begun(t, {sandbox, lab}, '-c', '7', '--json', 'tcp[tcpflags] == tcp-syn');
	await lab.client.call('probe', {kind: 'http', from: 'a', url: 'http://192.168.50.11:8080/', timeoutMs: 20_000});
	t.is(await ended(), 0, said.stderr);
	const packets = said.stdout
		.trimEnd()
		.split('\n')
		.map(
			(line) =>
				JSON.parse(line) as {
					readonly at: string;
					readonly direction: string;
					readonly time: string;
					readonly destination: string;
					readonly destinationPort: number;
				},
		);
	t.deepEqual(
		packets.map(
			({at, direction, destination, destinationPort}) => `${at.replace(/veth[\da-f]{7}/, 'veth')} ${direction} ${destination}:${destinationPort}`,
		),
		[
			'a/eth0 out 192.168.50.11:8080',
			'office/a-eth0 in 192.168.50.11:8080',
			'office/b-eth0 out 192.168.50.11:8080',
			'b/eth0 in 192.168.50.11:8080',
			'b/docker0 out 172.17.0.2:80',
			'b/veth out 172.17.0.2:80',
			'web/eth0 in 172.17.0.2:80',
		],
	);
	t.deepEqual(
		packets.map(({time}) => time),
		packets.map(({time}) => time).toSorted(),
	);
	t.regex(said.stderr, /^7 packets, 0 dropped$/m);
	lab.client.close();
});

needs('capture', 'crun')('-w writes a file that is read back, also when a container is restarted meanwhile', async (t) => {
	const lab = await sandbox.up(yaml, 'restarts');
	const file = join(sandbox.folder, 'restarts.pcapng');
	const {said, end} = await begun(t, {sandbox, lab}, '-w', file, 'web', 'icmp');
	const ping = async () => lab.client.call('probe', {kind: 'ping', from: 'b', to: '172.17.0.2', count: 1, size: undefined, df: false, timeoutMs: 20_000});
	await ping();
	await lab.client.call('act', {action: {do: 'restart', service: 'web', at: {line: 0, column: 0}}});
	await eventually(async () => {
		await ping();
		return true;
	});
	t.is(await end(), 0, said.stderr);
	t.regex(said.stderr, /^4 packets, 0 dropped$/m);
	const {stdout} = await sandbox.vethlab(['capture', '-r', file]);
	t.deepEqual(
		stdout
			.trimEnd()
			.split('\n')
			.map((line) => /web\/eth0 (\w+) .*ping\) (\w+)/.exec(line)?.slice(1).join(' ')),
		['in request', 'out reply', 'in request', 'out reply'],
	);
	lab.client.close();
});

needs('capture')('-w - writes to a pipe, and nothing else goes there', async (t) => {
	const lab = await sandbox.up(yaml.replace(/services:[^]*/, ''), 'pipes');
	const {said, end} = await begun(t, {sandbox, lab}, '-w', '-', 'a', '-i', 'eth0', 'icmp');
	await lab.client.call('probe', {kind: 'ping', from: 'a', to: '192.168.50.11', count: 1, size: undefined, df: false, timeoutMs: 20_000});
	t.is(await end(), 0, said.stderr);
	const file = join(sandbox.folder, 'pipe.pcapng');
	writeFileSync(file, said.stdout, 'latin1');
	t.is(readFileSync(file).readUInt32LE(0), 0x0a_0d_0d_0a);
	const {stdout} = await sandbox.vethlab(['capture', '-r', file]);
	t.is(stdout.trimEnd().split('\n').length, 2);
	lab.client.close();
});

needs('capture')('an engine that is killed ends a capture with what there was', async (t) => {
	const lab = await sandbox.up(yaml.replace(/services:[^]*/, ''), 'dies');
	const file = join(sandbox.folder, 'dies.pcapng');
	const {said, ended} = await begun(t, {sandbox, lab}, '-w', file, 'a', 'icmp');
	await lab.client.call('probe', {kind: 'ping', from: 'a', to: '192.168.50.11', count: 1, size: undefined, df: false, timeoutMs: 20_000});
	await eventually(async () => (await sandbox.vethlab(['capture', '-r', file])).stdout.trimEnd().split('\n').length === 2);
	process.kill(await sandbox.engine('dies'), 'SIGKILL');
	t.is(await ended(), 4);
	t.regex(said.stderr, /\[E_ENGINE_DEAD\]\n {7}= what was captured until then is in .*dies\.pcapng/);
	await endsWith(t, sandbox.vethlab(['capture', '-r', file]));
	lab.client.close();
});

needs('capture')('what cannot be captured is refused, and the lab goes on', async (t) => {
	const lab = await sandbox.up(yaml.replace(/services:[^]*/, ''), 'refuses');
	const refused = async (args: readonly string[], words: RegExp): Promise<void> => {
		const {exit, stdout, stderr} = await lab.vethlab('capture', ...args);
		t.is(exit, 2, stderr);
		t.regex(stderr + stdout, words);
	};
	await refused(['tcp prot 80'], /compile the filter "tcp prot 80": .*syntax error {2}\[E_ARGUMENT\]/);
	await refused(['offise'], /\[E_ARGUMENT\]\n {7}= did you mean "?office"?\? \(offise is no host, container or LAN, so it was taken for a filter\)/);
	await refused(['vlan 5'], /takes the VLAN tag out .*\[E_ARGUMENT\]/);
	await refused(['-w', '/nonexistent/x.pcapng'], /no such file or directory.*\[E_ARGUMENT\]/);
	await refused(['-w', '-', '--json'], /E_ARGUMENT[^]*--json would be printed into it/);
	await endsWith(t, lab.vethlab('ps'));
	lab.client.close();
});
