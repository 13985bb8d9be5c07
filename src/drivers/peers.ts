// Who is where on overlay networks: what the containers of a lab announce, and the entries by which each host finds those of the others. Written
// before anybody asks, so that nothing is flooded and no first packet is lost. Pure: who else is there comes as data (`Allocations.foreign`).
import {hostPart} from '../model/address.ts';
import type {Lab} from '../model/lab.ts';
import {isOverlay, vtepOf, type Overlay} from '../model/overlay.ts';
import type {Op, Unit} from '../plan/op.ts';
import type {Allocations, Peer} from './allocations.ts';
import {dnsNames} from './names.ts';
import {overlayNetns, overlayTunnel} from './segment.ts';

/** The endpoints of the lab's running containers on overlay networks, in file order. */
export function announced(lab: Lab, {containers}: Pick<Allocations, 'containers'>): readonly Peer[] {
	const overlays = new Map(lab.networks.filter(isOverlay).map((network) => [network.name, network]));
	return lab.services.flatMap((service) =>
		(containers.get(service.name)?.interfaces ?? []).flatMap(({network: name = '', address, mac}): readonly Peer[] => {
			const network = overlays.get(name);
			const vtep = network && vtepIn(lab, network, service.host);
			return address === undefined || vtep === undefined
				? []
				: [{network: name, address: hostPart(address), mac, host: service.host, vtep, names: dnsNames(lab, service, name)}];
		}),
	);
}

/** The units `peers:NETWORK`: for each host of an overlay network two entries for each container that is elsewhere. */
export function peerUnits(lab: Lab, allocations: Allocations): readonly Unit[] {
	const all = [...announced(lab, allocations), ...allocations.foreign];
	return lab.networks.filter(isOverlay).map((network) => {
		const {name, hosts} = network;
		const vni = allocations.networks.get(name)?.vni ?? 0;
		const peers = all.filter((peer) => peer.network === name);
		return {
			id: peersUnit(name),
			after: [`network:${name}`],
			ops: hosts.flatMap((host) => peers.filter((peer) => peer.host !== host).flatMap((peer) => entries(overlayNetns(host, vni), peer))),
		};
	});
}

export function peersUnit(network: string): string {
	return `peers:${network}`;
}

/** Permanent, and with the power to take the place of what is there: a reused address may still have the entries of its last holder. */
function entries(netns: string, {address, mac, host, vtep, names}: Peer): readonly Op[] {
	const who = names[0] ?? address;
	return [
		{do: 'neigh.set', netns, dev: overlayTunnel, address, mac, why: `whoever asks for ${address} here is told ${who}'s MAC, without a word on the wire`},
		{do: 'fdb.set', netns, dev: overlayTunnel, mac, dst: vtep, why: `${who} runs on ${host}: frames for it go to ${vtep}`},
	];
}

function vtepIn(lab: Lab, {hosts}: Overlay, name: string): string | undefined {
	const members = lab.hosts.filter((host) => hosts.includes(host.name));
	const own = members.find((host) => host.name === name);
	return own && vtepOf(own, members);
}
