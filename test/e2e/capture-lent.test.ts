// vethlab capture -w reads rings that the engine lends: what becomes of them when the lab, the command or a container goes, and when there is no room.
import {join} from 'node:path';
import test from 'ava';
import {needs} from '../needs.ts';
import {begun, placesIn} from './capturing.ts';
import {descriptors, endsWith, eventually, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const hosts = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
`;
const web = `${hosts}services:
  web: {host: b, network_mode: bridge, image: lab/web, serve: [{http: {port: 80}}]}
`;

async function ping(lab: Lab, from: string, to: string, count = 1): Promise<boolean> {
	const {result} = await lab.client.call('probe', {kind: 'ping', from, to, count, size: undefined, df: false, timeoutMs: 20_000});
	return result === 'ok';
}

async function restart(lab: Lab): Promise<void> {
	await lab.act({do: 'restart', service: 'web'});
	await eventually(async () => ping(lab, 'b', '172.17.0.2'));
}

needs('capture')('a lab that goes takes its capture with it: the file has what was captured, and nothing is left', async (t) => {
	const lab = await sandbox.up(hosts, 'goes');
	const file = join(sandbox.folder, 'goes.pcapng');
	const {said, ended} = await begun(t, {sandbox, lab}, '-w', file, 'a', 'icmp');
	await ping(lab, 'a', '192.168.50.11', 3);
	await endsWith(t, sandbox.vethlab(['down', lab.name]));
	t.is(await ended(), 4);
	t.regex(said.stderr, /\[E_ENGINE_DEAD\]\n {7}= what was captured until then is in .*goes\.pcapng/);
	t.deepEqual(
		placesIn(file),
		Array.from({length: 6}, () => 'a/eth0'),
	);
	t.deepEqual(
		sandbox.left().filter((name) => name.startsWith('goes')),
		[],
	);
	lab.client.close();
});

needs('capture', 'crun')('a capture that is stopped (SIGSTOP) keeps neither a container from its restart nor the lab from its end', async (t) => {
	const lab = await sandbox.up(web, 'stops');
	const file = join(sandbox.folder, 'stops.pcapng');
	const {child, said, ended} = await begun(t, {sandbox, lab}, '-w', file, 'web', 'a', 'icmp');
	await ping(lab, 'b', '172.17.0.2');
	child.kill('SIGSTOP');
	await restart(lab);
	await ping(lab, 'a', '192.168.50.11');
	await endsWith(t, sandbox.vethlab(['down', lab.name]));
	t.deepEqual(
		sandbox.left().filter((name) => name.startsWith('stops')),
		[],
	);
	// the namespaces of its rings are there as long as it is stopped; then it finds out, and lets go of them
	child.kill('SIGCONT');
	t.is(await ended(), 4, said.stderr);
	const places = placesIn(file);
	t.deepEqual([places.filter((place) => place === 'web/eth0').length, places.filter((place) => place === 'a/eth0').length], [2, 2]);
	lab.client.close();
});

needs('capture', 'crun')('captures that end, are killed, or see restarts leave the engine with the files it had', async (t) => {
	const lab = await sandbox.up(web, 'ends');
	const engine = await sandbox.engine(lab.name);
	const cycle = async (how: 'SIGINT' | 'SIGKILL'): Promise<void> => {
		const file = join(sandbox.folder, `${how}.pcapng`);
		const {child, said, end, ended} = await begun(t, {sandbox, lab}, '-w', file, 'icmp');
		await restart(lab);
		if (how === 'SIGINT') {
			t.is(await end(), 0, said.stderr);
			t.true(placesIn(file).includes('web/eth0'), 'the container that was started meanwhile is captured');
		} else {
			child.kill(how);
			await ended();
		}
	};
	await cycle('SIGINT');
	await cycle('SIGKILL');
	const before = descriptors(engine);
	for (let turn = 0; turn < 5; turn++) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await cycle('SIGINT');
		// oxlint-disable-next-line no-await-in-loop -- the same
		await cycle('SIGKILL');
	}

	t.true(await eventually(() => descriptors(engine) <= before), `${before} files before, ${descriptors(engine)} after`);
	lab.client.close();
});

needs('capture', 'ping')('-c counts packets of all points together, -i chooses interfaces, and --json says what it came to', async (t) => {
	const lab = await sandbox.up(hosts, 'counts');
	const file = join(sandbox.folder, 'counts.pcapng');
	const {said, ended} = await begun(t, {sandbox, lab}, '-w', file, '-c', '5', '-i', 'eth0', '--json', 'icmp');
	await ping(lab, 'a', '192.168.50.11', 4);
	t.is(await ended(), 0, said.stderr);
	t.deepEqual(JSON.parse(said.stdout), {packets: 5, drops: 0});
	const places = placesIn(file);
	t.is(places.length, 5);
	t.deepEqual(places.slice(0, 4), ['a/eth0', 'b/eth0', 'b/eth0', 'a/eth0']);
	lab.client.close();
});

needs(
	'capture',
	'ping',
	'userns',
)('a disk without room ends the capture, and its file with a whole packet', async (t) => {
	const lab = await sandbox.up(hosts, 'full');
	const before = [
		'unshare',
		'--user',
		'--map-root-user',
		'--mount',
		'sh',
		'-c',
		'mount -t tmpfs -o size=1m none /mnt && "$@"; code=$?; cp /mnt/full.pcapng "$0"; exit $code',
	];
	const file = join(sandbox.folder, 'full.pcapng');
	const {said, ended} = await begun(t, {sandbox, lab, before: [...before, file]}, '-w', '/mnt/full.pcapng', 'a');
	const flood = lab.client.call('exec', {where: 'a', command: ['ping', '-q', '-f', '-c', '1000', '-s', '1400', '192.168.50.10'], timeoutMs: 60_000});
	t.is(await ended(), 4);
	t.regex(said.stderr, /write \/mnt\/full\.pcapng: .*no space.*\[E_SPACE\]\n {7}= what there was room for is in \/mnt\/full\.pcapng/i);
	const {length} = placesIn(file);
	t.true(length > 600 && length < 750, `${length} packets of 1442 bytes`);
	await flood;
	lab.client.close();
});

needs('capture')('who reads a pipe slowly loses packets, not the lab', async (t) => {
	const lab = await sandbox.up(hosts, 'slow');
	const {child, said, end} = await begun(t, {sandbox, lab}, '-w', '-', 'a', 'icmp');
	child.stdout?.pause();
	await lab.client.call('exec', {where: 'a', command: ['ping', '-q', '-f', '-c', '20000', '-s', '1400', '192.168.50.10'], timeoutMs: 60_000});
	await ping(lab, 'a', '192.168.50.11');
	await endsWith(t, lab.vethlab('ps'));
	child.stdout?.resume();
	t.is(await end(), 0, said.stderr);
	const [, packets = '', drops = ''] = /^(\d+) packets, (\d+) dropped$/m.exec(said.stderr) ?? [];
	t.true(Number(drops) > 0 && Number(packets) > 0, said.stderr);
	lab.client.close();
});
