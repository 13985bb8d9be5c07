// Rules that nobody has changed are counted without a program of iptables; a rule that somebody has changed is seen at once.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {loadNative, type Native} from '../../native/index.ts';
import {LinuxKernel} from '../../src/kernel/linux.ts';
import {Namespaces} from '../../src/kernel/namespaces.ts';
import type {Op, OpOf} from '../../src/plan/op.ts';
import type {ObservedRules} from '../../src/model/observed.ts';
import {legacyLock, needs} from '../needs.ts';

const native = loadNative();
const why = 'a test';

function program(name: string): string {
	const folder = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].find((path) => existsSync(join(path, name)));
	return join(folder ?? '', name);
}

const rule = (chain: string, text: string, more: Partial<OpOf<'rule.add'>> = {}): Op => ({
	do: 'rule.add',
	netns: 'h1',
	family: 4,
	table: 'filter',
	chain,
	rule: text,
	why,
	...more,
});

const made: readonly Op[] = [
	{do: 'link.set', netns: 'h1', dev: 'lo', up: true, why},
	{do: 'addr.add', netns: 'h1', dev: 'lo', address: '10.5.0.1/32', why},
	{do: 'chain.add', netns: 'h1', family: 4, table: 'filter', chain: 'OWN', why},
	{do: 'policy.set', netns: 'h1', family: 4, table: 'filter', chain: 'OUTPUT', policy: 'DROP', why},
	rule('OWN', '-d 10.5.0.1/32 -p udp -m udp --dport 53 -j ACCEPT'),
	rule('OWN', '-d 10.5.0.1/32 -p udp -m udp --dport 54 -j RETURN'),
	rule('OUTPUT', '-j OWN'),
	rule('INPUT', '-i lo -j ACCEPT', {family: 6}),
];

/** A host with rules, a count of the programs that were started to look at them, and a way to send packets inside. */
async function stage(t: ExecutionContext, front: 'nft' | 'legacy') {
	const counts = {saved: 0};
	const counted: Native = new Proxy(native, {
		get(target, name: keyof Native) {
			if (name !== 'spawn') {
				return target[name];
			}

			return async (...[options]: Parameters<Native['spawn']>) => {
				counts.saved += options.file.endsWith('-save') ? 1 : 0;
				return target.spawn({...options, env: [...options.env, `XTABLES_LOCKFILE=${legacyLock}`]});
			};
		},
	});
	const namespaces = new Namespaces(counted);
	t.teardown(() => {
		namespaces.names().forEach((name) => {
			namespaces.remove(name);
		});
	});
	const kernel = new LinuxKernel(counted, namespaces, {
		iptablesRestore: program(`iptables-${front}-restore`),
		ip6tablesRestore: program(`ip6tables-${front}-restore`),
		iptablesSave: program(`iptables-${front}-save`),
		ip6tablesSave: program(`ip6tables-${front}-save`),
	});
	const start = async (): Promise<void> => {
		await kernel.do([{do: 'netns.add', netns: 'h1', why}]);
		const outcomes = await kernel.do(made);
		t.deepEqual(new Set(outcomes.map(({is}) => is)), new Set(['done']));
	};

	await start();
	const restart = async (): Promise<void> => {
		namespaces.remove('h1');
		await start();
	};

	return {kernel, counts, restart, send: async (...ports: readonly number[]) => sendIn(namespaces.fd('h1'), ports)};
}

/** One datagram of no bytes to each port, where somebody listens, so that nothing is answered; what a rule drops is an error of the sender (EPERM). */
async function sendIn(netns: number, ports: readonly number[]): Promise<void> {
	const listeners = await Promise.all([...new Set(ports)].map(async (port) => native.listen(netns, 'udp', '10.5.0.1', port)));
	const script = `const s = require("dgram").createSocket("udp4"); const p = [${ports.join(', ')}]; const next = () => p.length === 0 ? s.close() : s.send("", p.shift(), "10.5.0.1", next); next();`;
	const {pidfd} = await native.spawn({file: process.execPath, args: ['node', '-e', script], env: [], stdio: [-1, -1, -1], enter: {net: netns}});
	// onExit by itself does not keep Node running
	const alive = setInterval(() => {}, 1000);
	await new Promise((resolve) => native.onExit(pidfd, resolve));
	clearInterval(alive);
	[pidfd, ...listeners].forEach((fd) => native.close(fd));
}

/** Packets and bytes that chains' policies and rules have counted. */
function countsOf({chains, rules}: ObservedRules): Readonly<Record<string, string>> {
	const own = [
		...chains.filter(({policy}) => policy === 'DROP').map((row) => [`${row.chain} ${row.policy}`, `${row.packets} ${row.bytes}`] as const),
		...rules.map((row) => [`${row.family} ${row.chain} ${row.number}`, `${row.packets} ${row.bytes}`] as const),
	];
	return Object.fromEntries(own);
}

needs('nat')('rules that have not changed are counted without iptables, and each count is the right one', async (t) => {
	const {kernel, counts, send} = await stage(t, 'nft');
	const first = await kernel.rules('h1');
	t.is(counts.saved, 2);
	t.deepEqual(countsOf(first), {'OUTPUT DROP': '0 0', '4 OWN 1': '0 0', '4 OWN 2': '0 0', '4 OUTPUT 1': '0 0', '6 INPUT 1': '0 0'});
	await send(53, 53, 54, 55);
	const second = await kernel.rules('h1');
	t.is(counts.saved, 2);
	// an IPv4 header and a UDP header: 28 bytes
	t.deepEqual(countsOf(second), {'OUTPUT DROP': '2 56', '4 OWN 1': '2 56', '4 OWN 2': '1 28', '4 OUTPUT 1': '4 112', '6 INPUT 1': '0 0'});
	t.deepEqual(
		second.rules.map(({text}) => text),
		first.rules.map(({text}) => text),
	);
});

needs('nat')('a rule that came or went is seen at once, and so is another namespace of the same name', async (t) => {
	const {kernel, counts, restart, send} = await stage(t, 'nft');
	await kernel.rules('h1');
	const more = rule('OWN', '-d 10.5.0.1/32 -p udp -m udp --dport 55 -j ACCEPT', {insert: true});
	await kernel.do([more]);
	await send(55);
	t.deepEqual(countsOf(await kernel.rules('h1'))['4 OWN 1'], '1 28');
	t.is(counts.saved, 4);
	await kernel.undo([more]);
	const texts = (await kernel.rules('h1')).rules.map(({text}) => text);
	t.is(counts.saved, 6);
	t.is(texts.length, 4);
	await restart();
	await kernel.do([more]);
	t.is((await kernel.rules('h1')).rules.find(({chain}) => chain === 'OWN')?.text, '-d 10.5.0.1/32 -p udp -m udp --dport 55 -j ACCEPT');
	t.is(counts.saved, 8);
});

needs('nat', 'legacy')('tables of the legacy front end, which nf_tables does not know, are listed each time', async (t) => {
	const {kernel, counts, send} = await stage(t, 'legacy');
	await kernel.rules('h1');
	await send(53, 54);
	t.like(countsOf(await kernel.rules('h1')), {'OUTPUT DROP': '1 28', '4 OWN 1': '1 28', '4 OWN 2': '1 28'});
	t.is(counts.saved, 4);
});
