// Every scenario's lab with everybody calling everybody, and a capture of it: no packet's way has a gap, every answer has its question, and as many pings
// are said to have come to each node as its kernel has counted.
import {basename} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ownersIn} from '../../src/api/wiring.ts';
import type {View} from '../../src/api/messages.ts';
import {isNeed, needs} from '../needs.ts';
import {type Printed, journeysOf, orphans} from './journeys.ts';
import {eventually, type Lab, Sandbox, scenarios} from './lab.ts';
import {readLab} from './read.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

/** Everything that somebody may call: addresses, and URLs of published ports. */
function goals({hosts}: View): {readonly addresses: readonly string[]; readonly urls: readonly string[]} {
	const bare = (addresses: readonly (string | undefined)[]): readonly string[] =>
		addresses.flatMap((address) => (address === undefined ? [] : [address.split('/')[0] ?? '']));
	const own = hosts.flatMap(({nics, containers}) => [
		...nics.flatMap(({address, address6}) => [address, address6]),
		...containers.flatMap(({interfaces}) => interfaces.flatMap(({address, address6}) => [address, address6])),
	]);
	const urls = hosts.flatMap(({nics, containers}) =>
		containers.flatMap(({published}) =>
			published
				.filter(({protocol}) => protocol === 'tcp')
				.flatMap(({hostPort, hostAddress}) =>
					bare(nics.map(({address, address6}) => (hostAddress === '::' ? address6 : address))).map(
						(address) => `http://${address.includes(':') ? `[${address}]` : address}:${hostPort}/`,
					),
				),
		),
	);
	return {addresses: [...new Set(bare(own))], urls: [...new Set(urls)]};
}

/** Everybody calls everything, a caller at a time; how many pings were answered. */
async function callAll({client}: Lab): Promise<number> {
	const view = await client.call('view', {});
	const {addresses, urls} = goals(view);
	const callers = view.hosts.flatMap(({name, containers}) => [
		name,
		...containers.filter(({state}) => state === 'running').map((container) => container.name),
	]);
	let answered = 0;
	for (const from of callers) {
		// oxlint-disable-next-line no-await-in-loop -- a machine has only so many cores
		const results = await Promise.all([
			...addresses.map(async (to) => client.call('probe', {kind: 'ping', from, to, count: 1, size: undefined, df: false, timeoutMs: 700})),
			...urls.map(async (url) => client.call('probe', {kind: 'http', from, url, timeoutMs: 700})),
		]);
		answered += results.slice(0, addresses.length).filter(({result}) => result === 'ok').length;
	}

	return answered;
}

/** By node: echo requests that it has taken. */
type Echoes = Readonly<Record<string, number>>;

/** Nodes with a namespace of their own. */
async function stacksOf({client}: Lab): Promise<readonly string[]> {
	const view = await client.call('view', {});
	const owners = ownersIn(view);
	return view.hosts.flatMap(({name, containers}) => [
		name,
		...containers.filter((container) => container.state === 'running' && !owners.has(container.name)).map((container) => container.name),
	]);
}

/** Whether every kernel has found out that nobody else has its IPv6 addresses: before, what comes to them is not taken (IFA_F_TENTATIVE, linux/if_addr.h). */
async function isSettled(lab: Lab): Promise<boolean> {
	const tables = (await stacksOf(lab)).map(async (where) => {
		const {stdout} = await lab.client.call('exec', {where, command: ['cat', '/proc/net/if_inet6'], timeoutMs: 20_000});
		return stdout.split('\n').every((line) => (Number.parseInt(line.trim().split(/\s+/)[4] ?? '0', 16) & 0x40) === 0);
	});
	return (await Promise.all(tables)).every(Boolean);
}

/** What the kernels of all nodes have counted since they are there, of IPv4 and IPv6 (icmpInEchos, RFC 2011; ipv6IfIcmpInEchos, RFC 2466). */
async function counted(lab: Lab): Promise<Echoes> {
	const {client} = lab;
	const all = (await stacksOf(lab)).map(async (node) => {
		const {stdout} = await client.call('exec', {where: node, command: ['cat', '/proc/net/snmp', '/proc/net/snmp6'], timeoutMs: 20_000});
		const [names = [], values = []] = stdout.split('\n').flatMap((line) => (line.startsWith('Icmp: ') ? [line.split(' ')] : []));
		return [node, Number(values[names.indexOf('InEchos')]) + Number(/^Icmp6InEchos\s+(\d+)$/m.exec(stdout)?.[1] ?? 0)] as const;
	});
	return Object.fromEntries(await Promise.all(all));
}

/** What was counted between two looks, of nodes that counted anything. */
function between(before: Echoes, after: Echoes): Echoes {
	return withoutZeros(Object.entries(after).map(([node, came]) => [node, came - (before[node] ?? 0)] as const));
}

/** The same, as journeys tell it. */
function echoesOf(journeys: readonly Printed[]): Echoes {
	const nodes = journeys.flatMap(({info, end, endedAt}) =>
		info.startsWith('Echo (ping) request') && end === 'reached' ? endedAt.map(({at}) => at.split('/')[0] ?? '') : [],
	);
	return withoutZeros([...new Set(nodes)].map((node) => [node, nodes.filter((one) => one === node).length] as const));
}

function withoutZeros(rows: readonly (readonly [node: string, came: number])[]): Echoes {
	return Object.fromEntries(rows.filter(([, came]) => came > 0));
}

/** What a journey of an answer says of the one that it answers. */
function questionOf(answer: Printed, all: ReadonlyMap<number, Printed>): Printed | undefined {
	const link = answer.links.find(({is}) => is === 'answers');
	return link && all.get(link.number);
}

async function holds(t: ExecutionContext, file: string): Promise<void> {
	const lab = await sandbox.up(file, `journeys-${basename(file).split('.')[0]}`);
	t.true(await eventually(async () => isSettled(lab)));
	const before = await counted(lab);
	let answered = 0;
	const journeys = await journeysOf(t, {sandbox, lab}, async () => {
		answered = await callAll(lab);
	});
	t.true(answered > 0);
	// what kernels say while their interfaces get addresses and join groups (IGMP, MLD) is of the start of the lab, and not of these calls
	const isOfStart = ({source, destination}: Printed): boolean => source === '::' || destination === '224.0.0.22' || destination === 'ff02::16';
	t.deepEqual(orphans(journeys.filter((journey) => !isOfStart(journey))), []);
	t.deepEqual(echoesOf(journeys), between(before, await counted(lab)), 'as many pings have come as the kernels say');

	const byNumber = new Map(journeys.map((journey) => [journey.number, journey]));
	const replies = journeys.filter(({info}) => info.startsWith('Echo (ping) reply'));
	const asked = replies.map((reply) => questionOf(reply, byNumber));
	t.is(new Set(asked).size, replies.length, 'each reply answers a request of its own');
	t.true(replies.length >= answered, `${replies.length} replies of ${answered} pings`);
	for (const [index, reply] of replies.entries()) {
		const request = asked[index];
		const from = reply.hops[0]?.at.split('/')[0];
		t.true(
			request?.endedAt.some(({at}) => at.split('/')[0] === from),
			`${reply.source} > ${reply.destination} begins where its request ended`,
		);
	}

	// a SYN that was answered came to who answered it; an answer that is sent again may come long after
	const told = new Set<string>();
	for (const answer of journeys.filter(({info}) => info.startsWith('[SYN, ACK]'))) {
		const ends = `${answer.source}:${answer.sourcePort} > ${answer.destination}:${answer.destinationPort}`;
		t.true(told.has(ends) || questionOf(answer, byNumber)?.end === 'reached', ends);
		told.add(ends);
	}

	await lab.down();
}

for (const file of scenarios()) {
	needs('capture', 'crun', ...readLab(file).requires.filter(isNeed)).serial(
		`${basename(file)}: everybody calls everybody, and every packet has one way`,
		async (t) => holds(t, file),
	);
}
