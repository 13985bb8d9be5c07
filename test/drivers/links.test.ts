// Links on docker0: what is planned for a container that has them, and what changes when one that it is linked to starts again.
import test from 'ava';
import {linkVariablesNow, namesOf, planContainer, planLab, planLinkUpdates, release} from '../../src/drivers/index.ts';
import type {Lab, Service} from '../../src/model/lab.ts';
import type {Op} from '../../src/plan/op.ts';
import {aHost, aLab, anEngine, anIpam, aNetwork, aPort, aPublish, aService, on} from './labs.ts';

const http = (port: number): Service['serve'][number] => ({kind: 'http', port: aPort(port), status: 200, body: undefined, echo: undefined});
const link = (service: string, alias = service): Partial<Service> => ({links: [{service, alias}], dependsOn: [service]});

function opsOf(lab: Lab, name: string): readonly Op[] {
	return planLab(lab).units.find(({id}) => id === `container:${name}`)?.ops ?? [];
}

function hostsOf(ops: readonly Op[]): readonly string[] {
	return ops.flatMap((op) => (op.do === 'file.write' && op.file === 'hosts' ? [op.content] : [])).flatMap((text) => text.trimEnd().split('\n').slice(6));
}

function variablesOf(ops: readonly Op[]): Readonly<Record<string, string>> {
	const found = ops.flatMap((op) => (op.do === 'container.start' ? [op.container.environment] : []))[0] ?? {};
	return Object.fromEntries(Object.entries(found).filter(([name]) => !['PATH', 'HOSTNAME', 'TERM'].includes(name)));
}

test('a link is a line before its own and the variables that Docker makes, TCP ports first', (t) => {
	const db = aService('db', {
		containerName: 'mysql',
		hostname: 'store',
		serve: [http(3306), {kind: 'udp', port: aPort(53), echo: false}],
		expose: [{protocol: 'tcp', port: aPort(8080)}],
		publish: [aPublish('9000:8081')],
		environment: {PASS: 'a=b', PATH: '/bin', HOME: '/root'},
	});
	const ops = opsOf(aLab({services: [db, aService('web', {...link('db', 'my-db'), extraHosts: [{name: 'far', address: '10.0.0.9'}]})]}), 'web');
	t.deepEqual(hostsOf(ops).slice(0, -1), ['10.0.0.9\tfar', '172.17.0.2\tmy-db store mysql']);
	t.deepEqual(variablesOf(ops), {
		MY_DB_PORT: 'tcp://172.17.0.2:3306',
		MY_DB_PORT_3306_TCP: 'tcp://172.17.0.2:3306',
		MY_DB_PORT_3306_TCP_ADDR: '172.17.0.2',
		MY_DB_PORT_3306_TCP_PORT: '3306',
		MY_DB_PORT_3306_TCP_PROTO: 'tcp',
		MY_DB_PORT_8080_TCP: 'tcp://172.17.0.2:8080',
		MY_DB_PORT_8080_TCP_ADDR: '172.17.0.2',
		MY_DB_PORT_8080_TCP_PORT: '8080',
		MY_DB_PORT_8080_TCP_PROTO: 'tcp',
		MY_DB_PORT_8081_TCP: 'tcp://172.17.0.2:8081',
		MY_DB_PORT_8081_TCP_ADDR: '172.17.0.2',
		MY_DB_PORT_8081_TCP_PORT: '8081',
		MY_DB_PORT_8081_TCP_PROTO: 'tcp',
		MY_DB_PORT_8080_TCP_START: 'tcp://172.17.0.2:8080',
		MY_DB_PORT_8080_TCP_PORT_START: '8080',
		MY_DB_PORT_8080_TCP_END: 'tcp://172.17.0.2:8081',
		MY_DB_PORT_8080_TCP_PORT_END: '8081',
		MY_DB_PORT_53_UDP: 'udp://172.17.0.2:53',
		MY_DB_PORT_53_UDP_ADDR: '172.17.0.2',
		MY_DB_PORT_53_UDP_PORT: '53',
		MY_DB_PORT_53_UDP_PROTO: 'udp',
		MY_DB_NAME: '/web/my-db',
		MY_DB_ENV_PASS: 'a=b',
	});
});

test('engine 20.10 names the lowest port first, and calls three in a row a range', (t) => {
	const ports = (engine: '28' | '20.10', ...tcp: readonly number[]): readonly string[] => {
		const expose = [{protocol: 'udp' as const, port: aPort(53)}, ...tcp.map((port) => ({protocol: 'tcp' as const, port: aPort(port)}))];
		const lab = aLab({hosts: [aHost({docker: anEngine({engine})})], services: [aService('db', {expose}), aService('web', link('db'))]});
		return Object.entries(variablesOf(opsOf(lab, 'web'))).flatMap(([name, value]) =>
			name === 'DB_PORT' || /_(?:START|END)$/.test(name) ? [`${name}=${value.replace('172.17.0.2:', '')}`] : [],
		);
	};
	t.deepEqual(ports('20.10', 80, 81), ['DB_PORT=udp://53']);
	t.deepEqual(ports('28', 443), ['DB_PORT=tcp://443']);
	t.deepEqual(ports('20.10', 80, 81, 82), [
		'DB_PORT=udp://53',
		'DB_PORT_80_TCP_START=tcp://80',
		'DB_PORT_80_TCP_PORT_START=80',
		'DB_PORT_80_TCP_END=tcp://82',
		'DB_PORT_80_TCP_PORT_END=82',
	]);
});

test('where docker0 has IPv6 a link is a line for each of its addresses', (t) => {
	const hosts = [aHost({docker: anEngine({ipv6: {fixedCidr: 'fd00:d0::/64'}})})];
	const lab = aLab({hosts, services: [aService('db', {hostname: 'store'}), aService('web', link('db'))]});
	t.deepEqual(hostsOf(opsOf(lab, 'web')).slice(0, 2), ['172.17.0.2\tdb store', 'fd00:d0::2\tdb store']);
});

test('an alias that is the name stands there once, a container without ports gives its name alone, the file comes before a link', (t) => {
	const web = aService('web', {...link('db'), environment: {DB_NAME: 'mine'}});
	const ops = opsOf(aLab({services: [aService('db', {hostname: 'db'}), web]}), 'web');
	t.is(hostsOf(ops)[0], '172.17.0.2\tdb');
	t.deepEqual(variablesOf(ops), {DB_NAME: 'mine'});
});

test('the file may name the linker first: addresses go in file order, starting waits for the other one', (t) => {
	const {units} = planLab(aLab({services: [aService('web', link('db')), aService('db', {serve: [http(80)]})]}));
	const ids = units.map(({id}) => id);
	t.true(ids.indexOf('container:db') < ids.indexOf('container:web'));
	const ops = units.find(({id}) => id === 'container:web')?.ops ?? [];
	t.is(hostsOf(ops)[0]?.split(' ')[0], '172.17.0.3\tdb');
	t.is(variablesOf(ops)['DB_PORT'], 'tcp://172.17.0.3:80');
});

test('with icc off two rules for each declared port, without iptables none', (t) => {
	const rules = (docker: Parameters<typeof anEngine>[0], web: Partial<Service> = {}, db: Partial<Service> = {}): readonly string[] =>
		opsOf(
			aLab({
				hosts: [aHost({docker: anEngine(docker)})],
				services: [aService('db', {serve: [http(80)], ...db}), aService('web', {...link('db'), ...web})],
			}),
			'web',
		).flatMap((op) => (op.do === 'rule.add' && op.chain === 'DOCKER' ? [op.rule] : []));
	t.deepEqual(rules({icc: false}), [
		'-s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT',
		'-s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 80 -j ACCEPT',
	]);
	t.deepEqual(rules({icc: false}, {links: [...(link('db').links ?? []), ...(link('db', 'store').links ?? [])]}), rules({icc: false}), 'once for two names');
	t.deepEqual(
		rules({icc: false}, {}, {expose: [{protocol: 'udp', port: aPort(53)}, ...[53, 5432].map((port) => ({protocol: 'tcp' as const, port: aPort(port)}))]})
			.filter((rule) => rule.includes('--dport'))
			.map((rule) => rule.replace(/^.* -m (\w+) --dport (\d+) .*/, '$2/$1')),
		['5432/tcp', '80/tcp', '53/tcp', '53/udp'],
		'the highest port first',
	);
	t.deepEqual(rules({icc: true}), []);
	t.deepEqual(rules({icc: false, iptables: false}), []);
});

const linkers = aLab({
	services: [
		aService('db', {serve: [http(80)]}),
		aService('log'),
		aService('web', {links: [...(link('db').links ?? []), ...(link('log').links ?? [])], dependsOn: ['db', 'log']}),
		aService('idle', link('db')),
		aService('thief'),
	],
});

test('one that starts again with another address is renewed in the hosts file of those that run, and another stale line stays', (t) => {
	const up = planLab(linkers).allocations;
	// idle, log and db stop; thief gets the lowest free address
	const stopped = ['idle', 'log', 'db', 'thief'].reduce((held, name) => release(held, name), up);
	const thief = planContainer(linkers, stopped, 'thief').allocations;
	const again = planContainer(linkers, thief, 'db');
	const {files, allocations} = planLinkUpdates(linkers, again.allocations, 'db');
	t.deepEqual(
		files.map(({service, ops}) => [service, hostsOf(ops).map((line) => line.split(' ')[0]?.split('\t').slice(0, 2).join(' '))]),
		[['web', ['172.17.0.3 db', '172.17.0.3 log', `172.17.0.4 ${hostnameIn(linkers, 'web')}`]]],
	);
	t.deepEqual(
		allocations.containers.get('web')?.linked.map(({address}) => address),
		['172.17.0.3', '172.17.0.3'],
	);
	t.deepEqual(planLinkUpdates(linkers, allocations, 'db').files, [], 'nothing has changed since');
});

function hostnameIn(lab: Lab, name: string): string {
	return opsOf(lab, name).flatMap((op) => (op.do === 'file.write' && op.file === 'hostname' ? [op.content.trim()] : []))[0] ?? '';
}

test('a linked container that does not run: no start, and no command, in the words of Docker', (t) => {
	const {allocations} = planLab(linkers);
	const stopped = release(allocations, 'db');
	const said = 'Cannot link to a non running container: /db AS /idle/db';
	t.like(
		t.throws(() => planContainer(linkers, stopped, 'idle')),
		{code: 'E_CONFLICT', said},
	);
	t.like(
		t.throws(() => linkVariablesNow(linkers, stopped, 'idle')),
		{code: 'E_CONFLICT', said},
	);
	t.deepEqual(linkVariablesNow(linkers, stopped, 'thief'), {});
	t.is(linkVariablesNow(linkers, allocations, 'idle')['DB_PORT'], 'tcp://172.17.0.2:80');
});

test('on a user-defined network a link is a name that this container alone knows, before what others are called', (t) => {
	const lab = aLab({
		networks: [aNetwork('front', {dockerName: 'proj_front'}), aNetwork('back')],
		services: [
			aService('web', {
				...on('front', 'back'),
				links: [
					{service: 'db', alias: 'Store'},
					{service: 'gone', alias: 'other'},
				],
			}),
			aService('db', on('front')),
			aService('other', on('front')),
			aService('gone', on('front')),
		],
	});
	const table = namesOf(lab, release(planLab(lab).allocations, 'gone'));
	const known = (service: string, name: string): unknown => table.get(service)?.map(({network, entries}) => [network, entries.get(name)?.[0]]);
	t.deepEqual(known('web', 'store'), [
		['back', undefined],
		['front', '172.18.0.3'],
	]);
	t.deepEqual(known('web', 'store.proj_front'), [
		['back', undefined],
		['front', '172.18.0.3'],
	]);
	t.deepEqual(known('db', 'store'), [['front', undefined]]);
	t.deepEqual(
		known('web', 'other'),
		[
			['back', undefined],
			['front', undefined],
		],
		'the one that it means does not run',
	);
	t.deepEqual(known('db', 'other'), [['front', '172.18.0.4']]);
	t.deepEqual(
		hostsOf(opsOf(lab, 'web')).filter((line) => line.includes('Store')),
		[],
	);
	t.deepEqual(variablesOf(opsOf(lab, 'web')), {});
});

test('where a user-defined network has IPv6 a link leads to both addresses', (t) => {
	const network = aNetwork('n1', {ipam6: anIpam({subnet: 'fd00:1::/64'})});
	const lab = aLab({networks: [network], services: [aService('db', on('n1')), aService('web', {...on('n1'), ...link('db', 'store')})]});
	const [names] = namesOf(lab, planLab(lab).allocations).get('web') ?? [];
	t.deepEqual(names?.entries.get('store'), ['172.18.0.2', 'fd00:1::2']);
	t.deepEqual(names?.entries.get('store.n1'), ['172.18.0.2', 'fd00:1::2']);
});
