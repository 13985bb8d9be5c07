// What goes wrong while packets are captured: it is said, what was captured until then is kept, and another capture goes on as if nothing had been.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {PcapngWriter} from '../../src/watch/files/index.ts';
import {needs} from '../needs.ts';
import {begun} from './capturing.ts';
import {isAnswered, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const yaml = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
`;
const ping = async (
	{client}: Lab,
	{
		to = '192.168.50.11',
		count = 1,
		size,
		timeoutMs = 20_000,
	}: {readonly to?: string; readonly count?: number; readonly size?: number; readonly timeoutMs?: number} = {},
) => client.call('probe', {kind: 'ping', from: 'a', to, count, size, df: false, timeoutMs});

/** The lines of a file's packets, without their times. */
async function packetsOf(file: string): Promise<readonly string[]> {
	const {stdout, stderr, exit} = await sandbox.vethlab(['capture', '-r', file]);
	if (exit !== 0) {
		throw new Error(stderr);
	}

	return stdout
		.trimEnd()
		.split('\n')
		.map((line) => line.replace(/^\S+ +/, ''));
}

needs('capture')('an interface that is not there is said, and captured when it comes', async (t) => {
	const lab = await sandbox.up(yaml, 'later');
	const {said, ended} = await begun(t, {sandbox, lab}, '-i', 'eth0', '-i', 'a/eth0', '-i', 'left', '-i', 'b/eth1', '-c', '1', 'udp port 9');
	t.regex(said.stderr, /^vethlab: no interface is called left, b\/eth1 now;/m);
	await lab.exec('a', 'ip', 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
	await lab.exec('a', 'sh', '-c', 'ip addr add 10.9.0.1/24 dev left; ip link set left up; ip link set right up');
	await lab.exec('a', 'ip', 'neighbour', 'add', '10.9.0.2', 'lladdr', '02:00:00:00:00:09', 'dev', 'left');
	await lab.exec('a', 'lab-web', 'probe', 'udp', '10.9.0.2', '9');
	t.is(await ended(), 0, said.stderr);
	t.regex(said.stdout, / a\/left .* UDP /);
});

needs('capture')('an interface that disappears while it is captured: what it had is kept, under its name, and the rest goes on', async (t) => {
	const lab = await sandbox.up(yaml, 'gone');
	await lab.exec(
		'a',
		'sh',
		'-c',
		'ip link add left type veth peer name right && ip addr add 10.9.0.1/24 dev left && ip link set left up && ip link set right up',
	);
	const file = join(sandbox.folder, 'gone.pcapng');
	const only = join(sandbox.folder, 'only.pcapng');
	const all = await begun(t, {sandbox, lab}, '-w', file, 'a', 'icmp or arp');
	const one = await begun(t, {sandbox, lab}, '-w', only, '-i', 'left', 'a', 'arp');
	// nobody has that address: it is asked for
	t.not((await ping(lab, {to: '10.9.0.2', timeoutMs: 1000})).result, 'ok');
	await lab.exec('a', 'ip', 'link', 'del', 'left');
	await isAnswered(t, ping(lab));
	await lab.exec('a', 'ip', 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
	t.is(await one.end(), 0, one.said.stderr);
	t.is(await all.end(), 0, all.said.stderr);
	t.regex(all.said.stderr, /, 0 dropped$/m);
	const lines = await packetsOf(file);
	t.true(
		lines.some((line) => /^a\/left out .*Who has 10\.9\.0\.2\?/.test(line)),
		lines.join('\n'),
	);
	t.true(lines.some((line) => /^a\/right in .*Who has 10\.9\.0\.2\?/.test(line)));
	t.is(lines.filter((line) => /^a\/eth0 .*Echo \(ping\)/.test(line)).length, 2);
	const few = await packetsOf(only);
	t.true(few.length > 0 && few.every((line) => line.startsWith('a/left out')), few.join('\n'));
	await lab.down();
});

/** A disk of 64 KiB at `folder` for the command behind these words, and what is on it afterwards at `kept`. */
function onSmallDisk(folder: string, kept: string): readonly string[] {
	const script = `mount -t tmpfs -o size=64k tmpfs '${folder}' && cd / && "$@"; code=$?; cp -r '${folder}/.' '${kept}'; exit $code`;
	return ['unshare', '--mount', 'sh', '-c', `mkdir -p '${folder}' '${kept}' && ${script}`, 'sh'];
}

needs('capture')('a full disk: that is said, the file ends with a whole packet, and another capture has them all', async (t) => {
	const lab = await sandbox.up(yaml, 'full');
	const [disk, kept, whole] = ['disk', 'kept', 'whole.pcapng'].map((name) => join(sandbox.folder, name)) as [string, string, string];
	const other = await begun(t, {sandbox, lab}, '-w', whole, 'a', 'icmp');
	const small = await begun(t, {sandbox, lab, before: onSmallDisk(disk, kept)}, '-w', join(disk, 'full.pcapng'), 'a', 'icmp');
	const pings = 60;
	await isAnswered(t, ping(lab, {count: pings, size: 1400}));
	t.is(await small.ended(), 4, small.said.stderr);
	t.regex(
		small.said.stderr,
		/write .*full\.pcapng: (?:write: )?ENOSPC.*\[E_SPACE\]\n {7}= what there was room for is in .*full\.pcapng; free some space, or capture with a filter/,
	);
	t.is(await other.end(), 0, other.said.stderr);
	t.regex(other.said.stderr, new RegExp(`^${2 * pings} packets, 0 dropped$`, 'm'));
	t.is((await packetsOf(whole)).length, 2 * pings);
	const some = (await packetsOf(join(kept, 'full.pcapng'))).length;
	t.true(some > 10 && some < 2 * pings, `${some} packets`);
	await lab.down();
});

needs('capture')('a full disk under the captures of a test: that is said, and the file can be read', async (t) => {
	const [disk, kept] = ['runs', 'kept-runs'].map((name) => join(sandbox.folder, name)) as [string, string];
	const file = sandbox.write(
		'keeps.veth.yaml',
		`${yaml}captures: {wire: {at: "a:eth0", filter: icmp}}
steps:
  - name: much
    do: {ping: {from: a, to: b, count: 60, size: 1400}}
    expect: [{packet: {at: "a:eth0", filter: icmp, count: 120}}]
`,
	);
	const {exit, stdout} = await sandbox.vethlab(['test', '--artifacts', disk, file], {before: onSmallDisk(disk, kept)});
	t.is(exit, 4, stdout);
	t.regex(stdout, /write .*wire\.pcapng: ENOSPC.*\[E_SPACE\]\n.*free some space, or capture with a filter/);
	t.true((await packetsOf(join(kept, 'run-1', 'keeps', 'wire.pcapng'))).length > 10);
	t.deepEqual(
		sandbox.left().filter((name) => name.startsWith('keeps')),
		[],
	);
});

test('a full disk while a file is written anew: that is said, and what there was room for can be read', async (t) => {
	const [disk, kept, from] = ['copies', 'kept-copies', 'big.pcapng'].map((name) => join(sandbox.folder, name)) as [string, string, string];
	const point = {name: 'eth0', description: '', linkType: 1};
	const packet = {point, seconds: 1, nanoseconds: 0, bytes: Buffer.alloc(1000), wireBytes: 1000, direction: undefined, comment: undefined};
	const writer = new PcapngWriter();
	writeFileSync(from, Buffer.concat([writer.begin(), ...Array.from({length: 100}, () => writer.packet(packet)).flat()]));
	const {exit, stderr} = await sandbox.vethlab(['capture', '-r', from, '-w', join(disk, 'copy.pcapng')], {before: onSmallDisk(disk, kept)});
	t.is(exit, 4);
	t.regex(stderr, /write .*copy\.pcapng: ENOSPC.*\[E_SPACE\]\n {7}= what there was room for is in .*copy\.pcapng; free some space/);
	const some = (await packetsOf(join(kept, 'copy.pcapng'))).length;
	t.true(some > 40 && some < 100, `${some} packets`);
});
