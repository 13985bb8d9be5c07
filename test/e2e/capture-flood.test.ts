// Captures while 200,000 packets a second come: the lab goes on, and what is not in the file or was not shown is counted.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {connect} from '../../src/api/client.ts';
import {packageFile} from '../../src/base/paths.ts';
import {inNetns} from '../../src/cli/bench/flood.ts';
import {CaptureReader} from '../../src/watch/files/index.ts';
import {parseFilter} from '../../src/watch/filter/parse.ts';
import {PacketStore} from '../../src/watch/store/store.ts';
import {needs} from '../needs.ts';
import {begun} from './capturing.ts';
import {run, Sandbox, type Lab} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

test.before((t) => {
	const {status, stderr} = spawnSync('make', ['-s', '-C', packageFile('native'), 'bench'], {encoding: 'utf8'});
	t.is(status, 0, stderr);
});

const rate = 200_000;
const count = 600_000;
const requests = 10;
const yaml = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
services:
  web: {host: b, network_mode: bridge, image: lab/web, serve: [{http: {port: 80}}], ports: ["8080:80"]}
`;

/** Sends the flood by eth0 of host a. */
async function sendFlood(lab: Lab): Promise<{readonly exit: number; readonly stderr: string}> {
	const netns = (await lab.client.call('namespaces', {node: 'a'})).net;
	return run([...inNetns(await sandbox.engine(lab.name), netns), packageFile('native/build/bench/flood'), 'eth0', String(rate), String(count)]);
}

needs('capture', 'crun').serial('a client that does not read loses packets, which are counted, and keeps nobody from a published port', async (t) => {
	const lab = await sandbox.up(yaml, 'flood');
	const before = await lab.httpSoon('a', 'http://192.168.50.11:8080/');
	const deaf = await connect(join(sandbox.labs, 'flood.sock'));
	const capturing = await deaf.capture({nodes: ['a'], interfaces: ['eth0'], filter: undefined, count: undefined});
	const reader = new CaptureReader('the capture');
	const store = new PacketStore();
	capturing.onData((piece) => {
		// a piece holds only until the next one comes
		reader.push(Buffer.from(piece));
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			store.take(packet);
		}
	});
	deaf.pause();
	const state = {isOver: false};
	const flood = sendFlood(lab).finally(() => {
		state.isOver = true;
	});
	const seen: string[] = [];
	for (let request = 0; request < requests || !state.isOver; request++) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other, as long as the flood lasts
		seen.push(await lab.http('a', 'http://192.168.50.11:8080/', 20_000));
	}

	const {exit, stderr} = await flood;
	t.is(exit, 0, stderr);
	deaf.resume();
	capturing.end();
	const {packets, drops} = await capturing.ended;
	t.true(seen.length >= requests);
	t.deepEqual([...new Set(seen)], [before]);
	t.is(store.end, packets);
	t.true(drops > count / 4, `${drops} dropped`);
	const flooded = store.find(parseFilter('udp.port == 9')).length;
	t.true(flooded > 0 && flooded < count, `${flooded}`);
	t.true(packets + drops >= count, `${packets} and ${drops} dropped, of ${count}`);
	deaf.close();
	lab.client.close();
});

needs('capture', 'crun').serial(
	'in a file that is written meanwhile every packet is there that was not counted as dropped, at each place in the order of time',
	async (t) => {
		const lab = await sandbox.up(yaml, 'written');
		const file = join(sandbox.folder, 'written.pcapng');
		const {said, end} = await begun(t, {sandbox, lab}, '-w', file, '--json', 'a', 'office', 'udp port 9');
		const {exit, stderr} = await sendFlood(lab);
		t.is(exit, 0, stderr);
		t.is(await end(), 0, said.stderr);
		const {packets, drops} = JSON.parse(said.stdout) as {readonly packets: number; readonly drops: number};
		const reader = new CaptureReader(file);
		reader.push(readFileSync(file));
		reader.push(undefined);
		const last = new Map<string, number>();
		const counts = new Map<string, number>();
		let read = 0;
		let early = 0;
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			const {point, seconds, nanoseconds} = packet;
			const at = seconds * 1e6 + nanoseconds / 1e3;
			early += at < (last.get(point.name) ?? 0) ? 1 : 0;
			last.set(point.name, at);
			counts.set(point.name, (counts.get(point.name) ?? 0) + 1);
			read++;
		}

		t.is(read, packets);
		t.is(early, 0);
		t.is((counts.get('a/eth0') ?? 0) + (counts.get('office/a-eth0') ?? 0) + drops, 2 * count, JSON.stringify([...counts]));
		lab.client.close();
	},
);
