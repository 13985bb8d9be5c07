// An overlay network of a lab that runs: what people do to it by the command line, and what every host knows afterwards.
import test from 'ava';
import {needs} from '../needs.ts';
import {endsWith, Sandbox, unordered} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {dc: {subnet: 192.168.50.0/24}}
hosts:
  h1: {nics: {eth0: {lan: dc, ip: 192.168.50.10/24}}}
  h2: {nics: {eth0: {lan: dc, ip: 192.168.50.11/24}}, docker: {engine: "20.10"}}
networks:
  app: {driver: overlay}
  other: {driver: overlay}
  front:
services:
  api: {host: h1, networks: [app], image: lab/tools}
  db: {host: h2, networks: [app, other], serve: [{http: {port: 80, echo: peer}}]}
  web: {host: h1, networks: [front], serve: [{http: {port: 80, echo: peer}}], ports: ["8080:80"]}
  lone: {host: h1, networks: [other], image: lab/tools}
`;

needs('vxlan').serial('containers come to an overlay network and leave it, on hosts with different engines, and their hosts are as before', async (t) => {
	const lab = await sandbox.up(text);
	const entries = async (place: string): Promise<readonly string[]> =>
		(await lab.client.call('net', {node: place})).fdb.flatMap(({mac, dst}) => (dst === undefined ? [] : [`${mac} ${dst}`])).toSorted();
	const before = await lab.stateOf('h1');
	t.deepEqual(await entries('h2:vxlan4097'), ['02:42:0a:00:01:02 192.168.50.10']);
	await endsWith(t, lab.exec('api', 'ping', '-c', '1', '-w', '30', 'db'));
	t.regex((await sandbox.vethlab(['networks', '--lab', lab.name])).stdout, /^app +overlay +h1 h2 +10\.0\.1\.0\/24 +10\.0\.1\.1 +vxlan4097 +api db$/m);

	const connect = async (verb: 'connect' | 'disconnect', service: string, network: string): Promise<void> => {
		const {exit, stderr} = await sandbox.vethlab([verb, '--lab', lab.name, network, service]);
		t.is(exit, 0, stderr);
	};
	await connect('connect', 'web', 'app');
	t.deepEqual(await entries('h2:vxlan4097'), ['02:42:0a:00:01:02 192.168.50.10', '02:42:0a:00:01:04 192.168.50.10']);
	t.is(await lab.httpSoon('db', 'http://web/'), '10.0.1.3');
	await connect('disconnect', 'web', 'front');
	t.is((await lab.container('web'))?.interfaces.find(({isWayOut}) => isWayOut)?.network, 'docker_gwbridge');
	await connect('connect', 'web', 'front');
	t.is((await lab.container('web'))?.interfaces.find(({isWayOut}) => isWayOut)?.network, 'front');
	await connect('disconnect', 'web', 'app');
	t.deepEqual(await entries('h2:vxlan4097'), ['02:42:0a:00:01:02 192.168.50.10']);

	await lab.act({do: 'stop', service: 'db'});
	t.deepEqual([await entries('h1:vxlan4097'), await entries('h1:vxlan4098')], [[], []]);
	await lab.act({do: 'start', service: 'db'});
	// the kernel opens a bridge's new port a moment later: until one is answered
	await endsWith(t, lab.exec('lone', 'ping', '-c', '1', '-w', '30', 'db'));
	const {stdout} = await lab.exec('h1:vxlan4098', 'ip', '-o', 'neigh');
	t.regex(stdout, /^10\.0\.2\.4 dev vxlan0 lladdr 02:42:0a:00:02:04 PERMANENT/m);
	const {net} = await lab.client.call('namespaces', {node: 'h1:vxlan4098'});
	t.is((await lab.exec('h1:vxlan4098', 'readlink', '/proc/self/ns/net')).stdout.trim(), `net:[${net}]`);
	await t.throwsAsync(lab.exec('h1:vxlan4099', 'true'), {code: 'E_NAME_UNKNOWN'});
	t.deepEqual(unordered(await lab.stateOf('h1')), unordered(before));
	const {exit} = await sandbox.vethlab(['down', lab.name]);
	t.is(exit, 0);
	t.deepEqual(sandbox.left(), []);
});
