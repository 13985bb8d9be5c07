// addr: an interface of a node has this address, MAC, MTU or state.
import type {ObservedNet} from '../../model/observed.ts';
import type {Checker, CheckOf} from '../scene.ts';

export const addr: Checker<'addr'> = {
	title: (check) => `addr ${check.in}:${check.dev} ${wanted(check)}${check.exists ? '' : ' does not exist'}`,
	retries: (check) => check.exists,
	async look(check, scene) {
		const net = await scene.call('net', {node: check.in});
		const isThere = isMeant(net, check);
		return {
			ok: isThere === check.exists,
			expected: check.exists ? wanted(check) : `not ${wanted(check)}`,
			got: line(net, check.dev),
			evidence: net.links.map(({name}) => line(net, name)),
		};
	},
};

function isMeant(net: ObservedNet, check: CheckOf<'addr'>): boolean {
	const link = net.links.find(({name}) => name === check.dev);
	const hasAddress = check.ip === undefined || net.addresses.some(({dev, address}) => dev === check.dev && address === check.ip);
	return (
		link !== undefined &&
		hasAddress &&
		(check.mac === undefined || link.mac === check.mac) &&
		(check.mtu === undefined || link.mtu === check.mtu) &&
		(check.state === undefined || link.isUp === (check.state === 'up'))
	);
}

function wanted({ip, mac, mtu, state}: CheckOf<'addr'>): string {
	return [ip, mac, mtu === undefined ? undefined : `mtu ${mtu}`, state].filter((part) => part !== undefined).join(' ') || 'the interface';
}

function line(net: ObservedNet, dev: string): string {
	const link = net.links.find(({name}) => name === dev);
	if (link === undefined) {
		return `there is no ${dev}`;
	}

	const addresses = net.addresses.filter((one) => one.dev === dev && one.scope !== 'link').map(({address}) => address);
	return [dev, ...addresses, link.mac, `mtu ${link.mtu}`, link.isUp ? 'up' : 'down'].join(' ');
}
