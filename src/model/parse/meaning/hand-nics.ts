// Interfaces that are put into a container by hand: to where, with which address, by which gateway.
import {contains, hostPart, subnetOf} from '../../address.ts';
import type {HandNic, Service} from '../../lab.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkHandNics(context: Context): void {
	for (const service of context.lab.services) {
		for (const nic of service.nics) {
			checkEnd(service, nic, context);
			checkGateway(service, nic, context);
		}
	}
}

function checkEnd({name, host}: Service, {dev, to}: HandNic, {tree, hosts, report}: Context): void {
	const path = ['services', name, 'nics', dev];
	if (dev === 'lo') {
		report.error(tree.key(...path), 'every container has an interface "lo" already', 'call it something else, such as eth0');
	}

	if (tree.has(...path, 'lan') === tree.has(...path, 'bridge')) {
		report.error(tree.key(...path), 'a NIC goes to a "lan" or to a "bridge" of its host, one of the two');
		return;
	}

	const machine = hosts.get(host);
	if ('lan' in to || machine === undefined) {
		return;
	}

	const bridges = [
		...machine.bridges.map((bridge) => bridge.dev),
		...(machine.docker !== undefined && machine.docker.bridge === undefined ? ['docker0'] : []),
	];
	if (!bridges.includes(to.bridge)) {
		report.error(
			tree.place(...path, 'bridge'),
			`host "${host}" has no bridge "${to.bridge}"`,
			didYouMean(to.bridge, bridges) ?? `it has ${bridges.join(', ')}`,
		);
	}
}

function checkGateway({name}: Service, nic: HandNic, {tree, report}: Context): void {
	const path = ['services', name, 'nics', nic.dev];
	const families = [
		{address: nic.address, gateway: nic.gateway, keys: ['ip', 'gateway']},
		{address: nic.address6, gateway: nic.gateway6, keys: ['ip6', 'gateway6']},
	] as const;
	for (const {address, gateway, keys} of families) {
		const place = tree.place(...path, keys[1]);
		if (gateway !== undefined && address === undefined) {
			report.error(place, 'a gateway needs an address to reach it from', `give the NIC an "${keys[0]}"`);
		} else if (gateway !== undefined && address !== undefined && (!contains(subnetOf(address), gateway) || hostPart(address) === gateway)) {
			report.error(place, `${gateway} is not another machine in the subnet of ${address}`);
		}
	}

	if (nic.via === 'pipework' && nic.address !== undefined && nic.address6 !== undefined) {
		report.error(tree.place(...path, 'ip6'), 'pipework gives an interface one address', 'leave out "via: pipework", or one of the two');
	}
}
