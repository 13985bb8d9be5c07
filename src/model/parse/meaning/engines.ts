// How a host's Docker engine is set up: what dockerd would refuse to start with.
import {broadcastOf, contains, hostPart, networkOf, overlaps, prefixOf, subnetOf} from '../../address.ts';
import type {DockerEngine, Host} from '../../lab.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkEngines(context: Context): void {
	for (const host of context.lab.hosts) {
		if (host.docker !== undefined) {
			checkAddresses(host.name, host.docker, context);
			checkBridge(host, host.docker, context);
			checkPools(host.name, host.docker, context);
			checkIPv6(host.name, host.docker, context);
		}
	}
}

function checkAddresses(host: string, {bip, fixedCidr}: DockerEngine, {tree, report}: Context): void {
	if (bip !== undefined && (prefixOf(bip) > 30 || [networkOf(bip), broadcastOf(bip)].includes(hostPart(bip)))) {
		report.error(
			tree.place('hosts', host, 'docker', 'bip'),
			`${bip} cannot be docker0's address: it is not one of a host in its subnet`,
			`write it like ${networkOf(bip).replace(/\d+$/, (last) => String(Number(last) + 1))}/${Math.min(prefixOf(bip), 24)}`,
		);
	} else if (bip !== undefined && fixedCidr !== undefined && !contains(subnetOf(bip), fixedCidr)) {
		report.error(tree.place('hosts', host, 'docker', 'fixed_cidr'), `${fixedCidr} is outside docker0's subnet ${subnetOf(bip)}`);
	}
}

function checkBridge({name, bridges}: Host, {bridge, bip}: DockerEngine, {tree, report}: Context): void {
	if (bridge === undefined) {
		return;
	}

	const place = tree.place('hosts', name, 'docker', 'bridge');
	const found = bridges.find(({dev}) => dev === bridge);
	if (bip !== undefined) {
		report.error(
			tree.place('hosts', name, 'docker', 'bip'),
			'"bridge" and "bip" cannot both be given',
			'the address of a bridge of your own is its "ip" under bridges',
		);
	}

	if (found === undefined) {
		report.error(
			place,
			`"${name}" has no bridge "${bridge}"`,
			didYouMean(
				bridge,
				bridges.map(({dev}) => dev),
			) ?? `make it: "bridges: {${bridge}: {ip: …}}"`,
		);
	} else if (found.address === undefined) {
		report.error(place, `the bridge "${bridge}" has no address, so containers on it would have no gateway`, `give it one: "bridges: {${bridge}: {ip: …}}"`);
	}
}

function checkPools(host: string, {pools = []}: DockerEngine, {tree, report}: Context): void {
	for (const [index, {base, size}] of pools.entries()) {
		if (size < prefixOf(base)) {
			report.error(tree.place('hosts', host, 'docker', 'pools', index, 'size'), `subnets of size /${size} do not fit into ${base}`);
		}
	}
}

/** docker0's own IPv6. */
function checkIPv6(host: string, {engine, ipv6}: DockerEngine, {tree, report}: Context): void {
	const path = ['hosts', host, 'docker'];
	const place = tree.place(...path, 'fixed_cidr_v6');
	if (ipv6 === undefined && tree.has(...path, 'fixed_cidr_v6')) {
		report.note(tree.key(...path, 'fixed_cidr_v6'), 'it has no effect without "ipv6: true"');
	} else if (ipv6 !== undefined && ipv6.fixedCidr === undefined && engine === '20.10') {
		report.error(tree.place(...path, 'ipv6'), 'Docker 20.10 finds no IPv6 subnet for docker0 by itself', 'give it one: "fixed_cidr_v6: fd00:d0::/64"');
	} else if (ipv6?.fixedCidr !== undefined && prefixOf(ipv6.fixedCidr) > 126) {
		report.error(place, `${ipv6.fixedCidr} has no room for docker0 and a container`, 'use a /126 or larger');
	} else if (ipv6?.fixedCidr !== undefined && ['ff00::/8', 'fe80::/10'].some((special) => overlaps(special, ipv6.fixedCidr ?? ''))) {
		report.error(place, `${ipv6.fixedCidr} holds multicast or link-local addresses, which no subnet of containers can have`, 'write it like fd00:d0::/64');
	}
}
