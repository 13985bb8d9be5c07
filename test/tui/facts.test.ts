// What the details say of an item with IPv6, and that they say nothing of it where there is none.
import test from 'ava';
import type {View} from '../../src/api/messages.ts';
import {factsOf} from '../../src/tui/facts.ts';
import {bridgePublish} from './samples.ts';

/** The same lab with IPv6 on its LAN, its machines, docker0 and its containers. */
function dual(): View {
	const view = bridgePublish();
	return {
		...view,
		lans: view.lans.map((lan) => ({...lan, subnet6: 'fd00:50::/64'})),
		hosts: view.hosts.map((host) => ({
			...host,
			gateway6: 'fd00:50::1',
			nics: host.nics.map((nic) => ({...nic, address6: 'fd00:50::10/64'})),
			bridges: host.bridges.map((bridge) => ({...bridge, address6: 'fd00:d0::1/64'})),
			containers: host.containers.map((container) => ({
				...container,
				interfaces: container.interfaces.map((wire) => ({...wire, address6: 'fd00:d0::2/64', gateway6: 'fd00:d0::1'})),
			})),
		})),
	};
}

function said(view: View, id: string): readonly string[] {
	return (factsOf(view, id)?.facts ?? []).map(({label, value}) => `${label}: ${value}`);
}

const ids = (view: View): readonly string[] =>
	view.hosts.flatMap((host) => [
		`host:${host.name}`,
		...host.bridges.map(({dev}) => `bridge:${host.name}/${dev}`),
		...host.containers.map(({name}) => `container:${name}`),
	]);

test('both addresses of an item are told', (t) => {
	const view = dual();
	const [lan] = view.lans;
	t.true(said(view, `lan:${lan?.name}`).includes(`subnet: ${lan?.subnet} and fd00:50::/64`));
	const docker = view.hosts.find(({bridges}) => bridges.length > 0);
	const [bridge] = docker?.bridges ?? [];
	t.true(said(view, `bridge:${docker?.name}/${bridge?.dev}`).includes('IPv6 address: fd00:d0::1/64'));
	t.true(said(view, `host:${docker?.name}`).includes('IPv6 gateway: fd00:50::1'));
	t.true(said(view, `host:${docker?.name}`).includes(`${bridge?.dev}: bridge ${bridge?.address} fd00:d0::1/64`));
	const [container] = docker?.containers ?? [];
	t.true(said(view, `container:${container?.name}`).includes('IPv6 address: fd00:d0::2/64'));
	t.true(said(view, `container:${container?.name}`).includes('IPv6 gateway: fd00:d0::1'));
});

test('where there is no IPv6 nothing is said of it', (t) => {
	const view = bridgePublish();
	t.deepEqual(
		[...ids(view), ...view.lans.map(({name}) => `lan:${name}`)].flatMap((id) => said(view, id)).filter((line) => /ipv6|undefined/i.test(line)),
		[],
	);
});
