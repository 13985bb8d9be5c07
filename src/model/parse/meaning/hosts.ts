// A host's own network: interface names, bridges made by hand, the gateway and static routes.
import {contains, familyOf, hostPart, subnetOf} from '../../address.ts';
import type {Host, StaticRoute} from '../../lab.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkHosts(context: Context): void {
	for (const host of context.lab.hosts) {
		checkDevices(host, context);
		checkBridges(host, context);
		checkGateway(host, context);
		for (const [index, route] of host.routes.entries()) {
			checkRoute(host, route, index, context);
		}
	}
}

function checkDevices({name, nics, bridges}: Host, {tree, report}: Context): void {
	const places = [
		...nics.map(({dev}) => ({dev, place: tree.key('hosts', name, 'nics', dev)})),
		...bridges.map(({dev}) => ({dev, place: tree.key('hosts', name, 'bridges', dev)})),
	];
	const taken = new Map<string, number>();
	for (const {dev, place} of places) {
		const line = taken.get(dev);
		if (dev === 'lo') {
			report.error(place, 'every host has an interface "lo" already', 'call it something else, such as eth0');
		} else if (line !== undefined) {
			report.error(place, `"${name}" already has an interface "${dev}" (line ${line})`);
		}

		taken.set(dev, place.position.line);
	}
}

function checkBridges({name, nics, bridges}: Host, {tree, report}: Context): void {
	const taken = new Map<string, string>();
	for (const bridge of bridges) {
		for (const [index, port] of bridge.ports.entries()) {
			const place = tree.place('hosts', name, 'bridges', bridge.dev, 'ports', index);
			const nic = nics.find(({dev}) => dev === port);
			const other = taken.get(port);
			if (nic === undefined) {
				report.error(
					place,
					`"${name}" has no NIC "${port}"`,
					didYouMean(
						port,
						nics.map(({dev}) => dev),
					) ?? "a port of a bridge is one of the host's nics",
				);
			} else if (nic.address !== undefined) {
				report.error(
					place,
					`"${port}" has the address ${nic.address}, and a port of a bridge has none`,
					`move it to the bridge: "ip: ${nic.address}" under ${bridge.dev}, not under ${port}`,
				);
			} else if (nic.address6 !== undefined) {
				report.error(place, `"${port}" has the address ${nic.address6}, and a port of a bridge has none`, 'leave out its "ip6"');
			} else if (other !== undefined) {
				report.error(place, `"${port}" is already a port of "${other}"`, 'an interface is a port of one bridge');
			}

			taken.set(port, bridge.dev);
		}
	}
}

/** Subnets that a host has an address in, and can therefore send into directly. */
function connected({nics, bridges, docker}: Host): readonly string[] {
	return [...nics, ...bridges, {address: docker?.bip}, ...nics.map(({address6}) => ({address: address6}))]
		.map(({address}) => address)
		.filter((address) => address !== undefined);
}

function checkGateway(host: Host, context: Context): void {
	for (const key of ['gateway', 'gateway6'] as const) {
		const via = host[key];
		if (via !== undefined) {
			checkNextHop(host, via, [key], context);
		}
	}
}

function checkRoute(host: Host, {to, via, dev}: StaticRoute, index: number, context: Context): void {
	const {tree, report} = context;
	if (via === undefined && dev === undefined) {
		report.error(tree.place('hosts', host.name, 'routes', index), 'a route needs "via" or "dev"');
	}

	if (via !== undefined) {
		checkNextHop(host, via, ['routes', index, 'via'], context);
	}

	const devices = [...host.nics, ...host.bridges].map((each) => each.dev);
	if (dev !== undefined && !devices.includes(dev) && dev !== 'lo' && dev !== 'docker0') {
		report.error(tree.place('hosts', host.name, 'routes', index, 'dev'), `"${host.name}" has no interface "${dev}"`, didYouMean(dev, devices));
	}

	if (to !== 'default' && via !== undefined && familyOf(to) !== familyOf(via)) {
		report.error(
			tree.place('hosts', host.name, 'routes', index, 'via'),
			`${via} is not of the family of ${to}`,
			'a gateway has the same IP version as what it leads to',
		);
	}

	const key = via !== undefined && familyOf(via) === 6 ? 'gateway6' : 'gateway';
	if (to === 'default' && host[key] !== undefined) {
		report.error(
			tree.place('hosts', host.name, 'routes', index),
			`"${host.name}" has a default route already: "${key}: ${host[key]}"`,
			'keep one of the two',
		);
	}
}

/** The kernel answers "Nexthop has invalid gateway" when it has no address in the gateway's subnet. */
function checkNextHop(host: Host, via: string, path: readonly (string | number)[], {tree, report}: Context): void {
	const subnets = connected(host);
	const place = tree.place('hosts', host.name, ...path);
	if (subnets.some((address) => hostPart(address) === via)) {
		report.error(place, `${via} is an address of "${host.name}" itself`, 'a gateway is another machine');
	} else if (!subnets.some((address) => contains(subnetOf(address), via))) {
		const has = subnets.length === 0 ? 'it has no address at all' : `it has ${subnets.join(', ')}`;
		report.error(place, `"${host.name}" cannot reach ${via} directly: ${has}`, 'a gateway lies in a subnet that the host has an address in');
	}
}
