// The unit `lan:NAME`: a switch. One bridge in a namespace of its own, so that nothing but its ports touches it.
import {interfaceName} from '../base/names.ts';
import type {Lan} from '../model/lab.ts';
import type {Unit} from '../plan/op.ts';

export function lanUnit({name, subnet, subnet6, mtu}: Lan): Unit {
	const netns = `lan:${name}`;
	const dev = interfaceName(name);
	return {
		id: netns,
		after: [],
		ops: [
			{do: 'netns.add', netns, why: `${name} is a network outside of every host, so it has a place of its own`},
			{
				do: 'sysctl.set',
				netns,
				key: 'net.ipv6.conf.default.disable_ipv6',
				value: '1',
				why: 'a switch has no addresses, so the kernel shall give its ports none',
			},
			{
				do: 'link.add',
				netns,
				link: {kind: 'bridge', name: dev},
				why: `the switch of ${name}, where ${[subnet, subnet6].filter((one) => one !== undefined).join(' and ')} lives`,
			},
			{do: 'link.set', netns, dev, mtu, up: true, why: `it passes frames on from now on, with up to ${mtu} bytes in each`},
		],
	};
}
