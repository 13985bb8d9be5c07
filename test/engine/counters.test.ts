// Which links are counted, and as whose.
import test from 'ava';
import {measure} from '../../src/engine/counters.ts';
import {planLab} from '../../src/drivers/index.ts';
import {FakeMachine} from '../../src/kernel/fake.ts';
import {aLab, anOverlay, aService, office, on, someHosts} from '../drivers/labs.ts';

test("links of hosts and LANs are counted, and cables into a host's part of an overlay network as the host's", async (t) => {
	const lab = aLab({
		lans: [office],
		hosts: someHosts(2),
		networks: [anOverlay('app', {vni: 5000}), anOverlay('back')],
		services: [aService('api', on('app', 'back')), aService('db', {host: 'h2', ...on('app')})],
	});
	const {units, allocations} = planLab(lab);
	const machine = new FakeMachine();
	t.true((await machine.do(units.flatMap(({ops}) => ops))).every(({is}) => is === 'done'));
	const {links} = await measure(machine, lab);
	for (const [name, host] of [
		['api', 'h1'],
		['db', 'h2'],
	] as const) {
		for (const {veth} of allocations.containers.get(name)?.interfaces ?? []) {
			t.is(links.filter(({node, dev}) => node === host && dev === veth).length, 1, `${name} ${veth}`);
		}
	}

	t.deepEqual(
		links.filter(({node}) => node === 'office').map(({dev}) => dev),
		['lo', 'office', 'h1-eth0', 'h2-eth0'],
	);
	t.deepEqual(
		links.filter(({dev}) => dev === 'vxlan0' || dev === 'br0'),
		[],
	);
});
