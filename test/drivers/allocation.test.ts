// Who gets which address, MAC and host port, and what is refused: Docker's rules, seen on a real engine.
import test, {type ExecutionContext} from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {planContainer, planLab, planPublish, release, type Allocations} from '../../src/drivers/index.ts';
import type {DockerEngine, Lab, Service} from '../../src/model/lab.ts';
import {aHost, aLab, aPublish, aService, anEngine, office} from './labs.ts';
import {foldOps} from './fold.ts';

function labOf(services: readonly Service[], docker: Partial<DockerEngine> = {}): Lab {
	return aLab({lans: [office], hosts: [aHost({docker: anEngine(docker)})], services});
}

function many(count: number): readonly Service[] {
	return Array.from({length: count}, (_, index) => aService(`c${index + 1}`));
}

function addressOf(allocations: Allocations, service: string): string | undefined {
	return allocations.containers.get(service)?.interfaces[0]?.address;
}

function portsOf(allocations: Allocations, service: string): readonly string[] {
	return (allocations.containers.get(service)?.published ?? []).map(
		({hostAddress, hostPort, port, protocol}) => `${hostAddress}:${hostPort}->${port}/${protocol}`,
	);
}

function refused(t: ExecutionContext, code: LabError['code'], said: string | undefined, plan: () => unknown): void {
	const error = t.throws(plan, {instanceOf: LabError});
	t.is(error.code, code);
	if (said !== undefined) {
		t.is(error.said, said);
	}
}

test('the same lab gives the same plan', (t) => {
	const lab = labOf([aService('web', {publish: [aPublish('8080:80'), aPublish('80')]}), aService('cli')]);
	t.deepEqual(planLab(lab), planLab(structuredClone(lab)));
});

test('containers get the lowest addresses in file order, each its own, with MACs and cables of their own', (t) => {
	const {allocations} = planLab(labOf([aService('b', {dependsOn: ['a']}), aService('a'), aService('c')]));
	t.deepEqual(
		['b', 'a', 'c'].map((name) => addressOf(allocations, name)),
		['172.17.0.2/16', '172.17.0.3/16', '172.17.0.4/16'],
	);
	const wires = [...allocations.containers.values()].flatMap(({interfaces}) => interfaces);
	t.is(new Set(wires.map(({mac}) => mac)).size, 3);
	t.is(new Set(wires.map(({veth}) => veth)).size, 3);
	t.true(wires.every(({veth}) => /^veth[\da-f]{7}$/.test(veth)));
});

test('a stopped container gives its address back, and gets another when somebody took it', (t) => {
	// the sequence of mode 17 of the dumps: a1 a2 a3, rm a2, a4, a5, stop a1, a6, start a1
	const lab = labOf(['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((name) => aService(name)));
	let {allocations} = planLab(labOf([]));
	const start = (service: string): string | undefined => {
		allocations = planContainer(lab, allocations, service).allocations;
		return addressOf(allocations, service);
	};
	const stop = (service: string): void => {
		allocations = release(allocations, service);
	};
	t.deepEqual(['a1', 'a2', 'a3'].map(start), ['172.17.0.2/16', '172.17.0.3/16', '172.17.0.4/16']);
	stop('a2');
	t.deepEqual(['a4', 'a5'].map(start), ['172.17.0.3/16', '172.17.0.5/16']);
	stop('a1');
	t.deepEqual(['a6', 'a1'].map(start), ['172.17.0.2/16', '172.17.0.6/16']);
	['a1', 'a3', 'a4', 'a5', 'a6'].forEach(stop);
	t.is(start('a2'), '172.17.0.2/16');
});

test('whatever starts and stops, running containers have different lowest free addresses and host ports', (t) => {
	const names = Array.from({length: 12}, (_, index) => `c${index}`);
	const lab = labOf(names.map((name) => aService(name, {publish: [aPublish('9000-9020:80')]})));
	let {allocations} = planLab(labOf([]));
	let random = 7;
	for (let round = 0; round < 300; round++) {
		random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
		const name = names[(random >> 8) % names.length] ?? '';
		if (allocations.containers.has(name)) {
			allocations = release(allocations, name);
			continue;
		}

		const hosts = new Set([...allocations.containers.keys()].map((other) => addressOf(allocations, other)));
		const ports = new Set([...allocations.containers.values()].flatMap(({published}) => published.map(({hostPort}) => Number(hostPort))));
		allocations = planContainer(lab, allocations, name).allocations;
		const lowest = names.map((_, index) => `172.17.0.${index + 2}/16`).find((address) => !hosts.has(address));
		const lowestPort = names.map((_, index) => 9000 + index).find((port) => !ports.has(port));
		t.is(addressOf(allocations, name), lowest);
		t.deepEqual(portsOf(allocations, name), [`0.0.0.0:${lowestPort}->80/tcp`, `:::${lowestPort}->80/tcp`]);
	}
});

test('engine 28 gives a new MAC at every start, 20.10 makes it of the address, the file may fix it', (t) => {
	const macs = (docker: Partial<DockerEngine>, parts: Partial<Service> = {}): readonly (string | undefined)[] => {
		const lab = labOf([aService('web', parts)], docker);
		const first = planLab(lab).allocations;
		const second = planContainer(lab, release(first, 'web'), 'web').allocations;
		return [first, second].map((allocations) => allocations.containers.get('web')?.interfaces[0]?.mac);
	};
	t.is(new Set(macs({})).size, 2);
	t.deepEqual(macs({engine: '20.10'}), ['02:42:ac:11:00:02', '02:42:ac:11:00:02']);
	const fixed = planLab(labOf([aService('web')])).allocations.containers.get('web')?.interfaces[0]?.mac;
	t.deepEqual(macs({}, {attach: {mode: 'bridge', mac: fixed}}), [fixed, fixed]);
});

test('a /29 has room for five containers', (t) => {
	const docker = {bip: '10.95.0.1/29'};
	t.is(addressOf(planLab(labOf(many(5), docker)).allocations, 'c5'), '10.95.0.6/29');
	const error = t.throws(() => planLab(labOf(many(6), docker)), {instanceOf: LabError});
	t.is(error.code, 'E_RANGE_EXHAUSTED');
	t.regex(error.said ?? '', /^no available IPv4 addresses on this network's address pools: bridge \([\da-f]{12}\)$/);
});

test('with fixed_cidr addresses come from that part, its first one included', (t) => {
	const {allocations} = planLab(labOf(many(2), {bip: '10.90.0.1/24', fixedCidr: '10.90.0.128/25'}));
	t.deepEqual(
		['c1', 'c2'].map((name) => addressOf(allocations, name)),
		['10.90.0.128/24', '10.90.0.129/24'],
	);
	t.is(allocations.docker.get('h1')?.v4.gateway, '10.90.0.1');
});

test('a bridge takes 1,023 containers', (t) => {
	t.notThrows(() => planLab(labOf(many(1023))));
	refused(t, 'E_BRIDGE_FULL', undefined, () => planLab(labOf(many(1024))));
});

test('random host ports go up from 32768, for tcp and udp apart, and are not used again at once', (t) => {
	const lab = labOf([aService('a', {publish: [aPublish('80'), aPublish('81'), aPublish('53/udp')]}), aService('b', {publish: [aPublish('80')]})]);
	const first = planLab(lab).allocations;
	t.deepEqual(
		portsOf(first, 'a').filter((port) => port.startsWith('0')),
		['0.0.0.0:32768->53/udp', '0.0.0.0:32768->80/tcp', '0.0.0.0:32769->81/tcp'],
	);
	t.deepEqual(portsOf(first, 'b'), ['0.0.0.0:32770->80/tcp', ':::32770->80/tcp']);
	const again = planContainer(lab, release(first, 'b'), 'b').allocations;
	t.is(portsOf(again, 'b')[0], '0.0.0.0:32771->80/tcp');
});

test('a random port is not one that somebody asked for', (t) => {
	const {allocations} = planLab(labOf([aService('a', {publish: [aPublish('32768:80')]}), aService('b', {publish: [aPublish('80')]})]));
	t.is(portsOf(allocations, 'b')[0], '0.0.0.0:32769->80/tcp');
});

test('the random ports begin again after the last one', (t) => {
	const lab = labOf([aService('a', {publish: [aPublish('80')]}), aService('b', {publish: [aPublish('80')]})]);
	const {allocations} = planLab(labOf([]));
	const docker = allocations.docker.get('h1');
	if (docker === undefined) {
		t.fail('no engine on h1');
		return;
	}

	const atEnd = {...allocations, docker: new Map([['h1', {...docker, nextPort: {tcp: 60_999, udp: 32_768}}]])};
	const one = planContainer(lab, atEnd, 'a').allocations;
	t.is(portsOf(one, 'a')[0], '0.0.0.0:60999->80/tcp');
	t.is(portsOf(planContainer(lab, one, 'b').allocations, 'b')[0], '0.0.0.0:32768->80/tcp');
});

const clash = test.macro({
	exec(t, first: string, second: string, said: string | undefined) {
		const plan = (): unknown => planLab(labOf([aService('a', {publish: [aPublish(first)]}), aService('b', {publish: [aPublish(second)]})]));
		if (said === undefined) {
			t.notThrows(plan);
		} else {
			refused(t, 'E_PORT_TAKEN', said, plan);
		}
	},
	title: (_, first: string, second: string, said: string | undefined) => `after -p ${first}, -p ${second} ${said === undefined ? 'is free' : 'is taken'}`,
});

test(clash, '8080:80', '8080:80', 'Bind for 0.0.0.0:8080 failed: port is already allocated');
test(clash, '8080:80', '127.0.0.1:8080:80', 'Bind for 127.0.0.1:8080 failed: port is already allocated');
test(clash, '127.0.0.1:8080:80', '8080:80', 'Bind for 0.0.0.0:8080 failed: port is already allocated');
test(clash, '[::1]:8080:80', '8080:80', 'Bind for 0.0.0.0:8080 failed: port is already allocated');
test(clash, '8080:80', '[::1]:8080:80', 'Bind for ::1:8080 failed: port is already allocated');
test(clash, '127.0.0.1:8080:80', '10.77.0.11:8080:80', undefined);
test(clash, '127.0.0.1:8080:80', '[::1]:8080:80', undefined);
test(clash, '8080:80', '8080:80/udp', undefined);
test(clash, '7000:80', '7000-7001:80', undefined);

test('two publishes of one container clash too', (t) => {
	refused(t, 'E_PORT_TAKEN', 'Bind for 0.0.0.0:8080 failed: port is already allocated', () =>
		planLab(labOf([aService('a', {publish: [aPublish('8080:80'), aPublish('8080:81')]})])),
	);
});

test('the same host port is free on another host', (t) => {
	const lab = aLab({
		lans: [office],
		hosts: [aHost({}), aHost({name: 'h2'})],
		services: [aService('a', {publish: [aPublish('8080:80')]}), aService('b', {host: 'h2', publish: [aPublish('8080:80')]})],
	});
	t.is(portsOf(planLab(lab).allocations, 'b')[0], '0.0.0.0:8080->80/tcp');
});

test("a range of host ports that is used up says so in Docker's words", (t) => {
	refused(t, 'E_RANGE_EXHAUSTED', 'all ports are allocated', () =>
		planLab(labOf(['a', 'b', 'c'].map((name) => aService(name, {publish: [aPublish('7000-7001:80')]})))),
	);
});

test('a running container can publish one more port; the port that it has let in already is not let in twice', (t) => {
	const lab = labOf([aService('web', {publish: [aPublish('8080:80')]})]);
	const {allocations} = planLab(lab);
	const more = planPublish(lab, allocations, 'web', [aPublish('8081:80'), aPublish('9090:90')]);
	const made = foldOps(more.ops);
	t.deepEqual(made.rules.get('4 nat DOCKER'), [
		'! -i docker0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80',
		'! -i docker0 -p tcp -m tcp --dport 9090 -j DNAT --to-destination 172.17.0.2:90',
	]);
	t.deepEqual(made.rules.get('4 filter DOCKER'), ['-d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 90 -j ACCEPT']);
	t.is(portsOf(more.allocations, 'web').length, 6);
	t.is(addressOf(more.allocations, 'web'), '172.17.0.2/16');
	refused(t, 'E_PORT_TAKEN', undefined, () => planPublish(lab, more.allocations, 'web', [aPublish('9090:90')]));
});

test('ports cannot be published later on a container that has no network of its own, or does not run', (t) => {
	const lab = labOf([
		aService('a', {attach: {mode: 'host'}}),
		aService('b', {attach: {mode: 'none'}}),
		aService('c', {attach: {mode: 'container', of: 'b'}}),
		aService('d'),
	]);
	const {allocations} = planLab(lab);
	for (const name of ['a', 'b', 'c']) {
		refused(t, 'E_CONFLICT', undefined, () => planPublish(lab, allocations, name, [aPublish('8080:80')]));
	}

	refused(t, 'E_CONFLICT', 'the container is not running', () => planPublish(lab, release(allocations, 'd'), 'd', [aPublish('8080:80')]));
});

test('nobody joins a container that is not running', (t) => {
	const lab = labOf([aService('web'), aService('guest', {attach: {mode: 'container', of: 'web'}})]);
	const stopped = release(release(planLab(lab).allocations, 'guest'), 'web');
	refused(t, 'E_CONFLICT', 'cannot join network namespace of a non running container: container web is exited', () => planContainer(lab, stopped, 'guest'));
});

test('planning changes nothing in what it was given', (t) => {
	const lab = labOf([aService('a', {publish: [aPublish('80')]}), aService('b')]);
	const {allocations} = planLab(lab);
	const before = structuredClone(allocations);
	planContainer(lab, allocations, 'b');
	planPublish(lab, allocations, 'a', [aPublish('9:9')]);
	release(allocations, 'a');
	t.deepEqual(allocations, before);
});
