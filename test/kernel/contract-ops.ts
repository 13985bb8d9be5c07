// What the contract does to machines, and how it looks at them. No test is here.
import type {ExecutionContext} from 'ava';
import type {Code, LabError} from '../../src/base/errors.ts';
import {mac, mtu} from '../../src/base/units.ts';
import type {Machine, Outcome} from '../../src/kernel/machine.ts';
import type {LinkSpec, Op} from '../../src/plan/op.ts';

export type Contracted = Pick<Machine, 'do' | 'undo' | 'net' | 'links' | 'rules'>;

export const why = 'the contract wants it';
export const bridgeMac = mac('02:42:11:22:33:44');
export const innerMac = mac('02:42:ac:11:00:02');
export const smallMtu = mtu(1400);

export const netns = (name: string): Op => ({do: 'netns.add', netns: name, why});
export const link = (spec: LinkSpec, where = 'h1'): Op => ({do: 'link.add', netns: where, link: spec, why});
export const bridge = (name: string): Op => link({kind: 'bridge', name});
export const veth = (name: string, peer: string, more: Omit<Extract<LinkSpec, {kind: 'veth'}>, 'kind' | 'name' | 'peer'> = {}): Op =>
	link({kind: 'veth', name, ...more, peer: {netns: 'c1', name: peer}});
export const set = (where: string, dev: string, changes: Partial<Pick<Extract<Op, {do: 'link.set'}>, 'up' | 'mtu' | 'master' | 'hairpin'>>): Op => ({
	do: 'link.set',
	netns: where,
	dev,
	...changes,
	why,
});
export const address = (where: string, dev: string, text: string, broadcast?: string): Op => ({
	do: 'addr.add',
	netns: where,
	dev,
	address: text,
	...(broadcast === undefined ? {} : {broadcast}),
	...(text.includes(':') && {nodad: true}),
	why,
});
export const noAddress = (where: string, dev: string, text: string): Op => ({do: 'addr.del', netns: where, dev, address: text, why});
export const route = (where: string, to: string, way: {readonly via?: string; readonly dev?: string}): Op => ({do: 'route.add', netns: where, to, ...way, why});
export const sysctl = (where: string, key: string, value: string, was?: string): Op => ({
	do: 'sysctl.set',
	netns: where,
	key,
	value,
	...(was === undefined ? {} : {was}),
	why,
});
export const chain = (table: 'nat' | 'filter', name: string): Op => ({do: 'chain.add', netns: 'h1', family: 4, table, chain: name, why});
export const rule = (table: 'nat' | 'filter', name: string, text: string, insert = false): Op => ({
	do: 'rule.add',
	netns: 'h1',
	family: 4,
	table,
	chain: name,
	rule: text,
	insert,
	why,
});

export const spaces: readonly Op[] = [netns('h1'), netns('c1')];

/** A host with docker0, one container on it and a published port. */
export const docker: readonly Op[] = [
	link({kind: 'bridge', name: 'docker0', ...(bridgeMac === undefined ? {} : {mac: bridgeMac})}),
	set('h1', 'lo', {up: true}),
	address('h1', 'docker0', '172.17.0.1/16', '172.17.255.255'),
	set('h1', 'docker0', {up: true}),
	sysctl('h1', 'net.ipv4.ip_forward', '1', '0'),
	link({
		kind: 'veth',
		name: 'veth1',
		master: 'docker0',
		up: true,
		hairpin: true,
		...(smallMtu === undefined ? {} : {mtu: smallMtu}),
		peer: {netns: 'c1', name: 'eth0', ...(innerMac === undefined ? {} : {mac: innerMac})},
	}),
	set('c1', 'lo', {up: true}),
	address('c1', 'eth0', '172.17.0.2/16'),
	address('c1', 'eth0', 'fd00::2/64'),
	set('c1', 'eth0', {up: true}),
	route('c1', 'default', {via: '172.17.0.1'}),
	route('c1', '10.8.0.0/16', {dev: 'eth0'}),
	route('c1', '2001:db8::/32', {via: 'fe80::1', dev: 'eth0'}),
	chain('nat', 'DOCKER'),
	chain('filter', 'DOCKER'),
	{do: 'policy.set', netns: 'h1', family: 4, table: 'filter', chain: 'FORWARD', policy: 'DROP', why},
	rule('nat', 'PREROUTING', '-m addrtype --dst-type LOCAL -j DOCKER'),
	rule('filter', 'FORWARD', '-j DOCKER'),
	rule('nat', 'DOCKER', '! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'),
	rule('filter', 'DOCKER', '! -i docker0 -o docker0 -j DROP'),
	rule('filter', 'DOCKER', '-d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT', true),
	{do: 'rule.add', netns: 'h1', family: 6, table: 'filter', chain: 'INPUT', rule: '-i lo -j ACCEPT', why},
];

/** What both machines must agree on: nothing random, nothing that takes the kernel time (link-local addresses, carrier). */
export async function view(machine: Contracted, name: string) {
	const {links, addresses, routes} = await machine.net(name);
	return {
		links: links.map(({name: dev, kind, mac: hardware, mtu: size, isUp, master, hairpin, peerIndex}) => ({
			dev,
			kind,
			mac: hardware.startsWith('02:42:') ? hardware : 'any',
			mtu: size,
			isUp,
			master,
			hairpin,
			hasPeer: peerIndex !== undefined,
		})),
		addresses: addresses
			.filter(isLasting(({address: text}) => text))
			.map((row) => `${row.dev} ${row.address} brd ${row.broadcast ?? '-'} ${row.scope}`)
			.toSorted(),
		routes: routes
			.filter(isLasting(({to}) => to))
			.map((row) => `${row.to} via ${row.via ?? '-'} dev ${row.dev} src ${row.source ?? '-'} ${row.scope} proto ${row.protocol}`)
			.toSorted(),
	};
}

export function isLasting<Row>(text: (row: Row) => string): (row: Row) => boolean {
	return (row) => !text(row).startsWith('fe80:');
}

export async function rulesOf(machine: Contracted, name: string): Promise<readonly string[]> {
	const {chains, rules} = await machine.rules(name);
	return [
		...chains
			.filter(({policy}) => policy !== 'ACCEPT')
			.map((row) => `${row.family} ${row.table} ${row.chain} ${row.policy ?? '-'}`)
			.toSorted(),
		...rules.map((row) => `${row.family} ${row.table} ${row.chain} ${row.number}: ${row.text}`).toSorted(),
	];
}

export function kinds(outcomes: readonly Outcome[]): readonly string[] {
	return outcomes.map((outcome) => (outcome.is === 'failed' ? outcome.error.message : outcome.is));
}

export function failures(outcomes: readonly Outcome[]): readonly LabError[] {
	return outcomes.flatMap((outcome) => (outcome.is === 'failed' ? [outcome.error] : []));
}

export async function allDone(t: ExecutionContext, outcomes: Promise<readonly Outcome[]>): Promise<void> {
	t.deepEqual(
		kinds(await outcomes).filter((kind) => kind !== 'done'),
		[],
	);
}

/** Ops that are refused, and how. */
export const refused: readonly (readonly [op: Op, code: Code, doing: string])[] = [
	[bridge('docker0'), 'E_KERNEL', 'add bridge docker0 to h1'],
	[veth('veth1', 'eth9'), 'E_KERNEL', 'add veth veth1 to h1'],
	[veth('veth9', 'eth0'), 'E_KERNEL', 'add veth veth9 to h1'],
	[veth('veth9', 'eth9', {master: 'br9'}), 'E_KERNEL', 'add veth veth9 to h1'],
	[veth('veth9', 'eth9', {master: 'veth1'}), 'E_KERNEL', 'add veth veth9 to h1'],
	[set('h1', 'veth9', {up: true}), 'E_KERNEL', 'set up true on veth9 in h1'],
	[set('h1', 'docker0', {hairpin: true}), 'E_KERNEL', 'set hairpin true on docker0 in h1'],
	[set('c1', 'lo', {master: 'eth0'}), 'E_KERNEL', 'set master eth0 on lo in c1'],
	[address('c1', 'eth0', '172.17.0.2/16'), 'E_KERNEL', 'add address 172.17.0.2/16 to eth0 in c1'],
	[address('c1', 'eth9', '172.17.0.2/16'), 'E_KERNEL', 'add address 172.17.0.2/16 to eth9 in c1'],
	[noAddress('c1', 'eth0', '172.17.0.9/16'), 'E_KERNEL', 'remove address 172.17.0.9/16 from eth0 in c1'],
	[route('c1', 'default', {via: '172.17.0.3'}), 'E_KERNEL', 'add route default via 172.17.0.3 in c1'],
	[route('c1', '10.9.0.0/16', {via: '192.168.1.1'}), 'E_KERNEL', 'add route 10.9.0.0/16 via 192.168.1.1 in c1'],
	[route('c1', '10.9.0.0/16', {dev: 'eth9'}), 'E_KERNEL', 'add route 10.9.0.0/16 dev eth9 in c1'],
	[route('c1', '10.9.0.1/16', {dev: 'eth0'}), 'E_KERNEL', 'add route 10.9.0.1/16 dev eth0 in c1'],
	[sysctl('c1', 'net.ipv4.conf.eth9.forwarding', '1'), 'E_KERNEL', 'set net.ipv4.conf.eth9.forwarding to 1 in c1'],
	[chain('nat', 'DOCKER'), 'E_RULES', 'add chain DOCKER to table nat of h1'],
	[rule('nat', 'NOWHERE', '-j ACCEPT'), 'E_RULES', 'add rule "-j ACCEPT" to NOWHERE in table nat of h1'],
	[rule('nat', 'DOCKER', '-j NOWHERE'), 'E_RULES', 'add rule "-j NOWHERE" to DOCKER in table nat of h1'],
	[
		{do: 'policy.set', netns: 'h1', family: 4, table: 'filter', chain: 'DOCKER', policy: 'DROP', why},
		'E_RULES',
		'set policy of DOCKER to DROP in table filter of h1',
	],
	[netns('h1'), 'E_KERNEL', 'add namespace h1'],
	[set('h9', 'lo', {up: true}), 'E_NAME_UNKNOWN', 'set up true on lo in h9'],
	[veth('veth9', 'eth9', {hairpin: true}), 'E_KERNEL_FEATURE', 'add veth veth9 to h1'],
];

/** Views without lo's addresses: in Linux 127.0.0.1 stays when lo goes down again. */
export function withoutLoopback(views: readonly Awaited<ReturnType<typeof view>>[]): unknown {
	return views.map(({addresses, ...rest}) => ({...rest, addresses: addresses.filter((text) => !text.startsWith('lo '))}));
}
