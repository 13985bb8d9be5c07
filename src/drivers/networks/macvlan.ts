// Driver macvlan: each container gets a second MAC on an interface of its host, and is one more machine on that LAN. Nothing is made on the host:
// no bridge, no rules, no ports. The host itself cannot talk to it, because macvlan never hands a frame up to its own parent.
import type {Interface} from '../allocations.ts';
import {insideOps} from '../cable.ts';
import type {NetworkDriver} from './driver.ts';

export const macvlan: NetworkDriver<'macvlan'> = {
	driver: 'macvlan',
	hosts: ({hosts}) => hosts,
	bridge: () => undefined,
	create: () => [],
	plugIn(site, network, plug) {
		const {host, service, ledger} = site;
		const {parent, macvlanMode, internal} = network;
		const {v4, v6} = ledger.range(host.name, network.name);
		const has6 = plug.address6 !== undefined && v6 !== undefined;
		const wire: Interface = {
			kind: 'macvlan',
			network: network.name,
			dev: plug.dev,
			address: plug.address,
			...(has6 && {address6: plug.address6}),
			mac: plug.mac,
			gateway: internal ? undefined : v4?.gateway,
			...(has6 && !internal && {gateway6: v6.gateway}),
			priority: plug.priority,
			internal,
			mtu: host.nics.find(({dev}) => dev === parent)?.mtu ?? 1500,
			veth: parent,
			bridge: parent,
			netns: host.name,
		};
		return {
			wire,
			ops: [
				{
					do: 'link.add',
					netns: host.name,
					link: {kind: 'macvlan', name: plug.dev, parent, macvlanMode, into: service.name},
					why: `${plug.dev} of ${service.name} is a second MAC on ${parent} of ${host.name}: no bridge, no cable, no NAT`,
				},
				...insideOps(site, plug),
			],
		};
	},
	publishesOn: () => undefined,
	options: ({parent, macvlanMode}) => ['-d', 'macvlan', '-o', `parent=${parent}`, ...(macvlanMode === 'bridge' ? [] : ['-o', `macvlan_mode=${macvlanMode}`])],
};
