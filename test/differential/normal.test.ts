// What two machines are compared by: the same facts whatever an engine calls things, and others as soon as something is other.
import test from 'ava';
import type {Raw} from './collect.ts';
import {facts} from './normal.ts';

/** A host with one network and a container on it; what an engine chooses is given. */
function machine({
	bridge,
	veth,
	id,
	mac,
	port,
}: {
	readonly bridge: string;
	readonly veth: string;
	readonly id: string;
	readonly mac: string;
	readonly port: number;
}): readonly Raw[] {
	const address = (ifindex: number, ifname: string, local: string): unknown => ({
		ifindex,
		ifname,
		addr_info: [{family: 'inet', local, prefixlen: 16, scope: 'global', valid_life_time: port}],
	});
	const host: Raw = {
		name: 'h1',
		net: '1',
		texts: new Map([
			[
				'links',
				JSON.stringify([
					{
						ifindex: 7,
						ifname: bridge,
						address: '02:42:11:22:33:44',
						mtu: 1500,
						linkinfo: {info_kind: 'bridge', info_data: {stp_state: 0, gc_timer: port}},
					},
					{ifindex: 9, ifname: veth, link_index: 8, link_netnsid: 0, address: mac, master: bridge, flags: ['UP', 'LOWER_UP']},
				]),
			],
			['namespaces', '         0 2\nunassigned 1\n'],
			['addresses', JSON.stringify([address(7, bridge, '172.18.0.1')])],
			['routes', JSON.stringify([{dst: '172.18.0.0/16', dev: bridge, flags: []}])],
			['iptables', `*nat\n:POSTROUTING ACCEPT [${port}:0]\n:OUTPUT ACCEPT [0:0]\n-A POSTROUTING -s 172.18.0.0/16 ! -o ${bridge} -j MASQUERADE\nCOMMIT\n`],
			['sysctls', `/proc/sys/net/ipv4/conf/${veth}/forwarding:1`],
			['sockets', 'tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:*'],
			['hostname', 'h1\n'],
		]),
		proxies: ['docker-proxy -proto tcp'],
	};
	const container: Raw = {
		name: 'c1',
		net: '2',
		texts: new Map([
			['links', JSON.stringify([{ifindex: 8, ifname: 'eth0', link_index: 9, link_netnsid: 0, address: '02:42:ac:12:00:02', mtu: 1500}])],
			['addresses', JSON.stringify([address(8, 'eth0', '172.18.0.2')])],
			['iptables', `*nat\n:DOCKER_OUTPUT - [0:0]\n-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -j DNAT --to-destination 127.0.0.11:${port}\nCOMMIT\n`],
			['sockets', `udp UNCONN 0 0 127.0.0.11:${port} 0.0.0.0:*`],
			['hostname', `${id}\n`],
			['/etc/hosts', `172.18.0.2\t${id}\n`],
		]),
		proxies: [],
	};
	return [host, container, {...container, name: 'guest'}];
}

const one = {bridge: 'br-0123456789ab', veth: 'veth1234567', id: '0a1b2c3d4e5f', mac: 'ea:11:22:33:44:55', port: 40_001};
const other = {bridge: 'br-ba9876543210', veth: 'vethabcdef0', id: 'f5e4d3c2b1a0', mac: '1e:99:88:77:66:55', port: 33_333};

test('what an engine chooses makes no difference: ids, names, random MACs, ports of name servers, counters and timers', (t) => {
	t.deepEqual(facts(machine(one), []), facts(machine(other), []));
});

test('things are called by what they stand for', (t) => {
	const found = facts(machine(one), []);
	t.is(found.get('h1 link veth(c1 eth0) master'), 'br-(172.18.0.1)');
	t.is(found.get('h1 link veth(c1 eth0) flags'), 'LOWER_UP UP');
	t.is(found.get('h1 link br-(172.18.0.1) bridge stp_state'), '0');
	t.is(found.get('h1 link br-(172.18.0.1) address'), '02:42 and random');
	t.is(found.get('h1 sysctl net.ipv4.conf.veth(c1 eth0).forwarding'), '1');
	t.is(found.get('h1 rules 4 nat POSTROUTING'), 'policy ACCEPT\n-s 172.18.0.0/16 ! -o br-(172.18.0.1) -j MASQUERADE');
	t.false(found.has('h1 rules 4 nat OUTPUT'), 'a chain that is as every kernel has it');
	t.is(found.get('h1 socket tcp 0.0.0.0:8080'), 'there');
	t.is(found.get('c1 socket udp 127.0.0.11:EPHEMERAL'), 'there');
	t.is(found.get('c1 link eth0 address'), '02:42 and the address');
	t.is(found.get('c1 /etc/hosts'), '172.18.0.2\t<id of c1>\n');
});

test('a namespace that two share is told once, and that they share it', (t) => {
	const found = facts(machine(one), []);
	t.is(found.get('guest network namespace of'), 'c1');
	t.deepEqual(
		[...found.keys()].filter((key) => key.startsWith('guest link')),
		[],
	);
});

test('a MAC of the file must be that MAC', (t) => {
	t.is(facts(machine({...one, mac: '02:00:00:00:00:33'}), ['02:00:00:00:00:33']).get('h1 link veth(c1 eth0) address'), '02:00:00:00:00:33');
	t.is(facts(machine({...one, mac: '02:00:00:00:00:33'}), []).get('h1 link veth(c1 eth0) address'), 'random');
});

test('what is written in a VXLAN is where MACs are; what a bridge knows of its own ports is nothing', (t) => {
	const [host, ...containers] = machine(one);
	const fdb = [
		{mac: '02:42:0a:00:01:03', ifname: 'vxlan0', dst: '10.77.0.12', flags: ['self'], state: 'permanent'},
		{mac: 'ea:11:22:33:44:55', ifname: 'vxlan0', master: 'br0', state: 'permanent'},
	];
	const place: Raw = {name: 'h1:vxlan4097', net: '4', texts: new Map([['forwarding of MACs', JSON.stringify(fdb)]]), proxies: []};
	const told = facts([...(host === undefined ? [] : [host]), ...containers, place], []);
	t.deepEqual(
		[...told].filter(([key]) => key.startsWith('h1:vxlan4097')),
		[
			['h1:vxlan4097 network namespace of', 'h1:vxlan4097'],
			['h1:vxlan4097 forwarding of 02:42:0a:00:01:03 dev vxlan0', 'permanent 10.77.0.12'],
		],
	);
});

test('cables of two hosts are told apart, whichever numbers their ends have', (t) => {
	const cable = (net: string) =>
		[
			['namespaces', `0 ${net}\n`],
			['links', JSON.stringify([{ifindex: 5, ifname: `veth${net}`, link_index: 8, link_netnsid: 0, mtu: 1500}])],
		] as const;
	const end = ['links', JSON.stringify([{ifindex: 8, ifname: 'eth0', link_index: 5, link_netnsid: 0, mtu: 1500}])] as const;
	const node = (name: string, net: string, texts: Raw['texts']): Raw => ({name, net, texts, proxies: []});
	const found = facts(
		[node('h1', '1', new Map(cable('3'))), node('h2', '2', new Map(cable('4'))), node('c1', '3', new Map([end])), node('c2', '4', new Map([end]))],
		[],
	);
	t.true(found.has('h1 link veth(c1 eth0) mtu'));
	t.true(found.has('h2 link veth(c2 eth0) mtu'));
});

test('what is other is seen', (t) => {
	const [host, ...containers] = machine(one);
	const changed = {...host, texts: new Map([...(host?.texts ?? []), ['sysctls', `/proc/sys/net/ipv4/conf/${one.veth}/forwarding:0`]])} as Raw;
	const [before, after] = [facts(machine(one), []), facts([changed, ...containers], [])];
	t.deepEqual(
		[...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key),
		['h1 sysctl net.ipv4.conf.veth(c1 eth0).forwarding'],
	);
});
