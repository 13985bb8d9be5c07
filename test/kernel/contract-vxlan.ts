// What holds for VXLANs and their entries on every machine, real or fake. Registers its tests; the real kernel may lack the kind, so who registers is an argument.
import type {ExecutionContext} from 'ava';
import {mac, mtu, port, type Mac} from '../../src/base/units.ts';
import type {LinkSpec, Op} from '../../src/plan/op.ts';
import {address, allDone, failures, link, netns, set, view, why, withoutLoopback, type Contracted} from './contract-ops.ts';

type Register = (title: string, body: (t: ExecutionContext) => Promise<void>) => void;
type Vxlan = Extract<LinkSpec, {kind: 'vxlan'}>;

function made<Value>(value: Value | undefined): Value {
	if (value === undefined) {
		throw new Error('it is no such unit');
	}

	return value;
}

const aMac = (text: string): Mac => made(mac(text));
const vxlan = (name: string, more: Partial<Omit<Vxlan, 'kind' | 'name'>> = {}, where = 'h1'): Op =>
	link({kind: 'vxlan', name, vni: 4097, port: made(port(4789)), learning: false, proxy: true, mtu: made(mtu(1450)), into: 'net', ...more}, where);

const fdb = (hardware: string, dst: string, dev = 'vxlan0'): Op => ({do: 'fdb.set', netns: 'net', dev, mac: aMac(hardware), dst, why});
const neigh = (ip: string, hardware: string, dev = 'vxlan0'): Op => ({do: 'neigh.set', netns: 'net', dev, address: ip, mac: aMac(hardware), why});

/** A host, and the place of one of its overlay networks: a bridge with a VXLAN as its port. */
const spaces: readonly Op[] = [netns('h1'), netns('net')];
const overlay: readonly Op[] = [
	link({kind: 'bridge', name: 'br0'}, 'net'),
	address('net', 'br0', '10.0.1.1/24'),
	set('net', 'br0', {up: true}),
	vxlan('vxlan0'),
	{do: 'link.set', netns: 'net', dev: 'vxlan0', master: 'br0', up: true, learning: false, why},
];

/** Runs the contract. Each test has a machine of its own, which `end` gives back. */
export function vxlanContract(register: Register, make: () => {readonly machine: Contracted; readonly end: () => Promise<void>}): void {
	const on = (title: string, body: (t: ExecutionContext, machine: Contracted) => Promise<void>): void => {
		register(title, async (t) => {
			const {machine, end} = make();
			try {
				await allDone(t, machine.do(spaces));
				await body(t, machine);
			} finally {
				await end();
			}
		});
	};

	on('a VXLAN is born in its namespace as it was asked for, and is a port of the bridge there', async (t, machine) => {
		await allDone(t, machine.do(overlay));
		t.deepEqual((await view(machine, 'net')).links, [
			{dev: 'lo', kind: undefined, mac: 'any', mtu: 65_536, isUp: false, master: undefined, hairpin: undefined, hasPeer: false},
			{dev: 'br0', kind: 'bridge', mac: 'any', mtu: 1450, isUp: true, master: undefined, hairpin: undefined, hasPeer: false},
			{dev: 'vxlan0', kind: 'vxlan', mac: 'any', mtu: 1450, isUp: true, master: 'br0', hairpin: false, hasPeer: false},
		]);
		const seen = (await machine.links('net')).find(({name}) => name === 'vxlan0');
		t.deepEqual(seen?.vxlan, {vni: 4097, port: 4789, learning: false, proxy: true});
		t.is(seen?.learning, false);
		t.is((await machine.links('net')).find(({name}) => name === 'br0')?.vxlan, undefined);
	});

	on('entries are there when they were set, for ever, and a later one takes the place of the first', async (t, machine) => {
		await allDone(t, machine.do([...overlay, fdb('02:42:0a:00:01:03', '192.168.50.11'), neigh('10.0.1.3', '02:42:0a:00:01:03')]));
		const entries = async () => {
			const {fdb: rows, neighbours} = await machine.net('net');
			return {fdb: rows.filter(({dst}) => dst !== undefined), neighbours: neighbours.filter(({state}) => state === 'PERMANENT')};
		};
		const row = {dev: 'vxlan0', mac: '02:42:0a:00:01:03', master: undefined, isPermanent: true};
		t.deepEqual(await entries(), {
			fdb: [{...row, dst: '192.168.50.11'}],
			neighbours: [{dev: 'vxlan0', address: '10.0.1.3', mac: '02:42:0a:00:01:03', state: 'PERMANENT'}],
		});
		const moved = [fdb('02:42:0a:00:01:03', '192.168.50.12'), neigh('10.0.1.3', '02:42:0a:00:01:33')];
		await allDone(t, machine.do(moved));
		t.deepEqual(await entries(), {
			fdb: [{...row, dst: '192.168.50.12'}],
			neighbours: [{dev: 'vxlan0', address: '10.0.1.3', mac: '02:42:0a:00:01:33', state: 'PERMANENT'}],
		});
		await allDone(t, machine.undo(moved.toReversed()));
		t.deepEqual(await entries(), {fdb: [], neighbours: []});
		await allDone(t, machine.undo(moved));
	});

	on('what is refused is named, and changes nothing', async (t, machine) => {
		await allDone(t, machine.do(overlay));
		const before = await view(machine, 'net');
		for (const [op, doing] of [
			[vxlan('vxlan0', {vni: 4098}), 'add vxlan vxlan0 to h1'],
			[vxlan('vxlan1'), 'add vxlan vxlan1 to h1'],
			[fdb('02:42:0a:00:01:03', '192.168.50.11', 'vxlan9'), 'send frames for 02:42:0a:00:01:03 to 192.168.50.11 by vxlan9 in net'],
			[neigh('10.0.1.3', '02:42:0a:00:01:03', 'vxlan9'), 'make 10.0.1.3 a neighbour with 02:42:0a:00:01:03 on vxlan9 in net'],
		] as const) {
			// oxlint-disable-next-line no-await-in-loop -- one refusal at a time
			const [error] = failures(await machine.do([op]));
			t.is(error?.code, 'E_KERNEL');
			t.is(error?.doing, doing);
		}

		t.deepEqual(await view(machine, 'net'), before);
		t.deepEqual(
			(await machine.net('net')).fdb.filter(({dst}) => dst !== undefined),
			[],
		);
	});

	on('one VNI can be on two hosts, and on one host with another port', async (t, machine) => {
		await allDone(t, machine.do([netns('h2'), netns('net2'), ...overlay]));
		await allDone(t, machine.do([vxlan('vxlan0', {into: 'net2'}, 'h2'), vxlan('vxlan1', {port: made(port(4790))})]));
		t.deepEqual(
			(await machine.links('net')).flatMap(({name, vxlan: own}) => (own === undefined ? [] : [`${name} ${own.vni} ${own.port}`])),
			['vxlan0 4097 4789', 'vxlan1 4097 4790'],
		);
	});

	on('undo leaves nothing, whether the namespaces stay or go', async (t, machine) => {
		const before = withoutLoopback([await view(machine, 'h1'), await view(machine, 'net')]);
		const ops = [...overlay, fdb('02:42:0a:00:01:03', '192.168.50.11'), neigh('10.0.1.3', '02:42:0a:00:01:03')];
		await allDone(t, machine.do(ops));
		await allDone(t, machine.undo(ops.toReversed()));
		t.deepEqual(withoutLoopback([await view(machine, 'h1'), await view(machine, 'net')]), before);
		await allDone(t, machine.do(ops));
		await allDone(t, machine.undo([...ops.toReversed(), netns('net')]));
		t.deepEqual(
			(await view(machine, 'h1')).links.map(({dev}) => dev),
			['lo'],
		);
		// its VNI is free again
		await allDone(t, machine.do([netns('net'), ...overlay]));
	});
}
