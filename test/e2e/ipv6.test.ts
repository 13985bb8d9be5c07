// IPv6 as the kernel has it in the end, against the records of real engines: rules as ip6tables-save prints them, flags of addresses, and who reaches whom
// (situations 14 and 22; behaviour 14, 22).
import test, {type ExecutionContext} from 'ava';
import type {DockerEngine} from '../../src/model/lab.ts';
import {byChain} from '../drivers/fold.ts';
import {factsOf, rulesOf} from '../drivers/facts.ts';
import {eventually, Sandbox, unordered, type Lab} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

type Engine = DockerEngine['engine'];
type Situation = '14-ipv6' | '22-ip6tables';

const peer = 'serve: [{http: {port: 80, echo: peer}}]';

function textOf(engine: Engine, situation: Situation): string {
	const isOwn = situation === '14-ipv6';
	const docker0 = 'ipv6: true, ip6tables: true, fixed_cidr_v6: "fd00:d0::/64"';
	const place = isOwn ? 'networks: [n6]' : 'network_mode: bridge';
	return `
vethlab: 1
lans: {office: {subnet: 10.77.0.0/24, subnet6: "fd00:1a::/64"}}
hosts:
  h1:
    nics: {eth0: {lan: office, ip: 10.77.0.11/24, ip6: "fd00:1a::11/64"}}
    docker: {engine: "${engine}"${isOwn ? '' : `, ${docker0}`}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.77.0.100/24, ip6: "fd00:1a::100/64"}}, ${peer}}
services:
  c1: {host: h1, ${place}, ${peer}, ports: ["8080:80"]}
  ${isOwn ? `c2: {host: h1, ${place}, image: lab/tools}` : ''}
${isOwn ? 'networks: {n6: {enable_ipv6: true, ipam: {config: [{subnet: "fd00:77::/64"}, {subnet: 172.30.0.0/24}]}}}' : ''}
`;
}

/** The rules of the host as the records write them. */
async function rulesIn(lab: Lab, bridge: string | undefined): Promise<ReturnType<typeof rulesOf>> {
	const {chains, rules} = await lab.client.call('rules', {host: 'h1'});
	const named = chains.filter(({policy}) => policy === undefined || policy === '-').map(({family, table, chain}) => `${family} ${table} :${chain}`);
	const closed = chains.filter(({policy}) => policy === 'DROP').map(({family, table, chain}) => `${family} ${table} :${chain} DROP`);
	const lines = rules.map(({family, table, chain, text}) => `${family} ${table} ${chain} ${text}`);
	return rulesOf([...named, ...closed, ...lines].map((line) => (bridge === undefined ? line : line.replaceAll(bridge, 'br-<net:n6>'))));
}

/** IPv6 addresses of an interface, of global scope: "fd00:77::1/64 nodad". */
async function addressesOn(lab: Lab, where: string, dev: string): Promise<readonly string[]> {
	const {stdout} = await lab.exec(where, 'ip', '-6', '-o', 'addr', 'show', 'dev', dev, 'scope', 'global');
	return stdout
		.trimEnd()
		.split('\n')
		.map((line) => `${/inet6 (\S+)/.exec(line)?.[1]}${/ nodad/.test(line) ? ' nodad' : ''}`);
}

/** As `http`, until neighbours have found each other: a bridge's link-local address waits for duplicate address detection. */
async function soon(lab: Lab, from: string, url: string, wanted: string): Promise<string> {
	let seen = '';
	await eventually(async () => {
		seen = await lab.http(from, url, 1500);
		return seen === wanted;
	});
	return seen;
}

const asRecorded = test.macro({
	async exec(t: ExecutionContext, engine: Engine, situation: Situation) {
		const lab = await sandbox.up(textOf(engine, situation), `v6-${situation.slice(0, 2)}-${engine === '28' ? 'new' : 'old'}`);
		const [network] = (await lab.client.call('view', {})).networks;
		const dev = network?.bridge ?? 'docker0';
		const facts = factsOf(engine, situation);
		const seen = await rulesIn(lab, network?.bridge);
		t.deepEqual(seen.chains, facts.chains);
		t.deepEqual(byChain(seen.rules), byChain(facts.rules));
		const recorded = (facts.sections.get('addresses') ?? []).map((line) => line.replace('br-<net:n6>', dev).replace(/ -$/, ''));
		const ofDev = (where: string, name: string): readonly string[] =>
			recorded.filter((line) => line.startsWith(`${where} ${name} fd`)).map((line) => line.split(' ').slice(2).join(' '));
		t.deepEqual(await addressesOn(lab, 'h1', dev), ofDev('host', dev));
		t.deepEqual(await addressesOn(lab, 'c1', 'eth0'), ofDev('c1', 'eth0'));
		const gateway = network === undefined ? 'fd00:d0::1' : 'fd00:77::1';
		const [wire] = (await lab.container('c1'))?.interfaces ?? [];
		t.deepEqual([`${wire?.address6} nodad`, wire?.gateway6], [ofDev('c1', 'eth0')[0], gateway]);
		t.deepEqual(network?.v6, network && {subnet: 'fd00:77::/64', gateway});
		t.regex((await lab.exec('c1', 'ip', '-6', 'route')).stdout, new RegExp(`^default via ${gateway} dev eth0 metric 1024`, 'm'));
		t.is(await soon(lab, 'h1', 'http://[::1]:8080/', gateway), gateway);
		if (situation === '14-ipv6') {
			t.is(await soon(lab, 'c2', 'http://[fd00:77::2]/', 'fd00:77::3'), 'fd00:77::3');
			t.is((await lab.probe({kind: 'dns', from: 'c2', name: 'c1', type: 'AAAA', server: undefined, timeoutMs: 20_000})).answers?.join(' '), 'fd00:77::2');
		} else {
			t.is(await soon(lab, 'laptop', 'http://[fd00:1a::11]:8080/', 'fd00:1a::100'), 'fd00:1a::100');
			t.is(await soon(lab, 'c1', 'http://[fd00:1a::100]/', 'fd00:1a::11'), 'fd00:1a::11');
		}

		// an engine that starts again finds its bridges and their addresses as it left them
		const before = unordered(await lab.stateOf('h1'));
		await lab.act({do: 'daemon', host: 'h1', action: 'restart'});
		for (const service of situation === '14-ipv6' ? ['c1', 'c2'] : ['c1']) {
			// oxlint-disable-next-line no-await-in-loop -- addresses go in this order
			await lab.act({do: 'start', service});
		}

		t.deepEqual(unordered(await lab.stateOf('h1')), before);
		await lab.down();
	},
	title: (_, engine: Engine, situation: Situation) => `engine ${engine} leaves in the kernel what the real one left: ${situation}`,
});

for (const engine of ['28', '20.10'] as const) {
	for (const situation of ['14-ipv6', '22-ip6tables'] as const) {
		test.serial(asRecorded, engine, situation);
	}
}
