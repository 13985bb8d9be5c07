// What a capture to a file costs, beside tcpdump at the same interface at the same time; printed and not asserted: npx tsx test/watch/live/measure.ts [RATE] [COUNT]
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {packageFile} from '../../../src/base/paths.ts';
import {eventually, Sandbox} from '../../e2e/lab.ts';

/** Of proc(5), stat: a hundredth of a second. */
const tickMs = 10;
const lab = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
`;

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Milliseconds of CPU that a process has used, with all its threads. */
function cpuMs(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Words that go before a command to run it in a network namespace of which the engine has a descriptor. */
function inNetns(engine: number, inode: string): readonly string[] {
	const folder = `/proc/${engine}/fd`;
	const fd = readdirSync(folder).find((name) => readlinkSync(join(folder, name)) === `net:[${inode}]`);
	return ['nsenter', `--net=${folder}/${fd}`, '--'];
}

function packetsIn(file: string): number {
	return Number(spawnSync('sh', ['-c', `tcpdump -nr ${file} 'udp port 9' 2>/dev/null | wc -l`], {encoding: 'utf8'}).stdout);
}

async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode === null) {
		child.kill('SIGINT');
		await once(child, 'exit');
	}
}

const [rate = 200_000, count = rate * 5] = process.argv.slice(2).map(Number);
const sandbox = new Sandbox();
const cli = (...args: readonly string[]): ChildProcess =>
	spawn(process.execPath, [packageFile('dist/cli.js'), ...args], {env: {...process.env, ...sandbox.env}, stdio: ['ignore', 'pipe', 'pipe']});
spawnSync('make', ['-C', packageFile('native'), 'bench'], {stdio: 'inherit'});
try {
	const {client} = await sandbox.up(lab, 'measure');
	const engine = await sandbox.engine('measure');
	const [ours, theirs] = ['ours.pcapng', 'theirs.pcap'].map((name) => join(sandbox.folder, name)) as [string, string];
	const capture = cli('capture', 'a', '-i', 'eth0', '-w', ours);
	let said = '';
	capture.stderr?.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	const [nsenter = '', ...into] = inNetns(engine, (await client.call('namespaces', {node: 'a'})).net);
	const tcpdump = spawn(nsenter, [...into, 'tcpdump', '-i', 'eth0', '-B', '16384', '-Z', 'root', '-w', theirs], {stdio: ['ignore', 'ignore', 'pipe']});
	await Promise.all([once(tcpdump.stderr, 'data'), eventually(() => said.includes('capturing'))]);
	await sleep(500);
	const pids = {engine, cli: capture.pid ?? 0, tcpdump: tcpdump.pid ?? 0};
	const before = Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)] as const);
	const flood = spawn(nsenter, [...into, packageFile('native/build/bench/flood'), 'eth0', String(rate), String(count)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [nanoseconds] = (await once(flood.stdout, 'data')) as [Buffer];
	const seconds = Number(nanoseconds.toString()) / 1e9;
	await sleep(500);
	const used = new Map(before.map(([name, ms]) => [name, cpuMs(pids[name as keyof typeof pids]) - ms]));
	await Promise.all([ended(capture), ended(tcpdump)]);
	const micros = (...names: readonly string[]): number => (names.reduce((sum, name) => sum + (used.get(name) ?? 0), 0) * 1000) / count;
	print(`${count} packets of 100 bytes in ${seconds.toFixed(2)} s: ${Math.round(count / seconds)} a second`);
	print(`vethlab  ${packetsIn(ours)} in the file; ${said.trim().split('\n').at(-1)}`);
	print(`tcpdump  ${packetsIn(theirs)} in the file`);
	print(
		`CPU for a packet: vethlab ${micros('engine', 'cli').toFixed(3)} us (engine ${micros('engine').toFixed(3)}, command ${micros('cli').toFixed(3)}), tcpdump ${micros('tcpdump').toFixed(3)} us`,
	);
	print(`vethlab / tcpdump = ${(micros('engine', 'cli') / micros('tcpdump')).toFixed(2)}`);
	client.close();
} finally {
	await sandbox.close();
}
