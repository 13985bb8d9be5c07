// The real kernel keeps the contract, in namespaces of its own; and what only it has: trips, batches, descriptors, connections, sockets.
import {existsSync, fstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {loadNative, type Native} from '../../native/index.ts';
import {LabError} from '../../src/base/errors.ts';
import type {FlowEvent} from '../../src/model/observed.ts';
import {LinuxKernel} from '../../src/kernel/linux.ts';
import type {Outcome} from '../../src/kernel/machine.ts';
import {Namespaces} from '../../src/kernel/namespaces.ts';
import type {Op} from '../../src/plan/op.ts';
import {needs} from '../needs.ts';
import {macvlanContract} from './contract-macvlan.ts';
import {contract} from './contract.ts';
import {vxlanContract} from './contract-vxlan.ts';

const native = loadNative();

function program(name: string): string {
	const folder = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].find((path) => existsSync(join(path, name)));
	return join(folder ?? '', name);
}

const programs = {
	iptablesRestore: program('iptables-restore'),
	ip6tablesRestore: program('ip6tables-restore'),
	iptablesSave: program('iptables-save'),
	ip6tablesSave: program('ip6tables-save'),
};

function lab(options: {readonly native?: Native; readonly programs?: Partial<typeof programs>} = {}) {
	const namespaces = new Namespaces(options.native ?? native);
	const machine = new LinuxKernel(options.native ?? native, namespaces, {...programs, ...options.programs});
	const end = async (): Promise<void> => {
		namespaces.names().forEach((name) => namespaces.remove(name));
	};
	return {namespaces, machine, end};
}

contract(() => lab());
macvlanContract(needs('macvlan'), () => lab());
vxlanContract(needs('vxlan'), () => lab());

const why = 'a test';
const netns = (name: string): Op => ({do: 'netns.add', netns: name, why});
const up = (where: string, dev: string): Op => ({do: 'link.set', netns: where, dev, up: true, why});
const address = (where: string, dev: string, text: string): Op => ({do: 'addr.add', netns: where, dev, address: text, why});
const rule = (table: 'nat' | 'filter' | 'raw', chain: string, text: string, where = 'h1'): Op => ({
	do: 'rule.add',
	netns: where,
	family: 4,
	table,
	chain,
	rule: text,
	why,
});
const chain = (table: 'nat' | 'filter', name: string): Op => ({do: 'chain.add', netns: 'h1', family: 4, table, chain: name, why});

function kinds(outcomes: readonly Outcome[]): readonly string[] {
	return outcomes.map(({is}) => is);
}

/** Containers on one bridge, as a driver would list them. */
function containers(count: number): readonly Op[] {
	return Array.from({length: count}, (_, index) => index).flatMap((index): Op[] => [
		netns(`c${index}`),
		{do: 'link.add', netns: 'h1', link: {kind: 'veth', name: `veth${index}`, master: 'br0', up: true, peer: {netns: `c${index}`, name: 'eth0'}}, why},
		{do: 'sysctl.set', netns: `c${index}`, key: 'net.ipv6.conf.eth0.disable_ipv6', value: '1', why},
		up(`c${index}`, 'lo'),
		address(`c${index}`, 'eth0', `10.0.0.${index + 2}/24`),
		up(`c${index}`, 'eth0'),
		{do: 'route.add', netns: `c${index}`, to: 'default', via: '10.0.0.1', why},
		rule('nat', 'PREROUTING', `-p tcp -m tcp --dport ${8000 + index} -j DNAT --to-destination 10.0.0.${index + 2}:80`),
		rule('filter', 'FORWARD', `-d 10.0.0.${index + 2}/32 -j ACCEPT`),
	]);
}

needs(
	'bridge',
	'veth',
	'nat',
)('fifty containers take as many trips to the kernel as one', async (t) => {
	const trips: string[] = [];
	const counted: Native = new Proxy(native, {
		get(target, name: keyof Native) {
			if (['netnsCreate', 'netlinkRequest', 'netlinkSocket', 'writeFilesIn', 'spawn'].includes(name)) {
				trips.push(name);
			}

			return target[name];
		},
	});
	const numbers: string[] = [];
	for (const count of [1, 50]) {
		const {machine, end} = lab({native: counted});
		// oxlint-disable-next-line no-await-in-loop -- two
		await machine.do([netns('h1'), {do: 'link.add', netns: 'h1', link: {kind: 'bridge', name: 'br0'}, why}]);
		trips.length = 0;
		// oxlint-disable-next-line no-await-in-loop -- two
		t.deepEqual(new Set(kinds(await machine.do(containers(count)))), new Set(['done']));
		numbers.push(trips.toSorted().join(' '));
		// oxlint-disable-next-line no-await-in-loop -- two
		await end();
	}

	t.is(numbers[1], numbers[0]);
	t.is(numbers[0], 'netlinkRequest netlinkRequest netlinkRequest netnsCreate spawn writeFilesIn');
});

/** RTM_NEWLINK, RTM_GETLINK, NLM_F_ECHO and IFLA_LINK (linux/rtnetlink.h, linux/netlink.h, linux/if_link.h). */
const newLink = 16;
const getLink = 18;
const echo = 8;
const otherEnd = 5;

/** Calls `visit` with where each message begins that makes or tells of a link. */
function eachLink(bytes: Buffer, visit: (at: number, end: number) => void): void {
	for (let at = 0; at + 16 <= bytes.length; at += (bytes.readUInt32LE(at) + 3) & ~3) {
		if (bytes.readUInt16LE(at + 4) === newLink) {
			visit(at, at + bytes.readUInt32LE(at));
		}
	}
}

const silent = {
	// as before Linux 6.2
	'nothing of it': (posted: Buffer, _told: Buffer) =>
		eachLink(posted, (at) => {
			posted.writeUInt16LE(posted.readUInt16LE(at + 6) & ~echo, at + 6);
		}),
	'only one end': (_posted: Buffer, told: Buffer) =>
		eachLink(told, (at, end) => {
			for (let attribute = at + 32; attribute + 4 <= end; attribute += (told.readUInt16LE(attribute) + 3) & ~3) {
				if (told.readUInt16LE(attribute + 2) === otherEnd) {
					told.writeUInt16LE(0x3f_00, attribute + 2);
				}
			}
		}),
};

for (const [what, hush] of Object.entries(silent)) {
	needs(
		'bridge',
		'veth',
		'nat',
	)(`a kernel that tells ${what} when it makes a cable is asked for the numbers`, async (t) => {
		const nothing = Buffer.alloc(0);
		let asked = 0;
		const old: Native = {
			...native,
			async netlinkRequest(requests) {
				for (const {bytes} of requests) {
					const posted = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
					hush(posted, nothing);
					asked += posted.readUInt16LE(4) === getLink ? 1 : 0;
				}

				const replies = await native.netlinkRequest(requests);
				replies.forEach((reply) => hush(nothing, 'bytes' in reply ? reply.bytes : nothing));
				return replies;
			},
		};
		const {machine, end} = lab({native: old});
		t.deepEqual(
			new Set(kinds(await machine.do([netns('h1'), {do: 'link.add', netns: 'h1', link: {kind: 'bridge', name: 'br0'}, why}, ...containers(3)]))),
			new Set(['done']),
		);
		for (const index of [0, 1, 2]) {
			// oxlint-disable-next-line no-await-in-loop -- three
			const {addresses, routes} = await machine.net(`c${index}`);
			t.true(addresses.some(({dev, address: text}) => dev === 'eth0' && text === `10.0.0.${index + 2}/24`));
			t.true(routes.some(({to, via}) => to === 'default' && via === '10.0.0.1'));
		}

		t.true(asked >= 3, `${asked} times`);

		await end();
	});
}

needs('bridge', 'veth')('one refusal among hundreds of messages is that one, and the others are done', async (t) => {
	const {machine, end} = lab();
	const addresses = Array.from({length: 450}, (_, index) => address('h1', 'lo', `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}/32`));
	const ops = addresses.with(317, address('h1', 'lo', '10.0.0.1/32'));
	await machine.do([netns('h1')]);
	const outcomes = await machine.do(ops);
	t.deepEqual(
		kinds(outcomes),
		ops.map((_, index) => (index === 317 ? 'failed' : 'done')),
	);
	t.is((await machine.net('h1')).addresses.filter(({address: text}) => text.startsWith('10.')).length, 449);
	await end();
});

needs('nat')('of several tables those before the failing one are done, the rest is not', async (t) => {
	const {machine, end} = lab();
	await machine.do([netns('h1')]);
	const ops = [
		rule('filter', 'INPUT', '-j ACCEPT'),
		rule('nat', 'OUTPUT', '-j ACCEPT'),
		rule('nat', 'OUTPUT', '-j NOWHERE'),
		rule('nat', 'OUTPUT', '-j RETURN'),
		rule('raw', 'OUTPUT', '-j ACCEPT'),
	];
	const outcomes = await machine.do(ops);
	t.deepEqual(kinds(outcomes), ['done', 'done', 'failed', 'skipped', 'skipped']);
	t.deepEqual(
		(await machine.rules('h1')).rules.map(({table, text}) => `${table} ${text}`),
		['filter -j ACCEPT', 'nat -j ACCEPT'],
	);
	await end();
});

needs('nat')('rules of many namespaces are written at the same time, and a failure in one does not touch the others', async (t) => {
	const {machine, end} = lab();
	const names = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
	await machine.do(names.map((name) => netns(name)));
	const outcomes = await machine.do(names.map((name) => rule('filter', 'INPUT', name === 'h3' ? '-j NOWHERE' : '-j ACCEPT', name)));
	t.deepEqual(
		kinds(outcomes),
		names.map((name) => (name === 'h3' ? 'failed' : 'done')),
	);
	await end();
});

needs('nat')('undo goes on past rules that somebody else removed, and past one that it cannot remove', async (t) => {
	const {machine, end} = lab();
	const ops = [
		chain('nat', 'DOCKER'),
		chain('filter', 'DOCKER'),
		...['-p tcp -j ACCEPT', '-p udp -j ACCEPT', '-p icmp -j ACCEPT'].flatMap((text) => [rule('nat', 'DOCKER', text), rule('filter', 'DOCKER', text)]),
	];
	await machine.do([netns('h1')]);
	await machine.do(ops);
	await machine.undo([rule('nat', 'DOCKER', '-p udp -j ACCEPT')]);
	await machine.do([rule('filter', 'DOCKER', '-j RETURN')]);
	const outcomes = await machine.undo(ops.toReversed());
	const failed = outcomes.flatMap((outcome) => (outcome.is === 'failed' ? [outcome.error.doing] : []));
	t.deepEqual(failed, ['add chain DOCKER to table filter of h1']);
	const {chains, rules} = await machine.rules('h1');
	t.deepEqual(
		chains.filter(({policy}) => policy === undefined).map(({table, chain: name}) => `${table} ${name}`),
		['filter DOCKER'],
	);
	t.deepEqual(
		rules.map(({text}) => text),
		['-j RETURN'],
	);
	await end();
});

test('a name that is taken makes no namespace at all', async (t) => {
	const {namespaces, machine, end} = lab();
	await machine.do([netns('h1')]);
	t.deepEqual(kinds(await machine.do([netns('h2'), netns('h1'), netns('h3')])), ['skipped', 'failed', 'skipped']);
	t.deepEqual(namespaces.names(), ['h1']);
	await end();
});

// serial: the others open descriptors too
test.serial('nothing stays open: neither after doing and undoing, nor after a failure, nor after looking', async (t) => {
	const {machine} = lab();
	const open = (): readonly string[] => readdirSync('/proc/self/fd');
	const ops = [netns('h1'), {do: 'link.add', netns: 'h1', link: {kind: 'bridge', name: 'br0'}, why} satisfies Op, ...containers(3)];
	// what Node and the addon keep from their first use
	await machine.do(ops);
	await machine.undo(ops.toReversed());
	const before = open().length;
	await machine.do(ops);
	await machine.do([rule('nat', 'OUTPUT', '-j NOWHERE'), address('h1', 'br9', '10.0.0.1/24')]);
	await Promise.all([machine.net('h1'), machine.rules('h1'), machine.flows('h1'), machine.listeners('h1'), machine.net('h1')]);
	await machine.undo(ops.toReversed());
	t.is(open().length, before);
});

test('without ip6tables the rules are those of IPv4; without iptables it is a program that is missing', async (t) => {
	const missing = '/nowhere/iptables';
	const {machine, end} = lab({programs: {ip6tablesSave: missing, ip6tablesRestore: missing}});
	await machine.do([netns('h1'), rule('filter', 'INPUT', '-j ACCEPT')]);
	t.deepEqual(
		(await machine.rules('h1')).rules.map(({family, text}) => `${family} ${text}`),
		['4 -j ACCEPT'],
	);
	const [outcome] = await machine.do([{do: 'rule.add', netns: 'h1', family: 6, table: 'filter', chain: 'INPUT', rule: '-j ACCEPT', why}]);
	t.like(outcome, {is: 'failed', error: {code: 'E_PROGRAM_MISSING', doing: 'add rule "-j ACCEPT" to INPUT in ip6 table filter of h1'}});
	await end();
	const without = lab({programs: {iptablesSave: missing}});
	await without.machine.do([netns('h1')]);
	t.is((await t.throwsAsync(without.machine.rules('h1'), {instanceOf: LabError})).code, 'E_PROGRAM_MISSING');
	await without.end();
});

needs(
	'veth',
	'nat',
	'conntrack',
)('listeners are found with their owners, and a translated connection shows both of its sides', async (t) => {
	const {namespaces, machine, end} = lab();
	await machine.do([
		netns('h1'),
		up('h1', 'lo'),
		address('h1', 'lo', '10.5.0.1/32'),
		rule('nat', 'OUTPUT', '-d 10.5.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.5.0.1:80'),
	]);
	const sockets = await Promise.all([native.listen(namespaces.fd('h1'), 'tcp', '10.5.0.1', 80), native.listen(namespaces.fd('h1'), 'udp', '::', 53)]);
	const owners = new Map(sockets.map((fd) => [fstatSync(fd).ino, {pid: 7, name: `owner of ${fd}`}]));
	const found = await machine.listeners('h1', owners);
	t.deepEqual(found, [
		{protocol: 'tcp', address: '10.5.0.1', port: 80, process: `owner of ${sockets[0]}`, pid: 7},
		{protocol: 'udp', address: '::', port: 53, process: `owner of ${sockets[1]}`, pid: 7},
	]);
	t.is((await machine.listeners('h1'))[0]?.process, undefined);

	const heard: FlowEvent[] = [];
	const stop = await machine.listenToFlows('h1', {heard: (events) => heard.push(...events), overrun: () => t.fail('nothing is lost')});
	const connect = 'require("net").connect(8080, "10.5.0.1", function () { this.destroy(); })';
	const {pidfd} = await native.spawn({
		file: process.execPath,
		args: ['node', '-e', connect],
		env: [],
		stdio: [-1, -1, -1],
		enter: {net: namespaces.fd('h1')},
	});
	const status = await new Promise((resolve) => native.onExit(pidfd, resolve));
	t.deepEqual(status, {code: 0, signal: undefined});
	[pidfd, ...sockets].forEach((fd) => native.close(fd));
	const flows = (await machine.flows('h1')).filter(({orig}) => orig.dport === 8080);
	t.is(flows.length, 1);
	t.like(flows[0], {
		protocol: 'tcp',
		nat: 'destination',
		orig: {src: '10.5.0.1', dst: '10.5.0.1', dport: 8080},
		reply: {src: '10.5.0.1', dst: '10.5.0.1', sport: 80},
	});
	t.is(typeof flows[0]?.state, 'string');
	while (!heard.some(({flow}) => flow.isAssured)) {
		// oxlint-disable-next-line no-await-in-loop -- until it was told
		await new Promise((resolve) => setImmediate(resolve));
	}

	stop();
	t.deepEqual([...new Set(heard.map(({flow}) => flow.id))], [flows[0]?.id], 'one connection, one entry');
	t.deepEqual(
		heard.slice(0, 3).map(({is, flow}) => [is, flow.state, flow.hasReply]),
		[
			['new', 'SYN_SENT', false],
			['update', 'SYN_RECV', true],
			['update', 'ESTABLISHED', true],
		],
	);
	await end();
});
