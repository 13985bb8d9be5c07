// Every scenario's lab with everybody calling everybody, and a capture of it: no packet's way has a gap, and every answer has its question.
import test, {type ExecutionContext} from 'ava';
import type {View} from '../../src/api/messages.ts';
import {needs, type Need} from '../needs.ts';
import {type Printed, journeysOf, orphans} from './journeys.ts';
import {type Lab, Sandbox, scenario} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

/** Scenarios, and what they need besides. */
const corpus: Readonly<Record<string, readonly Need[]>> = {
	'bridge-publish': [],
	'docker-proxy': [],
	'user-bridge': [],
	'two-networks': [],
	'two-hosts': [],
	ports: [],
	host: [],
	container: [],
	ipv6: [],
	overlay: ['vxlan'],
	macvlan: ['macvlan'],
};

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

/** What a journey of an answer says of the one that it answers. */
function questionOf(answer: Printed, all: ReadonlyMap<number, Printed>): Printed | undefined {
	const link = answer.links.find(({is}) => is === 'answers');
	return link && all.get(link.number);
}

async function holds(t: ExecutionContext, name: string): Promise<void> {
	const lab = await sandbox.up(scenario(name), `journeys-${name}`);
	let answered = 0;
	const journeys = await journeysOf(t, {sandbox, lab}, async () => {
		answered = await callAll(lab);
	});
	t.true(answered > 0);
	t.deepEqual(orphans(journeys), []);

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

for (const [name, wanted] of Object.entries(corpus)) {
	needs('capture', 'crun', ...wanted).serial(`${name}: everybody calls everybody, and every packet has one way`, async (t) => holds(t, name));
}
