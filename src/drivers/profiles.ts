// How the Docker engines differ, as data: their iptables chains and rules in the order they make them, seen on real engines (28.5.2 and
// 20.10.24). A new engine version is a new row of `profiles`; a new rule is a row in one of its tables.
import type {DockerEngine} from '../model/lab.ts';
import type {Family} from '../plan/op.ts';
import type {Row} from './rows.ts';

export interface Profile {
	/** `dockerd --version`, for words. */
	readonly version: string;
	/** Families that get the engine's own chains. */
	readonly families: readonly Family[];
	/** At engine start, before its bridge: chains and the jumps to them. Values: {notLoopback}, {host}. */
	readonly frame: readonly Row[];
	/** For its bridge. Values: {bridge}, {subnet}, {host}. */
	readonly bridge: readonly Row[];
	/** Last at engine start: the chain for people's own rules. */
	readonly user: readonly Row[];
	/** For each container on the bridge. Values as above and {service}, {address}. */
	readonly container: readonly Row[];
	/** For each published port, on IPv4. Values as above and {protocol}, {hostPort}, {port}, {where}, {destination}, {notFromBridge}. */
	readonly port: readonly Row[];
	/** Ports of one container: lowest first and exact ones before ranges, or the other way round. */
	readonly portOrder: 'lowest-first' | 'highest-first';
	/** When the engine takes the host port: before its rules, or with the proxy. */
	readonly bind: 'before-rules' | 'with-proxy';
	/** What a container's MAC is made of. */
	readonly macs: 'random' | 'address';
	/** Which sysctl switches IPv6 off in a container: for its eth0, or for everything in its namespace, lo included. */
	readonly ipv6Off: 'eth0' | 'all';
	/** First lines of a container's /etc/hosts. */
	readonly hostsLines: readonly string[];
	/** Whether a container's resolv.conf says how it was made. */
	readonly resolvComments: boolean;
}

const conntrack = '-o {bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';

/** Rules that both engines make for their bridge in the nat table; each is put first, so the list reads bottom up. */
const bridgeNat: readonly Row[] = [
	{
		make: 'rule',
		table: 'nat',
		chain: 'POSTROUTING',
		insert: true,
		rule: '-s {subnet} ! -o {bridge} -j MASQUERADE',
		why: 'what a container of {bridge} sends to the world leaves with an address of {host}',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'POSTROUTING',
		insert: true,
		when: 'no-proxy',
		rule: '-o {bridge} -m addrtype --src-type LOCAL -j MASQUERADE',
		why: 'without a proxy {host} itself reaches published ports by DNAT: the container must answer to {bridge}, not to 127.0.0.1',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'DOCKER',
		insert: true,
		when: 'proxy',
		rule: '-i {bridge} -j RETURN',
		why: 'containers that call a published port skip DNAT: docker-proxy serves them',
	},
];

const toDocker: readonly Row[] = [
	{make: 'rule', table: 'nat', chain: 'PREROUTING', rule: '-m addrtype --dst-type LOCAL -j DOCKER', why: 'what arrives for an address of {host} is looked up among the published ports'},
	{
		make: 'rule',
		table: 'nat',
		chain: 'OUTPUT',
		when: 'proxy',
		rule: '{notLoopback}-m addrtype --dst-type LOCAL -j DOCKER',
		why: 'what {host} sends to its own addresses too, except loopback: docker-proxy serves that',
	},
	{make: 'rule', table: 'nat', chain: 'OUTPUT', when: 'no-proxy', rule: '-m addrtype --dst-type LOCAL -j DOCKER', why: 'what {host} sends to its own addresses too, loopback included, for there is no docker-proxy'},
];

const isolation: readonly Row[] = [
	{make: 'rule', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-2', insert: true, rule: '-o {bridge} -j DROP', why: 'and stage 2 drops what would enter {bridge} from another bridge'},
];

const accept = '-d {address}/32 ! -i {bridge} -o {bridge} -p {protocol} -m {protocol} --dport {port} -j ACCEPT';
const dnat = '{destination}{notFromBridge}-p {protocol} -m {protocol} --dport {hostPort} -j DNAT --to-destination {address}:{port}';
const hairpin = '-s {address}/32 -d {address}/32 -p {protocol} -m {protocol} --dport {port} -j MASQUERADE';
const dnatWhy = 'what comes to {where} goes on to {service}, {address}:{port}';
const acceptWhy = 'new connections may enter {bridge} for port {port} of {service}';
const hairpinWhy = 'when {service} calls its own published port, the answer has to come back through {host}';

const engine28: Profile = {
	version: '28.5.2',
	families: [4, 6],
	frame: [
		{make: 'chain', table: 'nat', chain: 'DOCKER', why: 'published ports get their DNAT rules here'},
		{make: 'chain', table: 'filter', chain: 'DOCKER', why: 'published ports are let in here'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-FORWARD', why: 'all of the engine\'s forwarding decisions begin here'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-BRIDGE', why: 'sends packets for a bridge to its published ports'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-CT', why: 'lets answers of known connections through'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1', why: 'finds packets that leave a bridge'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-2', why: 'drops those that would enter another bridge'},
		...toDocker,
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-j DOCKER-FORWARD', why: 'every forwarded packet of {host} passes the engine\'s chains'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', rule: '-j DOCKER-CT', why: 'first: does it belong to a known connection?'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', rule: '-j DOCKER-ISOLATION-STAGE-1', why: 'then: does it go from one bridge to another?'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', rule: '-j DOCKER-BRIDGE', why: 'then: is it for a published port?'},
	],
	bridge: [
		...bridgeNat,
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', when: 'icc', rule: '-i {bridge} -j ACCEPT', why: 'containers of {bridge} may open connections to anywhere, each other included'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', when: 'no-icc', rule: '-i {bridge} -o {bridge} -j DROP', why: 'icc is off: containers of {bridge} do not reach each other'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-FORWARD', when: 'no-icc', rule: '-i {bridge} ! -o {bridge} -j ACCEPT', why: 'containers of {bridge} may open connections to the outside'},
		{make: 'rule', table: 'filter', chain: 'DOCKER', rule: '! -i {bridge} -o {bridge} -j DROP', why: 'nobody outside reaches a container of {bridge} on a port that is not published'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-CT', rule: conntrack, why: 'answers to connections that {bridge} knows come in'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-BRIDGE', rule: '-o {bridge} -j DOCKER', why: 'packets for {bridge} are looked up among the published ports'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1', rule: '-i {bridge} ! -o {bridge} -j DOCKER-ISOLATION-STAGE-2', why: 'a packet that leaves {bridge} is checked in stage 2'},
		...isolation,
	],
	user: [
		{make: 'chain', table: 'filter', chain: 'DOCKER-USER', why: 'for your own rules: the engine never changes it'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-j DOCKER-USER', why: 'your own rules come before all of the engine\'s'},
	],
	container: [
		{make: 'rule', table: 'raw', chain: 'PREROUTING', rule: '-d {address}/32 ! -i {bridge} -j DROP', why: 'nobody talks to {service}\'s own address from outside {bridge}, not even with a route to it'},
	],
	port: [
		{
			make: 'rule',
			table: 'raw',
			chain: 'PREROUTING',
			when: 'loopback',
			rule: '{destination}! -i lo -p {protocol} -m {protocol} --dport {hostPort} -j DROP',
			why: '{where} is for {host} alone: packets for it from a wire are dropped',
		},
		{make: 'rule', table: 'nat', chain: 'DOCKER', rule: dnat, why: dnatWhy},
		{make: 'rule', table: 'nat', chain: 'POSTROUTING', when: 'no-proxy', once: true, rule: hairpin, why: hairpinWhy},
		{make: 'rule', table: 'filter', chain: 'DOCKER', insert: true, once: true, rule: accept, why: acceptWhy},
	],
	portOrder: 'lowest-first',
	bind: 'before-rules',
	macs: 'random',
	ipv6Off: 'eth0',
	hostsLines: ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::\tip6-localnet', 'ff00::\tip6-mcastprefix', 'ff02::1\tip6-allnodes', 'ff02::2\tip6-allrouters'],
	resolvComments: true,
};

const engine2010: Profile = {
	version: '20.10.24',
	families: [4],
	frame: [
		{make: 'chain', table: 'nat', chain: 'DOCKER', why: 'published ports get their DNAT rules here'},
		{make: 'chain', table: 'filter', chain: 'DOCKER', why: 'published ports are let in here'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1', why: 'finds packets that leave a bridge'},
		{make: 'chain', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-2', why: 'drops those that would enter another bridge'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1', rule: '-j RETURN', why: 'everything else goes on'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-2', rule: '-j RETURN', why: 'everything else goes on'},
		...toDocker,
	],
	bridge: [
		...bridgeNat,
		{make: 'rule', table: 'filter', chain: 'FORWARD', when: 'no-icc', rule: '-i {bridge} -o {bridge} -j DROP', why: 'icc is off: containers of {bridge} do not reach each other'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, when: 'icc', rule: '-i {bridge} -o {bridge} -j ACCEPT', why: 'containers of {bridge} reach each other'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-i {bridge} ! -o {bridge} -j ACCEPT', why: 'containers of {bridge} may open connections to the outside'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-o {bridge} -j DOCKER', why: 'packets for {bridge} are looked up among the published ports'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: conntrack, why: 'answers to connections that {bridge} knows come in'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-j DOCKER-ISOLATION-STAGE-1', why: 'before all that: does it go from one bridge to another?'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-ISOLATION-STAGE-1', insert: true, rule: '-i {bridge} ! -o {bridge} -j DOCKER-ISOLATION-STAGE-2', why: 'a packet that leaves {bridge} is checked in stage 2'},
		...isolation,
	],
	user: [
		{make: 'chain', table: 'filter', chain: 'DOCKER-USER', why: 'for your own rules: the engine never changes it'},
		{make: 'rule', table: 'filter', chain: 'DOCKER-USER', rule: '-j RETURN', why: 'as long as you add none, everything goes on'},
		{make: 'rule', table: 'filter', chain: 'FORWARD', insert: true, rule: '-j DOCKER-USER', why: 'your own rules come before all of the engine\'s'},
	],
	container: [],
	port: [
		{make: 'rule', table: 'nat', chain: 'DOCKER', rule: dnat, why: dnatWhy},
		{make: 'rule', table: 'filter', chain: 'DOCKER', once: true, rule: accept, why: acceptWhy},
		{make: 'rule', table: 'nat', chain: 'POSTROUTING', once: true, rule: hairpin, why: hairpinWhy},
	],
	portOrder: 'highest-first',
	bind: 'with-proxy',
	macs: 'address',
	ipv6Off: 'all',
	hostsLines: ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::0\tip6-localnet', 'ff00::0\tip6-mcastprefix', 'ff02::1\tip6-allnodes', 'ff02::2\tip6-allrouters'],
	resolvComments: false,
};

export const profiles: Readonly<Record<DockerEngine['engine'], Profile>> = {'28': engine28, '20.10': engine2010};
