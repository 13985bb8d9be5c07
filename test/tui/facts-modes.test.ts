// What the details say of each mode must be what is true of it.
import test from 'ava';
import type {View} from '../../src/api/messages.ts';
import {factsOf, stepsOf} from '../../src/tui/facts.ts';
import {macvlan, networks, overlay, sharing} from './mode-samples.ts';
import {FakeSession} from './fake-session.ts';

function lines(view: View, id: string): string[] {
	return (factsOf(view, id)?.facts ?? []).map(({label, value}) => `${label}: ${value}`);
}

const says = test.macro({
	exec(t, view: View, id: string, expected: readonly string[]) {
		const all = lines(view, id);
		t.deepEqual(
			expected.filter((line) => !all.includes(line)),
			[],
			all.join('\n'),
		);
	},
	title: (_, view: View, id: string) => `the details of ${id} in ${view.lab}`,
});

test(says, macvlan(), 'container:cam1', [
	'mode: network phys',
	'macvlan: eth0 in cam1: a second MAC on parent eth0 of h1; no veth pair, no bridge',
	'gateway: 192.168.50.1',
	'published: none: a macvlan has no NAT; its ports are open at its own address',
]);
test(says, macvlan(), 'network:h1/phys', ['parent: eth0 of h1: its containers are machines of LAN office', 'cam2: eth0 192.168.50.66/24 · 02:55:20:fc:60:9b']);
test(says, overlay(), 'container:web', [
	'netns: web',
	'mode: networks ov0, docker_gwbridge',
	'veth pair: eth0 in web ⇄ vethov0002, port of br0 of ov0, in a namespace of its own on h1; VXLAN 4097 to the other hosts',
	'gateway: none: the way out is eth1',
	"MTU: 1450: VXLAN's headers take 50 bytes of the wire's",
	'veth pair: eth1 in web ⇄ vethdo0002 on h1, port of docker_gwbridge',
	'gateway: 172.18.0.1',
	'published: 0.0.0.0:8080 → 80/tcp · docker-proxy 41',
]);
test(says, overlay(), 'network:h2/ov0', ['subnet: 10.1.0.0/24', 'db: eth0 10.1.0.4/24 · 02:42:0a:01:00:04']);
test(says, overlay(), 'overlay:ov0', [
	'carried by: UDP port 4789 between h1 192.168.50.10, h2 192.168.50.11',
	'db: eth0 10.1.0.4/24 · 02:42:0a:01:00:04 on h2',
]);
test(says, networks(), 'container:app', [
	'mode: networks front, back',
	'gateway: 10.80.0.1',
	'gateway: none: network back is internal',
	'veth pair: eth1 in app ⇄ vethba0002 on h1, port of br-3f9c21aa70de (network back)',
]);
test(says, networks(), 'container:db', ['published: none: an internal network publishes nothing']);
test(says, networks(), 'bridge:h1/br-3f9c21aa70de', ['network: back, internal · 172.18.0.0/16', 'vethba0003: db eth0 172.18.0.3/16']);
test(says, sharing(), 'container:sidecar', [
	'netns: web: shared, one network stack for both',
	'published: 0.0.0.0:8080 → 80/tcp · docker-proxy 41',
	'veth pair: eth0 in web ⇄ veth3fbc212 on h1, port of docker0',
]);
test(says, sharing(), 'container:agent', ["netns: h1: the host's own", "published: none, and none is needed: its ports are the host's own"]);
test(says, sharing(), 'container:vault', ['published: none: mode none publishes nothing']);

test('what is gone has no details', (t) => {
	for (const id of ['container:ghost', 'host:ghost', 'bridge:h1/ghost', 'network:h1/front', 'network:ghost/ov0', 'overlay:front', 'lan:ghost']) {
		t.is(factsOf(networks(), id), undefined, id);
	}
});

test('the commands of a network on a host are those that made it there', (t) => {
	const view = overlay();
	const {oplog} = new FakeSession(view);
	const make = (number: number, unit: string, where: string) => ({number, atMs: 1, unit, direction: 'do' as const, command: 'ip', where, why: ''});
	const all = [
		...oplog,
		make(900, 'network:ov0', 'h1:vxlan4097'),
		make(901, 'network:ov0', 'h1'),
		make(902, 'network:ov0', 'h2'),
		make(903, 'network:x', 'h1'),
	];
	const numbers = (id: string): number[] => stepsOf(view, id, all).map(({number}) => number);
	t.deepEqual(numbers('network:h1/ov0'), [900, 901]);
	t.deepEqual(numbers('network:h2/ov0'), [902]);
	t.deepEqual(numbers('overlay:ov0'), [900, 901, 902]);
});
