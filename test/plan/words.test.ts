// Ops in words: what a person would type for each, and how it is taken back.
import test from 'ava';
import {mac, mtu, port} from '../../src/base/units.ts';
import {undoWords} from '../../src/plan/inverse.ts';
import type {Op} from '../../src/plan/op.ts';
import {commandOf, undoCommandOf, whereOf} from '../../src/plan/words.ts';

const why = 'for the test';
const address = mac('02:00:00:00:00:10') ?? never();
const size = mtu(1400) ?? never();
const eighty = port(80) ?? never();

interface Words {
	readonly where: string;
	readonly ip: readonly string[];
	readonly script: readonly string[];
	readonly undo: readonly string[];
	readonly undoWords: string;
}

const words = test.macro({
	exec(t, op: Op, expected: Words) {
		t.deepEqual(
			{where: whereOf(op), ip: commandOf(op, 'ip'), script: commandOf(op, 'script'), undo: undoCommandOf(op), undoWords: undoWords(op)},
			expected,
		);
	},
	title: (_, op: Op) => `words of ${JSON.stringify(op)}`,
});

test(
	words,
	{do: 'netns.add', netns: 'lan:office', why},
	{
		where: 'office',
		ip: ['ip netns add lan:office'],
		script: ['ip netns add lan:office'],
		undo: ['ip netns del lan:office'],
		undoWords: "removes lan:office's network stack, with all that is left in it",
	},
);
test(
	words,
	{do: 'link.add', netns: 'h1', link: {kind: 'bridge', name: 'docker0', mac: address, mtu: size}, why},
	{
		where: 'h1',
		ip: ['ip link add docker0 address 02:00:00:00:00:10 mtu 1400 type bridge'],
		script: ['ip -n h1 link add docker0 address 02:00:00:00:00:10 mtu 1400 gso_max_segs 1 type bridge'],
		undo: ['ip link del docker0'],
		undoWords: 'removes docker0',
	},
);
test(
	words,
	{
		do: 'link.add',
		netns: 'h1',
		link: {kind: 'veth', name: 'veth1', master: 'docker0', up: true, hairpin: true, mtu: size, peer: {netns: 'web', name: 'eth0', mac: address, mtu: size}},
		why,
	},
	{
		where: 'h1',
		ip: [
			'ip link add veth1 mtu 1400 type veth peer name eth0 address 02:00:00:00:00:10 mtu 1400 netns web',
			'ip link set veth1 master docker0 up',
			'bridge link set dev veth1 hairpin on',
		],
		script: [
			'ip -n h1 link add veth1 mtu 1400 gso_max_segs 1 type veth peer name eth0 address 02:00:00:00:00:10 mtu 1400 gso_max_segs 1 netns web',
			'ip -n h1 link set veth1 master docker0 up',
			'bridge -n h1 link set dev veth1 hairpin on',
		],
		undo: ['ip link del veth1'],
		undoWords: 'pulls the cable veth1: both ends are gone',
	},
);
test(
	words,
	{do: 'link.add', netns: 'h1', link: {kind: 'macvlan', name: 'eth0', parent: 'eth0', macvlanMode: 'bridge', mac: address, mtu: size, into: 'web'}, why},
	{
		where: 'h1',
		ip: ['ip link add link eth0 name eth0 address 02:00:00:00:00:10 mtu 1400 netns web type macvlan mode bridge'],
		script: ['ip -n h1 link add link eth0 name eth0 address 02:00:00:00:00:10 mtu 1400 gso_max_segs 1 netns web type macvlan mode bridge'],
		undo: ['ip -n web link del eth0'],
		undoWords: 'removes eth0',
	},
);
test(
	words,
	{
		do: 'link.add',
		netns: 'h1',
		link: {kind: 'vxlan', name: 'vxlan0', vni: 4097, port: port(4789) ?? never(), learning: false, proxy: true, mtu: size, into: 'h1:vxlan4097'},
		why,
	},
	{
		where: 'h1',
		ip: ['ip link add name vxlan0 mtu 1400 netns h1:vxlan4097 type vxlan id 4097 dstport 4789 nolearning proxy'],
		script: ['ip -n h1 link add name vxlan0 mtu 1400 gso_max_segs 1 netns h1:vxlan4097 type vxlan id 4097 dstport 4789 nolearning proxy'],
		undo: ['ip -n h1:vxlan4097 link del vxlan0'],
		undoWords: 'removes vxlan0',
	},
);
test(
	words,
	{do: 'link.set', netns: 'h1:vxlan4097', dev: 'vxlan0', master: 'br0', up: true, learning: false, why},
	{
		where: 'h1:vxlan4097',
		ip: ['ip link set vxlan0 master br0 up', 'bridge link set dev vxlan0 learning off'],
		script: ['ip -n h1:vxlan4097 link set vxlan0 master br0 up', 'bridge -n h1:vxlan4097 link set dev vxlan0 learning off'],
		undo: ['ip link set vxlan0 nomaster down'],
		undoWords: 'takes vxlan0 out of br0',
	},
);
test(
	words,
	{do: 'fdb.set', netns: 'h1:vxlan4097', dev: 'vxlan0', mac: address, dst: '192.168.50.11', why},
	{
		where: 'h1:vxlan4097',
		ip: ['bridge fdb replace 02:00:00:00:00:10 dev vxlan0 dst 192.168.50.11 self permanent'],
		script: ['bridge -n h1:vxlan4097 fdb replace 02:00:00:00:00:10 dev vxlan0 dst 192.168.50.11 self permanent'],
		undo: ['bridge fdb del 02:00:00:00:00:10 dev vxlan0 dst 192.168.50.11 self'],
		undoWords: 'forgets which host 02:00:00:00:00:10 is on',
	},
);
test(
	words,
	{do: 'neigh.set', netns: 'h1:vxlan4097', dev: 'vxlan0', address: '10.0.1.3', mac: address, why},
	{
		where: 'h1:vxlan4097',
		ip: ['ip neigh replace 10.0.1.3 lladdr 02:00:00:00:00:10 dev vxlan0 nud permanent'],
		script: ['ip -n h1:vxlan4097 neigh replace 10.0.1.3 lladdr 02:00:00:00:00:10 dev vxlan0 nud permanent'],
		undo: ['ip neigh del 10.0.1.3 dev vxlan0'],
		undoWords: 'forgets which MAC 10.0.1.3 has',
	},
);
test(
	words,
	{do: 'rule.add', netns: 'h1', family: 4, table: 'filter', chain: 'FORWARD', rule: '-o br9 -j DOCKER', insert: true, number: 3, why},
	{
		where: 'h1',
		ip: ['iptables -t filter -I FORWARD 3 -o br9 -j DOCKER'],
		script: ['ip netns exec h1 iptables -t filter -I FORWARD 3 -o br9 -j DOCKER'],
		undo: ['iptables -t filter -D FORWARD -o br9 -j DOCKER'],
		undoWords: 'deletes the rule from FORWARD in filter',
	},
);
test(
	words,
	{do: 'dns.start', container: 'web', netns: 'web', udpPort: eighty, tcpPort: eighty, why},
	{
		where: 'web',
		ip: ["# the engine answers web's questions for names at 127.0.0.11:80/udp and 127.0.0.11:80/tcp"],
		script: ["# the engine answers web's questions for names at 127.0.0.11:80/udp and 127.0.0.11:80/tcp"],
		undo: ['# the engine answers no more at 127.0.0.11:80/udp and 127.0.0.11:80/tcp'],
		undoWords: 'ends the name server of web',
	},
);
test(
	words,
	{do: 'link.set', netns: 'h1', dev: 'eth0', master: 'br0', up: true, why},
	{
		where: 'h1',
		ip: ['ip link set eth0 master br0 up'],
		script: ['ip -n h1 link set eth0 master br0 up'],
		undo: ['ip link set eth0 nomaster down'],
		undoWords: 'takes eth0 out of br0',
	},
);
test(
	words,
	{do: 'link.set', netns: 'h1', dev: 'eth0', master: null, hairpin: false, why},
	{
		where: 'h1',
		ip: ['ip link set eth0 nomaster', 'bridge link set dev eth0 hairpin off'],
		script: ['ip -n h1 link set eth0 nomaster', 'bridge -n h1 link set dev eth0 hairpin off'],
		undo: [],
		undoWords: 'leaves eth0 as it is: it goes as a whole',
	},
);
test(
	words,
	{do: 'link.set', netns: 'web', dev: 'eth0', mac: address, why},
	{
		where: 'web',
		ip: ['ip link set eth0 address 02:00:00:00:00:10'],
		script: ['ip -n web link set eth0 address 02:00:00:00:00:10'],
		undo: [],
		undoWords: 'leaves eth0 as it is: it goes as a whole',
	},
);
test(
	words,
	{do: 'link.set', netns: 'web', dev: 'eth0', up: true, why},
	{where: 'web', ip: ['ip link set eth0 up'], script: ['ip -n web link set eth0 up'], undo: ['ip link set eth0 down'], undoWords: 'takes eth0 down'},
);
test(
	words,
	{do: 'addr.add', netns: 'web', dev: 'eth0', address: '172.17.0.2/16', broadcast: '172.17.255.255', why},
	{
		where: 'web',
		ip: ['ip addr add 172.17.0.2/16 brd 172.17.255.255 dev eth0'],
		script: ['ip -n web addr add 172.17.0.2/16 brd 172.17.255.255 dev eth0'],
		undo: ['ip addr del 172.17.0.2/16 dev eth0'],
		undoWords: 'takes 172.17.0.2/16 away from eth0',
	},
);
test(
	words,
	{do: 'addr.del', netns: 'h1', dev: 'eth0', address: '10.0.0.1/24', broadcast: '10.0.0.255', why},
	{
		where: 'h1',
		ip: ['ip addr del 10.0.0.1/24 dev eth0'],
		script: ['ip -n h1 addr del 10.0.0.1/24 dev eth0'],
		undo: ['ip addr add 10.0.0.1/24 brd 10.0.0.255 dev eth0'],
		undoWords: 'gives 10.0.0.1/24 back to eth0',
	},
);
test(
	words,
	{do: 'route.add', netns: 'web', to: 'default', via: '172.17.0.1', dev: 'eth0', why},
	{
		where: 'web',
		ip: ['ip route add default via 172.17.0.1 dev eth0'],
		script: ['ip -n web route add default via 172.17.0.1 dev eth0'],
		undo: ['ip route del default via 172.17.0.1 dev eth0'],
		undoWords: 'forgets the way to default',
	},
);
test(
	words,
	{do: 'sysctl.set', netns: 'h1', key: 'net.ipv4.ip_forward', value: '1', was: '0', why},
	{
		where: 'h1',
		ip: ['sysctl -qw net.ipv4.ip_forward=1'],
		script: ['ip netns exec h1 sysctl -qw net.ipv4.ip_forward=1'],
		undo: ['sysctl -qw net.ipv4.ip_forward=0'],
		undoWords: 'sets net.ipv4.ip_forward back to 0',
	},
);
test(
	words,
	{do: 'sysctl.set', netns: 'h1', key: 'net.ipv4.ping_group_range', value: '0 1', why},
	{
		where: 'h1',
		ip: ["sysctl -qw 'net.ipv4.ping_group_range=0 1'"],
		script: ["ip netns exec h1 sysctl -qw 'net.ipv4.ping_group_range=0 1'"],
		undo: [],
		undoWords: 'leaves net.ipv4.ping_group_range: what it belongs to goes as a whole',
	},
);
test(
	words,
	{do: 'chain.add', netns: 'h1', family: 6, table: 'nat', chain: 'DOCKER', why},
	{
		where: 'h1',
		ip: ['ip6tables -t nat -N DOCKER'],
		script: ['ip netns exec h1 ip6tables -t nat -N DOCKER'],
		undo: ['ip6tables -t nat -X DOCKER'],
		undoWords: 'removes the chain DOCKER from nat',
	},
);
test(
	words,
	{do: 'policy.set', netns: 'h1', family: 4, table: 'filter', chain: 'FORWARD', policy: 'DROP', why},
	{
		where: 'h1',
		ip: ['iptables -t filter -P FORWARD DROP'],
		script: ['ip netns exec h1 iptables -t filter -P FORWARD DROP'],
		undo: ['iptables -t filter -P FORWARD ACCEPT'],
		undoWords: 'lets FORWARD accept again what no rule names',
	},
);
test(
	words,
	{do: 'rule.add', netns: 'h1', family: 4, table: 'nat', chain: 'DOCKER', rule: '! -i docker0 -p tcp -j RETURN', why},
	{
		where: 'h1',
		ip: ['iptables -t nat -A DOCKER ! -i docker0 -p tcp -j RETURN'],
		script: ['ip netns exec h1 iptables -t nat -A DOCKER ! -i docker0 -p tcp -j RETURN'],
		undo: ['iptables -t nat -D DOCKER ! -i docker0 -p tcp -j RETURN'],
		undoWords: 'deletes the rule from DOCKER in nat',
	},
);
test(
	words,
	{do: 'rule.add', netns: 'h1', family: 4, table: 'filter', chain: 'FORWARD', rule: '-j DOCKER-USER', insert: true, why},
	{
		where: 'h1',
		ip: ['iptables -t filter -I FORWARD -j DOCKER-USER'],
		script: ['ip netns exec h1 iptables -t filter -I FORWARD -j DOCKER-USER'],
		undo: ['iptables -t filter -D FORWARD -j DOCKER-USER'],
		undoWords: 'deletes the rule from FORWARD in filter',
	},
);
test(
	words,
	{do: 'port.bind', host: 'h1', protocol: 'tcp', address: '::', port: eighty, why},
	{
		where: 'h1',
		ip: ['# the engine itself holds [::]:80/tcp'],
		script: ['# the engine itself holds [::]:80/tcp'],
		undo: ['# the engine lets go of [::]:80/tcp'],
		undoWords: 'lets go of port 80/tcp on h1',
	},
);
test(
	words,
	{do: 'proxy.start', host: 'h1', protocol: 'tcp', address: '0.0.0.0', port: eighty, toAddress: '172.17.0.2', toPort: eighty, why},
	{
		where: 'h1',
		ip: ['docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -container-ip 172.17.0.2 -container-port 80 &'],
		script: ['ip netns exec h1 docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -container-ip 172.17.0.2 -container-port 80 &'],
		undo: ['# the docker-proxy of 0.0.0.0:80/tcp ends'],
		undoWords: 'ends the docker-proxy of port 80/tcp',
	},
);
test(
	words,
	{do: 'file.write', node: 'web', file: 'hostname', content: 'web\n', why},
	{
		where: 'web',
		ip: [String.raw`printf 'web\n' >/etc/hostname`],
		script: [String.raw`printf 'web\n' >/etc/netns/web/hostname`],
		undo: ['rm /etc/hostname'],
		undoWords: "removes web's /etc/hostname",
	},
);
test(
	words,
	{do: 'serve.start', host: 'laptop', serve: {kind: 'tcp', port: eighty, echo: true}, why},
	{
		where: 'laptop',
		ip: ['/usr/local/bin/lab-web serve tcp:80:echo &'],
		script: ['ip netns exec laptop /usr/local/bin/lab-web serve tcp:80:echo &'],
		undo: ['# the server tcp:80:echo ends'],
		undoWords: "ends laptop's server on port 80",
	},
);
test(
	words,
	{do: 'host.start', host: 'h1', why},
	{
		where: 'h1',
		ip: ["unshare --pid --mount --uts --fork --mount-proc sh -c 'hostname h1; exec sleep infinity'"],
		script: ["ip netns exec h1 unshare --pid --mount --uts --fork --mount-proc sh -c 'hostname h1; exec sleep infinity'"],
		undo: ['# the first process of h1 ends, and every other with it'],
		undoWords: 'switches h1 off: its processes end',
	},
);

function never(): never {
	throw new Error('a constant of this test is not valid');
}
