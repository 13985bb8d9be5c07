// Overlay networks: their numbers, and whether their hosts can reach each other. Their subnets are in `subnets.ts`.
import type {Network} from '../../lab.ts';
import {mtu as toMtu} from '../../../base/units.ts';
import {isOverlay, vnis, vtepOf, vxlanOverhead, type Overlay} from '../../overlay.ts';
import {options} from '../../schema/network.ts';
import {itemsOf, textOf, type Place} from '../tree.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkOverlays(context: Context): void {
	for (const network of context.lab.networks) {
		checkKeys(network, context);
	}

	const overlays = context.lab.networks.filter(isOverlay);
	for (const network of overlays) {
		checkMembers(network, context);
		checkAddresses(network, context);
		checkMtu(network, context);
	}

	checkNumbers(overlays, context);
}

/** Keys that only an overlay network has. */
function checkKeys({name, driver}: Network, {tree, report}: Context): void {
	for (const [key, what] of [
		['hosts', 'is on the hosts of its services; members are listed for an overlay network'],
		['vni', 'has no number; a VXLAN has one, and with it an overlay network'],
	] as const) {
		if (driver !== 'overlay' && tree.has('networks', name, key)) {
			report.error(tree.key('networks', name, key), `a network with driver ${driver} ${what}`, 'write "driver: overlay", or remove it');
		}
	}
}

function checkMembers(network: Overlay, {lab, tree, hosts, report}: Context): void {
	const {name, hosts: members} = network;
	for (const [index, item] of itemsOf(tree.node('networks', name, 'hosts')).entries()) {
		const host = textOf(item) ?? '';
		if (members.indexOf(host) < index) {
			report.error(tree.place('networks', name, 'hosts', index), `"${host}" is a member already`);
		}
	}

	const others = lab.services.filter(
		({attach, host}) =>
			hosts.has(host) && !members.includes(host) && attach.mode === 'networks' && attach.endpoints.some((endpoint) => endpoint.network === name),
	);
	for (const service of others) {
		report.error(
			tree.key('services', service.name, 'networks', name),
			`the members of network "${name}" are ${members.join(', ')}, and "${service.name}" runs on "${service.host}"`,
			`add "${service.host}" to "networks.${name}.hosts"`,
		);
	}
}

/** The others send to an address of the host; Docker asks for it when the host joins (moby, daemon/cluster/listen_addr.go). */
function checkAddresses({name, hosts: members}: Overlay, {lab, tree, hosts, report}: Context): void {
	const known = members.flatMap((member) => hosts.get(member) ?? []);
	for (const host of known.filter(({docker}) => docker !== undefined)) {
		if (vtepOf(host, known) === undefined) {
			const resident = lab.services.find(
				(service) => service.host === host.name && service.attach.mode === 'networks' && service.attach.endpoints.some(({network}) => network === name),
			);
			const listed = itemsOf(tree.node('networks', name, 'hosts')).findIndex((item) => textOf(item) === host.name);
			report.error(
				placeOf(tree.place('networks', name, 'hosts', listed), resident && tree.key('services', resident.name, 'networks', name), listed !== -1) ??
					tree.key('networks', name),
				`host "${host.name}" has no address, so the other hosts of network "${name}" cannot send to it`,
				`give it one: "hosts: {${host.name}: {nics: {eth0: {lan: …, ip: …}}}}" (Docker: "could not find the system's IP address - specify one with --advertise-addr")`,
			);
		}
	}
}

function placeOf(listed: Place, resident: Place | undefined, isListed: boolean): Place | undefined {
	return isListed ? listed : resident;
}

/** Docker takes the option for the MTU of the wire, of which the wrapping takes its part. */
function checkMtu({name, mtu}: Overlay, {tree, report}: Context): void {
	if (mtu !== undefined && toMtu(mtu - vxlanOverhead) === undefined) {
		const key = [options.driverMtu, options.mtu].find((option) => tree.has('networks', name, 'driver_opts', option)) ?? options.driverMtu;
		report.error(
			tree.place('networks', name, 'driver_opts', key),
			`it is the MTU of the wire, and VXLAN takes ${vxlanOverhead} bytes of it: nothing of ${mtu - vxlanOverhead} bytes can hold an IPv4 packet`,
			`use at least ${68 + vxlanOverhead}`,
		);
	}
}

/** A host hands a packet that comes in to the VXLAN of its number, so there can be one of each (moby, drivers/overlay/ovmanager). */
function checkNumbers(overlays: readonly Overlay[], {tree, report}: Context): void {
	const taken = new Map<number, Overlay>();
	for (const network of overlays) {
		const {name, vni, ipam} = network;
		if (vni === undefined) {
			continue;
		}

		const other = taken.get(vni);
		const option = ['networks', name, 'driver_opts', options.numbers];
		const place = tree.has('networks', name, 'vni') ? tree.place('networks', name, 'vni') : tree.place(...option);
		const said = `Docker: "… pool ${ipam.subnet ?? '…'}: requested bit is already allocated"`;
		if (vni === vnis.ingress) {
			report.error(place, `number ${vni} is that of Docker's own network ingress`, said);
		} else if (other !== undefined) {
			report.error(place, `number ${vni} is already that of network "${other.name}" (line ${other.at.line})`, said);
		}

		if (tree.has('networks', name, 'vni') && tree.has(...option)) {
			report.error(tree.key(...option), 'the number is given twice: here and as "vni"', 'keep one of the two');
		}

		taken.set(vni, other ?? network);
	}
}

/** What is wrong with `h1:vxlan4097` as the place of an overlay network; undefined: nothing. */
export function tunnelProblem(
	point: string,
	numbers: ReadonlyMap<string, number>,
	networks: ReadonlyMap<string, Network>,
): Readonly<{what: string; hint: string | undefined}> | undefined {
	const [host = '', dev = ''] = point.split(':');
	const there = [...numbers].filter(([name]) => {
		const network = networks.get(name);
		return network !== undefined && isOverlay(network) && network.hosts.includes(host);
	});
	const names = there.map(([, vni]) => `vxlan${vni}`);
	return names.includes(dev)
		? undefined
		: {
				what: there.length === 0 ? `no overlay network is on host "${host}"` : `no overlay network on host "${host}" has the VXLAN "${dev}"`,
				hint:
					didYouMean(dev, names) ??
					(there.length === 0 ? undefined : `it has ${there.map(([name, vni]) => `vxlan${vni} (network "${name}")`).join(', ')}`),
			};
}
