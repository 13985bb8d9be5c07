// pipework as a person has it: typed in a terminal on a host, seen in the views, heard of by the neighbours. All its forms: scenarios/pipework.veth.yaml.
import test from 'ava';
import {endsWith, eventually, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {office: {subnet: 192.168.1.0/24, subnet6: "fd00:1::/64"}}
hosts:
  gw: {docker: false, nics: {eth0: {lan: office, ip: 192.168.1.1/24, ip6: "fd00:1::1/64"}}}
  h1: {nics: {eth0: {lan: office}}, bridges: {br0: {ip: 192.168.1.35/24, ports: [eth0]}}, gateway: 192.168.1.1}
services:
  web: {host: h1, network_mode: none, image: lab/tools}
  other: {host: h1, network_mode: none, image: lab/tools}
  third: {host: h1, network_mode: none, image: lab/tools}
`;

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(text);
});

test.serial("pipework works in a host's shell, and the views show what it made", async (t) => {
	const shell = lab.client.attach({where: 'h1', command: [], terminal: {columns: 200, rows: 40, term: 'xterm'}});
	let said = '';
	shell.onData((bytes) => {
		said += Buffer.from(bytes).toString();
	});
	shell.write(Buffer.from('pipework br0 web 192.168.1.10/24@192.168.1.1; exit\n'));
	t.is(await shell.ended, 0);
	t.regex(said, /\nip link set veth1pl[\da-f]+ master br0 up\r\n/);
	const container = await lab.container('web');
	t.like(container?.interfaces[0], {dev: 'eth1', kind: 'veth', network: undefined, address: '192.168.1.10/24', gateway: '192.168.1.1', bridge: 'br0'});
	t.regex((await lab.vethlab('ps')).stdout, /^web +h1 +none +running \(pid \d+\) +192\.168\.1\.10\/24/m);
	const log = await lab.client.call('oplog', {from: 0});
	t.is(log.at(-1)?.unit, 'container:web');
	await endsWith(t, lab.exec('gw', 'ping', '-c', '1', '-w', '30', '192.168.1.10'));
});

test.serial('the neighbours hear of the new interface: who remembers another MAC for its address forgets it', async (t) => {
	const neighbour = async () => (await lab.exec('gw', 'ip', 'neigh', 'show', '192.168.1.10')).stdout;
	const {mac} = (await lab.container('web'))?.interfaces[0] ?? {mac: 'none'};
	t.true((await neighbour()).includes(mac));
	await lab.act({do: 'stop', service: 'web'});
	await endsWith(t, lab.exec('h1', 'pipework', 'br0', 'other', '192.168.1.10/24', '02:00:00:00:00:99'));
	t.true(await eventually(async () => (await neighbour()).includes('02:00:00:00:00:99')));
});

test.serial('and by IPv6, without being asked', async (t) => {
	const neighbour = async () => (await lab.exec('gw', 'ip', 'neigh', 'show', 'fd00:1::10')).stdout;
	// somebody had the address before; nobody asks for it from now on, so what comes in tells of the new one
	await endsWith(t, lab.exec('gw', 'ip', 'neigh', 'replace', 'fd00:1::10', 'lladdr', '02:00:00:00:00:66', 'dev', 'eth0', 'nud', 'stale'));
	const {exit, stdout} = await lab.exec('h1', 'pipework', 'br0', 'third', 'fd00:1::10/64@fd00:1::1', '02:00:00:00:00:10');
	t.is(exit, 0);
	t.regex(stdout, /^nsenter -t \d+ -n ip addr add fd00:1::10\/64 dev eth1$/m);
	t.true(await eventually(async () => (await neighbour()).includes('02:00:00:00:00:10')), await neighbour());
	await endsWith(t, lab.exec('third', 'ping', '-c', '1', '-w', '30', 'fd00:1::1'));
	t.regex((await lab.vethlab('ps')).stdout, /^third +h1 +none +running \(pid \d+\) +fd00:1::10\/64/m);
});

test.serial('a dozen at once each get their own', async (t) => {
	const ran = await Promise.all(
		Array.from({length: 12}, async (_, index) => lab.exec('h1', 'pipework', 'br0', '-i', `p${index}`, 'other', `192.168.1.${100 + index}/24`)),
	);
	t.deepEqual(
		ran.map(({exit}) => exit),
		ran.map(() => 0),
	);
	t.is((await lab.container('other'))?.interfaces.length, 13);
});
