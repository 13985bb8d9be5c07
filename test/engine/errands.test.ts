// Commands typed on a host, on a machine in memory: what they say, what the lab knows afterwards, and that a failed one changes nothing.
import test from 'ava';
import {Applier} from '../../src/engine/apply.ts';
import {runErrand} from '../../src/engine/errands.ts';
import {LiveLab} from '../../src/engine/live.ts';
import {EmbeddedStore} from '../../src/engine/store/embedded.ts';
import {FakeMachine} from '../../src/kernel/fake.ts';
import type {Told} from '../../src/runtime/door.ts';
import {labOf} from '../e2e/read.ts';

const lab = labOf(`
vethlab: 1
lans: {office: {subnet: 192.168.1.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 192.168.1.35/24}, eth1: {lan: office}}, gateway: 192.168.1.1, bridges: {br7: {ports: [eth1]}}}
  h2: {nics: {eth0: {lan: office, ip: 192.168.1.36/24}}, docker: {engine: "20.10"}}
services:
  web: {host: h1, network_mode: bridge, container_name: shop, image: lab/tools}
  bare: {host: h1, network_mode: none, image: lab/tools}
  guest: {host: h1, network_mode: "service:web", image: lab/tools}
  naked: {host: h1, network_mode: host, image: lab/tools}
  far: {host: h2, network_mode: none, image: lab/tools}
`);

class CountingMachine extends FakeMachine {
	tried = 0;

	override async do(...args: Parameters<FakeMachine['do']>): ReturnType<FakeMachine['do']> {
		const outcomes = await super.do(...args);
		this.tried += outcomes.filter(({is}) => is !== 'skipped').length;
		return outcomes;
	}
}

interface Bench {
	readonly machine: CountingMachine;
	readonly live: LiveLab;
	pipework(line: string, host?: string): Promise<Told>;
}

async function bench(of = lab): Promise<Bench> {
	const machine = new CountingMachine();
	const applier = new Applier(machine, () => undefined);
	const processes = {
		stop: async () => 143,
		isRunning: () => true,
		signal: async () => 0,
		keepNetns: () => undefined,
		dropNetns: () => undefined,
		forget: async () => undefined,
	};
	const live = new LiveLab({machine, applier, processes, store: new EmbeddedStore(), changed: () => undefined});
	await live.up(of);
	return {
		machine,
		live,
		pipework: async (line, host = 'h1') => runErrand({live, applier, machine, pidOf: () => 77}, host, ['pipework', ...line.split(' ')]),
	};
}

test('each step is said as the command that it stands for, and the lab knows the interface', async (t) => {
	const {live, machine, pipework} = await bench();
	const {exit, stdout} = await pipework('br0 -l mine shop 192.168.1.10/24@192.168.1.1 02:00:00:00:00:10');
	t.is(exit, 0);
	t.deepEqual(stdout, [
		'ip link add br0 type bridge',
		'ip link set br0 up',
		'iptables -t filter -A FORWARD -i br0 -o br0 -j ACCEPT',
		'ip link add mine type veth peer name eth1 address 02:00:00:00:00:10 netns 77',
		'ip link set mine master br0 up',
		'nsenter -t 77 -n ip addr add 192.168.1.10/24 brd 192.168.1.255 dev eth1',
		'nsenter -t 77 -n ip link set eth1 up',
		'nsenter -t 77 -n ip route del default via 172.17.0.1 dev eth0',
		'nsenter -t 77 -n ip route add default via 192.168.1.1 dev eth1',
		'nsenter -t 77 -n sysctl -qw net.ipv4.conf.eth1.arp_notify=1',
		'nsenter -t 77 -n ip link set eth1 address 02:00:00:00:00:10',
	]);
	t.deepEqual(
		(await machine.net('web')).routes.filter(({to}) => to === 'default').map(({via}) => via),
		['192.168.1.1'],
	);
	t.like(live.allocations?.containers.get('web')?.interfaces[1], {dev: 'eth1', kind: 'veth', network: undefined, bridge: 'br0', veth: 'mine'});
	t.deepEqual(live.lab?.hosts[0]?.bridges.at(-1), {dev: 'br0', address: undefined, ports: []});
});

test('what is there is not made again, and a stopped container loses what pipework gave it', async (t) => {
	const {live, machine, pipework} = await bench();
	await pipework('br0 bare 192.168.1.10/24');
	const {stdout} = await pipework('br0 -i eth2 bare 0/0');
	t.deepEqual(stdout, [
		'ip link add veth2pl9db0c type veth peer name eth2 address 02:ab:f5:67:b3:9b netns 77',
		'ip link set veth2pl9db0c master br0 up',
		'nsenter -t 77 -n ip link set eth2 up',
	]);
	t.is(live.lab?.hosts[0]?.bridges.filter(({dev}) => dev === 'br0').length, 1);
	await live.act({do: 'restart', service: 'bare', at: {line: 0, column: 0}});
	t.deepEqual(
		(await machine.net('bare')).links.map(({name}) => name),
		['lo'],
	);
	t.deepEqual(live.allocations?.containers.get('bare')?.interfaces, []);
	t.false((await machine.links('h1')).some(({name}) => name.startsWith('veth1pl')));
	t.true((await machine.links('h1')).some(({name}) => name === 'br0'));
	t.is((await pipework('br0 bare 192.168.1.10/24')).exit, 0);
});

test('a bridge that was made by hand gets the rule that lets its frames pass, a bridge of the file has it, docker0 needs none', async (t) => {
	const {live, machine, pipework} = await bench();
	await machine.do([
		{do: 'link.add', netns: 'h1', link: {kind: 'bridge', name: 'br5'}, why: ''},
		{do: 'link.set', netns: 'h1', dev: 'eth0', master: 'br5', why: ''},
		{do: 'addr.add', netns: 'h1', dev: 'br5', address: '192.168.1.35/24', why: ''},
		{do: 'addr.del', netns: 'h1', dev: 'eth0', address: '192.168.1.35/24', why: ''},
	]);
	const rules = async () => (await machine.rules('h1')).rules.filter(({text}) => text === '-i br5 -o br5 -j ACCEPT').length;
	t.is((await pipework('br5 bare 192.168.1.10/24')).exit, 0);
	t.is((await pipework('br5 -i eth2 bare 192.168.1.11/24')).exit, 0);
	t.is(await rules(), 1);
	t.deepEqual(live.lab?.hosts[0]?.bridges.at(-1), {dev: 'br5', address: '192.168.1.35/24', ports: ['eth0']});
	t.is(live.lab?.hosts[0]?.nics[0]?.address, undefined, 'it has moved to the bridge');
	for (const bridge of ['br7', 'docker0']) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const {stdout} = await pipework(`${bridge} -i ${bridge}x bare 0/0`);
		t.regex(stdout[0] ?? '', /^ip link add v/);
	}
});

test('a gateway that is not on the network of the address gets a route of its own', async (t) => {
	const {pipework} = await bench();
	const {stdout} = await pipework('br7 bare 192.168.1.10/32@192.168.1.1');
	t.deepEqual(
		stdout.filter((line) => line.includes('route')),
		['nsenter -t 77 -n ip route add 192.168.1.1/32 dev eth1', 'nsenter -t 77 -n ip route add default via 192.168.1.1 dev eth1'],
	);
});

test('an IPv6 address comes without a broadcast, and its neighbours hear of it from the kernel', async (t) => {
	const {live, pipework} = await bench();
	const {stdout} = await pipework('br7 -l mine bare 2001:db8::5/64@2001:db8::1 02:00:00:00:00:10');
	t.deepEqual(stdout, [
		'ip link add mine type veth peer name eth1 address 02:00:00:00:00:10 netns 77',
		'ip link set mine master br7 up',
		'nsenter -t 77 -n sysctl -qw net.ipv6.conf.eth1.ndisc_notify=1',
		'nsenter -t 77 -n ip link set eth1 up',
		'nsenter -t 77 -n ip addr add 2001:db8::5/64 dev eth1',
		'nsenter -t 77 -n ip route add default via 2001:db8::1 dev eth1',
	]);
	t.like(live.allocations?.containers.get('bare')?.interfaces[0], {address: undefined, address6: '2001:db8::5/64', gateway6: '2001:db8::1'});
});

test('where engine 20.10 has switched IPv6 off it is switched on first', async (t) => {
	const {pipework} = await bench();
	const {stdout} = await pipework('br9 -i eth.5 far fd00:1::5/64', 'h2');
	t.deepEqual(stdout.slice(-4), [
		'nsenter -t 77 -n sysctl -qw net.ipv6.conf.eth/5.ndisc_notify=1',
		'nsenter -t 77 -n ip link set eth.5 up',
		'nsenter -t 77 -n sysctl -qw net.ipv6.conf.eth/5.disable_ipv6=0',
		'nsenter -t 77 -n ip addr add fd00:1::5/64 dev eth.5',
	]);
});

test('a gateway takes the place of the one of its family, and leaves the other', async (t) => {
	const {machine, pipework} = await bench();
	const ways = async () => (await machine.net('bare')).routes.filter(({to}) => to === 'default').map(({via}) => via);
	await pipework('br7 bare 192.168.1.10/24@192.168.1.1');
	await pipework('br7 -i eth2 bare fd00:1::5/64@fd00:1::1');
	t.deepEqual(await ways(), ['192.168.1.1', 'fd00:1::1']);
	await pipework('br7 -i eth3 bare 192.168.2.10/24@192.168.2.1');
	t.deepEqual(await ways(), ['fd00:1::1', '192.168.2.1']);
	await pipework('br7 -i eth4 bare fd00:2::5/64@fe80::1');
	t.deepEqual(await ways(), ['192.168.2.1', 'fe80::1']);
	const {stdout} = await pipework('br7 -i eth5 bare fd00:3::5/64@fd00:9::1');
	t.deepEqual(
		stdout.filter((line) => line.includes('route')).map((line) => line.replace('nsenter -t 77 -n ip ', '')),
		['route add fd00:9::1/128 dev eth5', 'route del default via fe80::1 dev eth4', 'route add default via fd00:9::1 dev eth5'],
	);
});

test('a bridge made by hand needs a rule for IPv6 too where the engine closes FORWARD for it', async (t) => {
	const rules = async (docker: string): Promise<readonly string[]> => {
		const {pipework} = await bench(
			labOf(`
vethlab: 1
lans: {office: {subnet: 192.168.1.0/24}}
hosts: {h1: {nics: {eth0: {lan: office, ip: 192.168.1.35/24}}, docker: ${docker}}}
services: {bare: {network_mode: none, image: lab/tools}}
`),
		);
		return (await pipework('br0 bare fd00:1::5/64')).stdout.filter((line) => line.includes('FORWARD')).map((line) => line.split(' ')[0] ?? '');
	};
	t.deepEqual(await rules('{}'), ['iptables']);
	t.deepEqual(await rules('{ipv6: true}'), ['iptables', 'ip6tables']);
	t.deepEqual(await rules('{ipv6: true, ip6tables: false}'), ['iptables']);
	t.deepEqual(await rules('{engine: "20.10", ip6tables: true}'), ['iptables', 'ip6tables']);
	t.deepEqual(await rules('{engine: "20.10", ip6tables: true, ip_forward: false}'), ['iptables']);
});

test('a NIC becomes the parent of a macvlan', async (t) => {
	const {live, pipework} = await bench();
	const {stdout} = await pipework('eth0 far 192.168.1.10/24 02:00:00:00:00:10', 'h2');
	t.is(stdout[0], 'ip link add link eth0 name eth1 address 02:00:00:00:00:10 netns 77 type macvlan mode bridge');
	t.like(live.allocations?.containers.get('far')?.interfaces[0], {kind: 'macvlan', veth: 'eth0', bridge: 'eth0'});
});

const refused = test.macro({
	async exec(t, line: string, stderr: readonly [string, string], exit = 1) {
		const {live, machine, pipework} = await bench();
		const before = machine.snapshot();
		const {lab: known, allocations} = live;
		t.deepEqual(await pipework(line), {exit, stdout: [], stderr});
		t.deepEqual(machine.snapshot(), before);
		t.is(live.lab, known);
		t.is(live.allocations, allocations);
	},
	title: (_, line: string) => `refused, and nothing is changed: pipework ${line}`,
});

test(refused, 'br0 nope 10.0.0.1/8', ['pipework: look for container nope: No such container: nope', '  h1 has shop, bare, guest, naked']);
test(refused, 'br0 far 10.0.0.1/8', ['pipework: look for container far: No such container: far', '  h1 has shop, bare, guest, naked']);
test(refused, 'br0 guest 10.0.0.1/8', [
	'pipework: look for container guest: guest has the network stack of web, none of its own',
	'  give the interface to web',
]);
test(refused, 'br0 naked 10.0.0.1/8', [
	'pipework: look for container naked: naked has the network stack of h1, none of its own',
	'  `vethlab ps` shows its state and mode',
]);
test(refused, 'br0 -i eth0 web 10.0.0.1/8', ['pipework: put eth0 into web: shop has an interface eth0 already', '  give the new one another name: -i eth2']);
test(refused, 'eth9 bare 10.0.0.1/8', [
	'pipework: put eth1 into bare: h1 has no interface eth9',
	'  a bridge that is not there is made when its name begins with br',
]);
test(refused, 'eth1 bare 10.0.0.1/8', [
	'pipework: put eth1 into bare: eth1 is a port of br7: its packets belong to the bridge',
	'  give the bridge: pipework br7 …',
]);
test(refused, 'lo bare 10.0.0.1/8', ['pipework: put eth1 into bare: nothing can be put on lo', '  give a bridge or a NIC']);
test(
	refused,
	'br0 bare 10.0.0.1',
	['pipework: "10.0.0.1" is not an address with prefix', "  write the length of the network's prefix behind it: 10.0.0.1/24"],
	2,
);

test('a container that does not run gets nothing', async (t) => {
	const {live, pipework} = await bench();
	await live.act({do: 'stop', service: 'bare', at: {line: 0, column: 0}});
	t.deepEqual((await pipework('br0 bare 10.0.0.1/8')).stderr, ['pipework: put eth1 into bare: container bare is not running', '  start it first']);
});

const failing = test.macro(async (t, words: string, steps: number) => {
	for (let number = 1; ; number++) {
		// oxlint-disable-next-line no-await-in-loop -- one failure after the other, each in a new lab
		const {live, machine, pipework} = await bench();
		const before = machine.snapshot();
		const {allocations} = live;
		machine.failAt = machine.tried + number;
		// oxlint-disable-next-line no-await-in-loop -- as above
		const {exit, stderr} = await pipework(words);
		if (exit === 0) {
			t.is(number, steps + 1, 'how many steps it has, and one');
			return;
		}

		t.regex(stderr[0] ?? '', /told to fail here/, `op ${number}`);
		t.deepEqual(machine.snapshot(), before, `op ${number}`);
		t.is(live.allocations, allocations);
	}
});

test('a step that fails leaves nothing of the others, and the way out where it was', failing, 'br0 web 192.168.1.10/24@192.168.1.1', 9);
test('so it is with IPv6', failing, 'br0 web fd00:1::5/64@fd00:9::1', 9);

test('a word that no command of the lab has', async (t) => {
	const {live, machine} = await bench();
	const applier = new Applier(machine, () => undefined);
	t.deepEqual(await runErrand({live, applier, machine, pidOf: () => 1}, 'h1', ['docker', 'ps']), {
		exit: 127,
		stdout: [],
		stderr: ["docker: no command of that name is the lab's"],
	});
});
