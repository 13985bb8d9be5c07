// What holds for every machine, real or fake: the same ops give the same view, a failing op is named, undo leaves nothing. Registers its tests.
// To add one: a test here; it then runs on both.
import test, {type ExecutionContext} from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {
	address,
	allDone,
	bridge,
	docker,
	failures,
	link,
	noAddress,
	refused,
	route,
	rule,
	rulesOf,
	set,
	spaces,
	veth,
	view,
	withoutLoopback,
	type Contracted,
} from './contract-ops.ts';

/** Runs the contract. Each test has a machine of its own, which `end` gives back. */
export function contract(make: () => {readonly machine: Contracted; readonly end: () => Promise<void>}): void {
	const on = (title: string, body: (t: ExecutionContext, machine: Contracted) => Promise<void>): void => {
		test(title, async (t) => {
			const {machine, end} = make();
			try {
				await body(t, machine);
			} finally {
				await end();
			}
		});
	};

	on('a host with docker0 and a container is as it was asked for', async (t, machine) => {
		await allDone(t, machine.do([...spaces, ...docker]));
		t.deepEqual(await view(machine, 'h1'), {
			links: [
				{dev: 'lo', kind: undefined, mac: 'any', mtu: 65_536, isUp: true, master: undefined, hairpin: undefined, hasPeer: false},
				{dev: 'docker0', kind: 'bridge', mac: '02:42:11:22:33:44', mtu: 1400, isUp: true, master: undefined, hairpin: undefined, hasPeer: false},
				{dev: 'veth1', kind: 'veth', mac: 'any', mtu: 1400, isUp: true, master: 'docker0', hairpin: true, hasPeer: true},
			],
			addresses: ['docker0 172.17.0.1/16 brd 172.17.255.255 global', 'lo 127.0.0.1/8 brd - host', 'lo ::1/128 brd - host'],
			routes: ['172.17.0.0/16 via - dev docker0 src 172.17.0.1 link proto 2'],
		});
		t.deepEqual(await view(machine, 'c1'), {
			links: [
				{dev: 'lo', kind: undefined, mac: 'any', mtu: 65_536, isUp: true, master: undefined, hairpin: undefined, hasPeer: false},
				{dev: 'eth0', kind: 'veth', mac: '02:42:ac:11:00:02', mtu: 1500, isUp: true, master: undefined, hairpin: undefined, hasPeer: true},
			],
			addresses: ['eth0 172.17.0.2/16 brd - global', 'eth0 fd00::2/64 brd - global', 'lo 127.0.0.1/8 brd - host', 'lo ::1/128 brd - host'],
			routes: [
				'10.8.0.0/16 via - dev eth0 src - link proto 3',
				'172.17.0.0/16 via - dev eth0 src 172.17.0.2 link proto 2',
				'2001:db8::/32 via fe80::1 dev eth0 src - global proto 3',
				'default via 172.17.0.1 dev eth0 src - global proto 3',
				'fd00::/64 via - dev eth0 src - global proto 2',
			],
		});
		t.deepEqual(await rulesOf(machine, 'h1'), [
			'4 filter DOCKER -',
			'4 filter FORWARD DROP',
			'4 nat DOCKER -',
			'4 filter DOCKER 1: -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT',
			'4 filter DOCKER 2: ! -i docker0 -o docker0 -j DROP',
			'4 filter FORWARD 1: -j DOCKER',
			'4 nat DOCKER 1: ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
			'4 nat PREROUTING 1: -m addrtype --dst-type LOCAL -j DOCKER',
			'6 filter INPUT 1: -i lo -j ACCEPT',
		]);
		t.deepEqual(
			(await machine.links('c1')).map(({name}) => name),
			['lo', 'eth0'],
		);
		t.deepEqual(await rulesOf(machine, 'c1'), []);
	});

	on('undo leaves nothing, and twice is fine', async (t, machine) => {
		await allDone(t, machine.do(spaces));
		const before = [await view(machine, 'h1'), await view(machine, 'c1')];
		await allDone(t, machine.do(docker));
		await allDone(t, machine.undo(docker.toReversed()));
		t.deepEqual(withoutLoopback([await view(machine, 'h1'), await view(machine, 'c1')]), withoutLoopback(before));
		t.deepEqual(await rulesOf(machine, 'h1'), []);
		await allDone(t, machine.undo(docker.toReversed()));
		await allDone(t, machine.undo([...spaces, ...docker].toReversed()));
		await allDone(t, machine.undo([...spaces, ...docker].toReversed()));
		for (const look of [machine.net('h1'), machine.links('c1'), machine.rules('h1')]) {
			// oxlint-disable-next-line no-await-in-loop -- a few
			t.is((await t.throwsAsync(look, {instanceOf: LabError})).code, 'E_NAME_UNKNOWN');
		}
	});

	on('an op that is undone alone leaves the others', async (t, machine) => {
		await allDone(t, machine.do([...spaces, ...docker]));
		const before = [await view(machine, 'c1'), await rulesOf(machine, 'h1')];
		const more = [
			address('c1', 'eth0', '10.1.0.1/24'),
			route('c1', '10.2.0.0/16', {via: '10.1.0.254'}),
			rule('nat', 'DOCKER', '-p udp -j RETURN'),
			noAddress('c1', 'eth0', 'fd00::2/64'),
		];
		await allDone(t, machine.do(more));
		t.notDeepEqual([await view(machine, 'c1'), await rulesOf(machine, 'h1')], before);
		await allDone(t, machine.undo(more.toReversed()));
		t.deepEqual([await view(machine, 'c1'), await rulesOf(machine, 'h1')], before);
	});

	on('a refused op is named, changes nothing, and the rest can be taken back', async (t, machine) => {
		await allDone(t, machine.do([...spaces, ...docker]));
		const before = [await view(machine, 'h1'), await view(machine, 'c1'), await rulesOf(machine, 'h1')];
		for (const [op, code, doing] of refused) {
			const ops = [
				rule('nat', 'OUTPUT', '-p tcp -j ACCEPT'),
				address('h1', 'docker0', '10.3.0.1/24'),
				op,
				address('h1', 'docker0', '10.4.0.1/24'),
				rule('filter', 'INPUT', '-j DROP'),
			];
			// oxlint-disable-next-line no-await-in-loop -- one after the other: it is one machine
			const outcomes = await machine.do(ops);
			t.deepEqual(
				failures(outcomes).map((error) => [error.code, error.doing]),
				[[code, doing]],
			);
			t.is(
				outcomes.findIndex(({is}) => is === 'failed'),
				2,
				doing,
			);
			const done = ops.filter((_, index) => outcomes[index]?.is === 'done');
			// oxlint-disable-next-line no-await-in-loop -- as above
			await allDone(t, machine.undo(done.toReversed()));
			// oxlint-disable-next-line no-await-in-loop -- as above
			t.deepEqual([await view(machine, 'h1'), await view(machine, 'c1'), await rulesOf(machine, 'h1')], before, doing);
		}
	});

	on('wherever a list of ops fails, undoing what was done leaves what was there', async (t, machine) => {
		await allDone(t, machine.do([...spaces, bridge('br0'), address('h1', 'br0', '10.9.0.1/24'), rule('filter', 'INPUT', '-j ACCEPT')]));
		const before = [await view(machine, 'h1'), await view(machine, 'c1')];
		const rulesBefore = await rulesOf(machine, 'h1');
		for (const place of docker.keys()) {
			for (const bad of [bridge('br0'), rule('filter', 'NOWHERE', '-j ACCEPT')]) {
				const ops = docker.toSpliced(place, 0, bad);
				// oxlint-disable-next-line no-await-in-loop -- one after the other: it is one machine
				const outcomes = await machine.do(ops);
				t.is(
					outcomes.findIndex(({is}) => is === 'failed'),
					place,
				);
				t.is(failures(outcomes).length, 1);
				// oxlint-disable-next-line no-await-in-loop -- as above
				await allDone(t, machine.undo(ops.filter((_, index) => outcomes[index]?.is === 'done').toReversed()));
				// oxlint-disable-next-line no-await-in-loop -- as above
				t.deepEqual(withoutLoopback([await view(machine, 'h1'), await view(machine, 'c1')]), withoutLoopback(before));
				// oxlint-disable-next-line no-await-in-loop -- as above
				t.deepEqual(await rulesOf(machine, 'h1'), rulesBefore);
			}
		}
	});

	on('a link that goes down loses its routes, and coming up gives back only the connected one', async (t, machine) => {
		await allDone(t, machine.do([...spaces, ...docker, set('c1', 'eth0', {up: false})]));
		t.deepEqual((await view(machine, 'c1')).routes, []);
		await allDone(t, machine.do([set('c1', 'eth0', {up: true})]));
		t.deepEqual((await view(machine, 'c1')).routes, ['172.17.0.0/16 via - dev eth0 src 172.17.0.2 link proto 2']);
	});

	on('a bridge that goes frees its ports, a veth that goes takes its other end along', async (t, machine) => {
		const [br0, pair] = [bridge('br0'), veth('veth1', 'eth0', {master: 'br0', up: true})];
		await allDone(t, machine.do([...spaces, br0, pair]));
		await allDone(t, machine.undo([br0]));
		t.deepEqual(
			(await view(machine, 'h1')).links.map(({dev, master}) => [dev, master]),
			[
				['lo', undefined],
				['veth1', undefined],
			],
		);
		await allDone(t, machine.undo([pair]));
		t.deepEqual(
			(await view(machine, 'c1')).links.map(({dev}) => dev),
			['lo'],
		);
	});

	on('ports enter and leave a bridge', async (t, machine) => {
		const enter = [set('h1', 'veth1', {master: 'br0'}), set('h1', 'veth1', {hairpin: true})];
		await allDone(t, machine.do([...spaces, bridge('br0'), veth('veth1', 'eth0'), ...enter]));
		const port = async () => (await machine.links('h1')).find(({name}) => name === 'veth1');
		t.like(await port(), {master: 'br0', hairpin: true});
		await allDone(t, machine.undo(enter.toReversed()));
		t.like(await port(), {master: undefined, hairpin: undefined});
		await allDone(t, machine.undo(enter.toReversed()));
		await allDone(t, machine.do([...enter, set('h1', 'veth1', {master: null})]));
		t.like(await port(), {master: undefined, hairpin: undefined});
	});

	on('a bridge takes 1,023 ports, and says so at the next', async (t, machine) => {
		const ports = Array.from({length: 1024}, (_, index) =>
			link({kind: 'veth', name: `port${index}`, master: 'br0', peer: {netns: 'c1', name: `eth${index}`}}),
		);
		await allDone(t, machine.do([...spaces, bridge('br0')]));
		const outcomes = await machine.do(ports);
		t.deepEqual(
			failures(outcomes).map((error) => [error.code, error.doing]),
			[['E_BRIDGE_FULL', 'add veth port1023 to h1']],
		);
		t.is(outcomes.filter(({is}) => is === 'done').length, 1023);
		t.is((await machine.links('h1')).length, 2 + 1023);
		await allDone(t, machine.undo(ports.slice(0, 1023).toReversed()));
		t.deepEqual(
			(await machine.links('h1')).map(({name}) => name),
			['lo', 'br0'],
		);
		t.deepEqual(
			(await machine.links('c1')).map(({name}) => name),
			['lo'],
		);
	});
}
