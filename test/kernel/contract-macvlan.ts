// What holds for macvlans on every machine, real or fake. Registers its tests; the real kernel may lack the kind, so who registers is an argument.
import type {ExecutionContext} from 'ava';
import {mac, mtu} from '../../src/base/units.ts';
import type {LinkSpec, Op} from '../../src/plan/op.ts';
import {address, allDone, bridge, failures, link, netns, route, set, veth, view, why, withoutLoopback, type Contracted} from './contract-ops.ts';

type Register = (title: string, body: (t: ExecutionContext) => Promise<void>) => void;
type Macvlan = Extract<LinkSpec, {kind: 'macvlan'}>;

const macvlan = (name: string, more: Partial<Omit<Macvlan, 'kind' | 'name'>> = {}): Op =>
	link({kind: 'macvlan', name, parent: 'eth0', macvlanMode: 'bridge', into: 'c1', ...more});
const withMac = (text: string): {readonly mac?: NonNullable<Macvlan['mac']>} => {
	const value = mac(text);
	return value === undefined ? {} : {mac: value};
};
const setMac = (where: string, dev: string, text: string): Op => ({do: 'link.set', netns: where, dev, ...withMac(text), why});

/** A host on a LAN, and two containers. */
const host: readonly Op[] = [
	netns('lan'),
	netns('h1'),
	netns('c1'),
	netns('c2'),
	link({kind: 'veth', name: 'h1-eth0', up: true, peer: {netns: 'h1', name: 'eth0', ...withMac('02:42:00:00:00:05')}}, 'lan'),
	address('h1', 'eth0', '192.168.50.10/24'),
	set('h1', 'eth0', {up: true}),
];
/** The name that it has in the container is its parent's in the host, as in life. */
const container: readonly Op[] = [
	macvlan('eth0', withMac('02:42:00:00:00:11')),
	address('c1', 'eth0', '192.168.50.20/24'),
	set('c1', 'eth0', {up: true}),
	route('c1', 'default', {via: '192.168.50.1'}),
];

/** Runs the contract. Each test has a machine of its own, which `end` gives back. */
export function macvlanContract(register: Register, make: () => {readonly machine: Contracted; readonly end: () => Promise<void>}): void {
	const on = (title: string, body: (t: ExecutionContext, machine: Contracted) => Promise<void>): void => {
		register(title, async (t) => {
			const {machine, end} = make();
			try {
				await allDone(t, machine.do(host));
				await body(t, machine);
			} finally {
				await end();
			}
		});
	};

	on('a macvlan is born in its namespace with its final name, also when its parent has the same', async (t, machine) => {
		await allDone(t, machine.do(container));
		t.deepEqual(await view(machine, 'c1'), {
			links: [
				{dev: 'lo', kind: undefined, mac: 'any', mtu: 65_536, isUp: false, master: undefined, hairpin: undefined, hasPeer: false},
				{dev: 'eth0', kind: 'macvlan', mac: '02:42:00:00:00:11', mtu: 1500, isUp: true, master: undefined, hairpin: undefined, hasPeer: false},
			],
			addresses: ['eth0 192.168.50.20/24 brd - global'],
			routes: ['192.168.50.0/24 via - dev eth0 src 192.168.50.20 link proto 2', 'default via 192.168.50.1 dev eth0 src - global proto 3'],
		});
		const parent = (await machine.links('h1')).find(({name}) => name === 'eth0');
		t.deepEqual((await machine.links('c1')).find(({name}) => name === 'eth0')?.macvlan, {mode: 'bridge', parentIndex: parent?.index ?? 0});
		t.is(parent?.macvlan, undefined);
	});

	on('every mode is what was asked for, and one of two macvlans can go alone', async (t, machine) => {
		const modes = ['private', 'vepa', 'bridge'] as const;
		const ops = modes.map((macvlanMode) => macvlan(macvlanMode, {macvlanMode}));
		await allDone(t, machine.do(ops));
		const seen = async () => (await machine.links('c1')).flatMap(({name, macvlan: own}) => (own === undefined ? [] : [[name, own.mode]]));
		t.deepEqual(
			await seen(),
			modes.map((mode) => [mode, mode]),
		);
		await allDone(t, machine.undo(ops.slice(0, 1)));
		t.deepEqual(
			await seen(),
			modes.slice(1).map((mode) => [mode, mode]),
		);
		await allDone(t, machine.undo(ops.toReversed()));
		await allDone(t, machine.do([macvlan('alone', {macvlanMode: 'passthru'})]));
		t.deepEqual(await seen(), [['alone', 'passthru']]);
	});

	on('undo leaves the parent as it was, twice is fine, and so it is when the namespace has gone before', async (t, machine) => {
		const before = [await view(machine, 'h1'), await view(machine, 'c1')];
		for (const _ of [1, 2]) {
			// oxlint-disable-next-line no-await-in-loop -- done, undone, and again with the same MAC
			await allDone(t, machine.do(container));
			// oxlint-disable-next-line no-await-in-loop -- as above
			await allDone(t, machine.undo(container.toReversed()));
			// oxlint-disable-next-line no-await-in-loop -- as above
			t.deepEqual(withoutLoopback([await view(machine, 'h1'), await view(machine, 'c1')]), withoutLoopback(before));
		}

		await allDone(t, machine.undo(container.toReversed()));
		await allDone(t, machine.do(container));
		await allDone(t, machine.undo([netns('c1')]));
		await allDone(t, machine.undo([netns('c1'), ...container].toReversed()));
		t.deepEqual(await view(machine, 'h1'), before[0]);
	});

	on('a container that goes and comes back at once has its MAC again', async (t, machine) => {
		const whole = [netns('c3'), macvlan('eth0', {into: 'c3', ...withMac('02:42:00:00:00:33')}), set('c3', 'eth0', {up: true})];
		for (const _ of [1, 2, 3]) {
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			await allDone(t, machine.do(whole));
			// oxlint-disable-next-line no-await-in-loop -- as above
			await allDone(t, machine.undo(whole.toReversed()));
		}
	});

	on('a parent that goes takes its macvlans along', async (t, machine) => {
		await allDone(t, machine.do(container));
		await allDone(t, machine.undo(host.slice(4, 5)));
		t.deepEqual(
			(await machine.links('c1')).map(({name}) => name),
			['lo'],
		);
		await allDone(t, machine.undo(container.toReversed()));
	});

	on('a macvlan that is refused is named, with words that help, and nothing has changed', async (t, machine) => {
		await allDone(t, machine.do([...container, bridge('br0'), veth('port', 'far', {master: 'br0'})]));
		const before = [await view(machine, 'h1'), await view(machine, 'c1')];
		const large = mtu(9000);
		const refused: readonly (readonly [Op, RegExp])[] = [
			[macvlan('eth1', {parent: 'eth9'}), /no such parent interface/],
			[macvlan('eth0'), /already there/],
			[macvlan('eth1', {macvlanMode: 'passthru'}), /passthru wants it for itself/],
			[macvlan('eth1', {parent: 'lo'}), /lo has no macvlans/],
			[macvlan('eth1', {parent: 'port'}), /port of a bridge/],
			[macvlan('eth1', large === undefined ? {} : {mtu: large}), /MTU cannot be above/],
			[set('h1', 'eth0', {master: 'br0'}), /in use/],
			[setMac('c1', 'eth0', '02:42:00:00:00:05'), /has that MAC/],
		];
		for (const [op, words] of refused) {
			// oxlint-disable-next-line no-await-in-loop -- it is one machine
			const [error, ...others] = failures(await machine.do([op]));
			t.deepEqual([error?.code, others], ['E_KERNEL', []]);
			t.regex(error?.message ?? '', words);
			// oxlint-disable-next-line no-await-in-loop -- as above
			t.deepEqual([await view(machine, 'h1'), await view(machine, 'c1')], before);
		}

		const [lost] = failures(await machine.do([macvlan('eth1', {into: 'c9'})]));
		t.deepEqual([lost?.code, lost?.doing], ['E_NAME_UNKNOWN', 'add macvlan eth1 to h1']);
	});

	on('two macvlans of one parent with one MAC are not up at the same time', async (t, machine) => {
		const twin = macvlan('eth0', {into: 'c2', ...withMac('02:42:00:00:00:11')});
		await allDone(t, machine.do([...container, twin]));
		const [error] = failures(await machine.do([set('c2', 'eth0', {up: true})]));
		t.regex(error?.message ?? '', /another macvlan on it, has that MAC/);
		await allDone(t, machine.undo(container.toReversed()));
		await allDone(t, machine.do([set('c2', 'eth0', {up: true})]));
	});
}
