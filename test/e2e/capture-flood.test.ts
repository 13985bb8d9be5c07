// A capture whose client does not read, while 200,000 packets a second come: the lab goes on, and what was not shown is counted.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {connect} from '../../src/api/client.ts';
import {packageFile} from '../../src/base/paths.ts';
import {inNetns} from '../../src/cli/bench/measure-capture.ts';
import {CaptureReader} from '../../src/watch/files/index.ts';
import {parseFilter} from '../../src/watch/filter/parse.ts';
import {PacketStore} from '../../src/watch/store/store.ts';
import {needs} from '../needs.ts';
import {run, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

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

needs('capture', 'crun')('a client that does not read loses packets, which are counted, and keeps nobody from a published port', async (t) => {
	const built = spawnSync('make', ['-s', '-C', packageFile('native'), 'bench'], {encoding: 'utf8'});
	t.is(built.status, 0, built.stderr);
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
	const netns = (await lab.client.call('namespaces', {node: 'a'})).net;
	const flood = run([...inNetns(await sandbox.engine('flood'), netns), packageFile('native/build/bench/flood'), 'eth0', String(rate), String(count)]).finally(
		() => {
			state.isOver = true;
		},
	);
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
