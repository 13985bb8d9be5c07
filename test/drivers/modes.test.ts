// The four modes and what belongs to them: whose namespace, files and name a container has, what waits for what, what is only noted.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {LabError} from '../../src/base/errors.ts';
import {drivers, planLab} from '../../src/drivers/index.ts';
import type {Lab, Service} from '../../src/model/lab.ts';
import type {ContainerSpec, Op, Unit} from '../../src/plan/op.ts';
import {fold} from './fold.ts';
import {aHost, aLab, anEngine, aNetwork, anMtu, aPort, aPublish, aService, office, on} from './labs.ts';

function labOf(...services: readonly Service[]): Lab {
	return aLab({lans: [office], services});
}

function unitOf(lab: Lab, id: string): Unit {
	const unit = planLab(lab).units.find((one) => one.id === id);
	if (unit === undefined) {
		throw new Error(`no unit ${id}`);
	}

	return unit;
}

function specOf(lab: Lab, service: string): ContainerSpec {
	const start = unitOf(lab, `container:${service}`).ops.at(-1);
	if (start?.do !== 'container.start') {
		throw new Error(`${service} is not started last`);
	}

	return start.container;
}

const verbs = (ops: readonly Op[]): readonly string[] => ops.map((op) => op.do);

test('every mode of lab.ts has a driver, and every driver says what holds afterwards', (t) => {
	const source = readFileSync(packageFile('src/model/lab.ts'), 'utf8');
	const union = /export type Attachment =(?<members>.*?);\n\n/s.exec(source)?.groups?.['members'] ?? '';
	const modes = [...union.matchAll(/mode: '(?<mode>\w+)'/g)].map((found) => found.groups?.['mode'] ?? '');
	t.true(modes.length > 0);
	t.deepEqual(Object.keys(drivers).toSorted(), modes.toSorted());
	t.deepEqual(
		Object.values(drivers).map(({mode}): string => mode),
		Object.keys(drivers),
	);

	t.true(drivers.bridge.expect(aService('web'), {mode: 'bridge', mac: undefined}).length > 0);
	t.true(drivers.host.expect(aService('web'), {mode: 'host'}).length > 0);
	t.true(drivers.none.expect(aService('web'), {mode: 'none'}).length > 0);
	t.true(drivers.container.expect(aService('web'), {mode: 'container', of: 'x'}).length > 0);
});

test('every op says why, specifically: with a name, an address or a reason, and without a full stop', (t) => {
	const lab = labOf(
		aService('web', {publish: [aPublish('8080:80')]}),
		aService('lone', {attach: {mode: 'none'}}),
		aService('free', {attach: {mode: 'host'}}),
		aService('guest', {attach: {mode: 'container', of: 'web'}}),
	);
	for (const {ops} of planLab(lab).units) {
		for (const {why} of ops) {
			t.regex(why, /^[^{}]{8,250}[^.{}]$/);
			t.false(why.includes('undefined'), why);
		}
	}
});

test("mode bridge is wired in Docker 28's order", (t) => {
	const {ops} = unitOf(labOf(aService('web', {publish: [aPublish('8080:80')]})), 'container:web');
	t.deepEqual(verbs(ops), [
		'netns.add',
		'file.write',
		'file.write',
		'file.write',
		'link.set',
		'link.add',
		'rule.add',
		'link.set',
		'link.set',
		'addr.add',
		'sysctl.set',
		'link.set',
		'route.add',
		'port.bind',
		'port.bind',
		'rule.add',
		'rule.add',
		'proxy.start',
		'proxy.start',
		'container.start',
	]);
});

test("mode host has its host's namespace and name, and makes nothing there; engine 28 writes it copies of the files", (t) => {
	const service = aService('web', {attach: {mode: 'host'}, publish: [aPublish('8080:80')]});
	const lab = labOf(service);
	t.deepEqual(verbs(unitOf(lab, 'container:web').ops), ['file.write', 'file.write', 'file.write', 'container.start']);
	t.like(specOf(lab, 'web'), {netns: 'h1', filesOf: 'web', hostname: 'h1', uts: 'host', sysctls: {}});
	t.deepEqual(planLab(lab).notes, ['web: Published ports are discarded when using host network mode']);
	const {files} = fold(planLab(lab).units);
	t.is(files.get('web /etc/hosts'), files.get('h1 /etc/hosts'));
	t.regex(files.get('web /etc/resolv.conf') ?? '', /\n\n\n# Based on host file: '\/etc\/resolv\.conf'\n/);

	const old = aLab({lans: [office], hosts: [aHost({docker: anEngine({engine: '20.10'})})], services: [service]});
	t.deepEqual(verbs(unitOf(old, 'container:web').ops), ['container.start']);
	t.is(specOf(old, 'web').filesOf, 'h1');
});

test('mode host with names of its own gets files of its own', (t) => {
	const lab = labOf(aService('web', {attach: {mode: 'host'}, extraHosts: [{name: 'db', address: '10.77.0.50'}]}));
	t.is(specOf(lab, 'web').filesOf, 'web');
	t.is(
		fold(planLab(lab).units).files.get('web /etc/hosts'),
		'127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n10.77.0.50\tdb\n',
	);
});

test('mode none has lo only, and -p does nothing', (t) => {
	const lab = labOf(aService('bare', {attach: {mode: 'none'}, publish: [aPublish('8080:80')]}));
	t.deepEqual(verbs(unitOf(lab, 'container:bare').ops), ['netns.add', 'file.write', 'file.write', 'file.write', 'link.set', 'container.start']);
	t.is(planLab(lab).notes.length, 1);
});

test('mode container makes nothing and takes over namespace, name and files, through any number of owners', (t) => {
	const lab = labOf(
		aService('guest2', {attach: {mode: 'container', of: 'guest'}}),
		aService('guest', {attach: {mode: 'container', of: 'web'}}),
		aService('web', {hostname: 'front'}),
		aService('onhost', {attach: {mode: 'host'}}),
		aService('with', {attach: {mode: 'container', of: 'onhost'}}),
	);
	t.deepEqual(verbs(unitOf(lab, 'container:guest2').ops), ['container.start']);
	t.like(specOf(lab, 'guest2'), {netns: 'web', filesOf: 'web', hostname: 'front', uts: 'own', sysctls: {}});
	t.like(specOf(lab, 'with'), {netns: 'h1', filesOf: 'onhost', hostname: 'h1', uts: 'host'});
	t.deepEqual(unitOf(lab, 'container:guest2').after, ['docker:h1', 'container:guest']);
});

test('containers that join each other in a circle, or nobody, are refused', (t) => {
	const circle = labOf(aService('a', {attach: {mode: 'container', of: 'b'}}), aService('b', {attach: {mode: 'container', of: 'a'}}));
	t.is(t.throws(() => planLab(circle), {instanceOf: LabError}).code, 'E_CONFLICT');
	t.is(t.throws(() => planLab(labOf(aService('a', {attach: {mode: 'container', of: 'x'}}))), {instanceOf: LabError}).said, 'No such container: x');
});

test('no container runs on a machine without an engine', (t) => {
	t.is(t.throws(() => planLab(aLab({hosts: [aHost({docker: undefined})], services: [aService('a')]})), {instanceOf: LabError}).code, 'E_CONFLICT');
});

test('units come after what they wait for: LANs, hosts, engines, dependencies, owners', (t) => {
	const lab = labOf(aService('guest', {attach: {mode: 'container', of: 'app'}}), aService('app', {dependsOn: ['db']}), aService('db'));
	const {units} = planLab(lab);
	t.deepEqual(
		units.map(({id}) => id),
		['lan:office', 'host:h1', 'docker:h1', 'container:db', 'container:app', 'container:guest'],
	);
	const seen = new Set<string>();
	for (const {id, after} of units) {
		t.true(
			after.every((other) => seen.has(other)),
			id,
		);
		seen.add(id);
	}
});

test('a NIC put in by hand is a cable to a bridge of the host, or to a LAN', (t) => {
	const lab = aLab({
		lans: [{...office, mtu: anMtu(1400)}],
		hosts: [aHost({bridges: [{dev: 'br0', address: '10.77.0.35/24', ports: ['eth0']}]})],
		services: [
			aService('wired', {
				attach: {mode: 'none'},
				nics: [{dev: 'eth0', to: {bridge: 'br0'}, address: '10.77.0.40/24', gateway: '10.77.0.2', mac: undefined, via: 'pipework'}],
			}),
			aService('six', {
				attach: {mode: 'none'},
				nics: [
					{
						dev: 'eth0',
						to: {bridge: 'br0'},
						address: undefined,
						address6: 'fd00:1::5/64',
						gateway: undefined,
						gateway6: 'fd00:1::1',
						mac: undefined,
						via: 'pipework',
					},
				],
			}),
			aService('near', {
				attach: {mode: 'none'},
				nics: [{dev: 'eth1', to: {lan: 'office'}, address: '10.77.0.41/24', gateway: undefined, mac: undefined, via: undefined}],
			}),
		],
	});
	const {units, allocations} = planLab(lab);
	const made = fold(units);
	t.true(made.addresses.includes('wired eth0 10.77.0.40/24 10.77.0.255'));
	t.true(made.routes.includes('wired default via 10.77.0.2 dev eth0'));
	t.true(made.addresses.includes('near eth1 10.77.0.41/24 -'));
	const [wired] = allocations.containers.get('wired')?.interfaces ?? [];
	t.regex(wired?.veth ?? '', /^veth0pl[\da-f]{5}$/);
	t.like(wired, {dev: 'eth0', bridge: 'br0', netns: 'h1', mtu: 1500});
	t.like(allocations.containers.get('near')?.interfaces[0], {dev: 'eth1', bridge: 'office', netns: 'lan:office', mtu: 1400});
	t.deepEqual(unitOf(lab, 'container:near').after, ['docker:h1', 'lan:office']);
	t.deepEqual(unitOf(lab, 'container:wired').docker, [
		'docker run -d --name wired --network none lab/tools',
		'pipework br0 -i eth0 wired 10.77.0.40/24@10.77.0.2',
	]);
	t.is(unitOf(lab, 'container:six').docker?.at(-1), 'pipework br0 -i eth0 six fd00:1::5/64@fd00:1::1');
	t.true(unitOf(lab, 'host:h1').ops.some((op) => op.do === 'link.set' && op.dev === 'eth0' && op.master === 'br0'));
});

test('images start what they are for, and a command of the file instead of it', (t) => {
	const http = {kind: 'http', port: aPort(80), status: 404, body: 'a:b c', echo: 'peer'} as const;
	const lab = labOf(
		aService('tools'),
		aService('web', {image: 'web'}),
		aService('both', {serve: [http, {kind: 'tcp', port: aPort(5432), echo: true}, {kind: 'udp', port: aPort(53), echo: false}]}),
		aService('own', {image: 'web', command: ['sleep', '9'], environment: {TERM: 'vt100', A: 'b'}}),
	);
	t.deepEqual(specOf(lab, 'tools').args, ['/usr/local/bin/lab-web', 'pause']);
	t.deepEqual(specOf(lab, 'web').args, ['/usr/local/bin/lab-web', 'serve', 'http:80']);
	t.deepEqual(specOf(lab, 'both').args, ['/usr/local/bin/lab-web', 'serve', 'http:80:status=404:echo=peer:body=a%3Ab%20c', 'tcp:5432:echo', 'udp:53']);
	t.deepEqual(specOf(lab, 'own').args, ['sleep', '9']);
	t.like(specOf(lab, 'own').environment, {TERM: 'vt100', A: 'b', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'});
});

test('a container may use any port and ping without rights, as Docker sets it, and what the file adds', (t) => {
	const lab = labOf(aService('web', {sysctls: {'net.ipv4.tcp_syncookies': '0'}}));
	t.deepEqual(specOf(lab, 'web').sysctls, {
		'net.ipv4.ip_unprivileged_port_start': '0',
		'net.ipv4.ping_group_range': '0 2147483647',
		'net.ipv4.tcp_syncookies': '0',
	});
});

test('a container is called by the first 12 digits of its id, or as the file says', (t) => {
	const lab = labOf(aService('a'), aService('b', {hostname: 'bee', domainname: 'lab.test', extraHosts: [{name: 'db', address: '10.0.0.9'}]}));
	t.is(specOf(lab, 'a').hostname, specOf(lab, 'a').id.slice(0, 12));
	t.is(specOf(lab, 'a').environment['HOSTNAME'], specOf(lab, 'a').hostname);
	const hosts = fold(planLab(lab).units).files.get('b /etc/hosts') ?? '';
	t.deepEqual(hosts.trimEnd().split('\n').slice(-2), ['10.0.0.9\tdb', '172.17.0.3\tbee.lab.test bee']);
});

test('resolv.conf says how engine 28 made it, and 20.10 says nothing', (t) => {
	const asks = {dns: ['10.77.0.1'], dnsSearch: ['lab.test'], dnsOptions: ['ndots:2']};
	const resolv = (engine: '28' | '20.10', parts: Partial<Service>): string | undefined =>
		fold(planLab(aLab({lans: [office], hosts: [aHost({docker: anEngine({engine})})], services: [aService('a', parts)]})).units).files.get(
			'a /etc/resolv.conf',
		);
	const head = '# Generated by Docker Engine.\n# This file can be edited; Docker Engine will not make further changes once it\n# has been modified.\n\n';
	t.is(resolv('28', {}), `${head}\n# Based on host file: '/etc/resolv.conf' (legacy)\n# Overrides: []\n`);
	t.is(
		resolv('28', asks),
		`${head}nameserver 10.77.0.1\nsearch lab.test\noptions ndots:2\n\n# Based on host file: '/etc/resolv.conf' (legacy)\n# Overrides: [nameservers search options]\n`,
	);
	t.is(resolv('20.10', asks), 'search lab.test\nnameserver 10.77.0.1\noptions ndots:2\n');
});

test('engine 20.10 leaves name servers with an IPv6 address to a container that has its own', (t) => {
	const resolv = (engine: '28' | '20.10'): string | undefined =>
		fold(
			planLab(
				aLab({
					hosts: [aHost({docker: anEngine({engine})})],
					networks: [aNetwork('n')],
					services: [aService('a', {...on('n'), dns: ['fd00:50::1', '10.77.0.1']})],
				}),
			).units,
		).files.get('a /etc/resolv.conf');
	t.is(resolv('20.10'), 'nameserver 127.0.0.11\nnameserver fd00:50::1\noptions ndots:0\n');
	t.deepEqual(resolv('28')?.match(/^nameserver .*$/gm), ['nameserver 127.0.0.11']);
});

test('engine 20.10 publishes by ports of the container, highest first, and the latest that leads to one first', (t) => {
	const ports = ['9000:9000', '8081:80', '127.0.0.1:8083:80', '80', '53/udp', '9001:9001'].map((text) => aPublish(text));
	const order = (engine: '28' | '20.10'): readonly string[] =>
		unitOf(aLab({hosts: [aHost({docker: anEngine({engine})})], services: [aService('web', {publish: ports})]}), 'container:web').ops.flatMap((op) =>
			op.do === 'rule.add' && op.rule.includes('DNAT') ? [op.rule.replace(/^.* --dport (\d+) .*:(\d+)$/, '$1:$2')] : [],
		);
	t.deepEqual(order('20.10'), ['9001:9001', '9000:9000', '32768:80', '8083:80', '8081:80', '32768:53']);
	t.deepEqual(order('28'), ['8081:80', '8083:80', '9000:9000', '9001:9001', '32768:53', '32768:80']);
});

test('machines know each other by the address on a LAN they share', (t) => {
	const nic = (lan: string, dev: string, address: string | undefined): ReturnType<typeof aHost>['nics'][number] => ({
		dev,
		lan,
		address,
		mac: aHost({}).nics[0]?.mac ?? never(),
		mtu: anMtu(1500),
	});
	const lab = aLab({
		lans: [office, {...office, name: 'dc', subnet: '10.78.0.0/24'}],
		hosts: [
			aHost({name: 'router', docker: undefined, nics: [nic('office', 'eth0', '10.77.0.1/24'), nic('dc', 'eth1', '10.78.0.1/24')]}),
			aHost({name: 'far', docker: undefined, nics: [nic('dc', 'eth0', '10.78.0.2/24')]}),
			aHost({name: 'mute', docker: undefined, nics: [nic('dc', 'eth0', undefined)]}),
			aHost({
				name: 'bridged',
				docker: undefined,
				nics: [nic('office', 'eth0', undefined)],
				bridges: [{dev: 'br0', address: '10.77.0.35/24', ports: ['eth0']}],
			}),
		],
	});
	const {files} = fold(planLab(lab).units);
	t.is(files.get('far /etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n10.78.0.2 far\n10.78.0.1 router\n10.77.0.35 bridged\n');
	t.is(
		files.get('bridged /etc/hosts'),
		'127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n10.77.0.35 bridged\n10.77.0.1 router\n10.78.0.2 far\n',
	);
	t.false((files.get('far /etc/resolv.conf') ?? 'nameserver').split('\n').some((line) => line.startsWith('nameserver')));
});

test('a publish on IPv6 has no effect without a proxy, and is noted', (t) => {
	const lab = aLab({
		lans: [office],
		hosts: [aHost({docker: anEngine({userlandProxy: false})})],
		services: [aService('web', {publish: [aPublish('[::1]:8084:80')]})],
	});
	t.deepEqual(fold(planLab(lab).units).listening, []);
	t.is(planLab(lab).notes.length, 1);
});

test('a machine has its servers, sysctls and routes in place before anybody looks', (t) => {
	const serve = {kind: 'http', port: aPort(80), status: 200, body: undefined, echo: 'peer'} as const;
	const lab = aLab({
		lans: [office],
		hosts: [
			aHost({docker: undefined, serve: [serve], sysctls: {'net.ipv4.ip_forward': '1'}, routes: [{to: '10.8.0.0/16', via: '10.77.0.2', dev: undefined}]}),
		],
	});
	const {ops} = unitOf(lab, 'host:h1');
	t.deepEqual(verbs(ops).slice(0, 5), ['netns.add', 'link.set', 'link.add', 'addr.add', 'link.set']);
	t.deepEqual(verbs(ops).slice(5), ['sysctl.set', 'route.add', 'route.add', 'file.write', 'file.write', 'file.write', 'host.start', 'serve.start']);
});

function never(): never {
	throw new Error('the host of labs.ts has no NIC');
}

test('where the engine may choose a port it passes over those of other servers on its host; 20.10 only where nothing was said', (t) => {
	const http = (port: number): Service['serve'][number] => ({kind: 'http', port: aPort(port), status: 200, body: undefined, echo: undefined});
	const ports = (engine: '28' | '20.10'): readonly string[] => {
		const guest = aService('guest', {attach: {mode: 'host'}, serve: [http(8001)]});
		const web = aService('web', {publish: ['8000-8003:80', '80', '80/udp', '8001:81'].map((text) => aPublish(text))});
		const lab = aLab({hosts: [aHost({docker: anEngine({engine}), serve: [http(8000), http(32_768)]})], services: [guest, web]});
		return (planLab(lab).allocations.containers.get('web')?.published ?? [])
			.filter(({hostAddress}) => hostAddress === '0.0.0.0')
			.map(({protocol, hostPort, port}) => `${hostPort}:${port}/${protocol}`)
			.toSorted();
	};
	// an exact port is left to the kernel, which refuses it
	t.deepEqual(ports('28'), ['32768:80/udp', '32769:80/tcp', '8001:81/tcp', '8002:80/tcp']);
	t.deepEqual(ports('20.10'), ['32768:80/udp', '32769:80/tcp', '8000:80/tcp', '8001:81/tcp']);
});

test('an interface put in by hand has IPv6 where the file says so; engine 20.10 has it switched off in there before', (t) => {
	const nic = {
		dev: 'eth0',
		to: {lan: 'office'},
		address: undefined,
		address6: 'fd00:50::9/64',
		gateway: undefined,
		gateway6: 'fd00:50::1',
		mac: undefined,
		via: undefined,
	};
	const made = (engine: '28' | '20.10'): readonly string[] =>
		unitOf(
			aLab({lans: [office], hosts: [aHost({docker: anEngine({engine})})], services: [aService('bare', {attach: {mode: 'none'}, nics: [nic]})]}),
			'container:bare',
		).ops.flatMap((op) => {
			switch (op.do) {
				case 'addr.add': {
					return [`${op.dev} ${op.address}`];
				}

				case 'route.add': {
					return [`${op.to} via ${op.via} dev ${op.dev}`];
				}

				case 'sysctl.set': {
					return [`${op.key}=${op.value}`];
				}

				default: {
					return [];
				}
			}
		});
	const there = ['eth0 fd00:50::9/64', 'default via fd00:50::1 dev eth0'];
	t.deepEqual(made('28'), there);
	t.deepEqual(made('20.10'), ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.eth0.disable_ipv6=0', ...there]);
});
