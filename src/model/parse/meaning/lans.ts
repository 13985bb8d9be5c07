// LANs: every address on one lies in its subnet, and no address or MAC is there twice.
import {broadcastOf, contains, hostPart, isCidr, networkOf, prefixOf, subnetOf} from '../../address.ts';
import type {Lan} from '../../lab.ts';
import type {Place} from '../tree.ts';
import type {Context} from './context.ts';

/** One interface that is on a LAN: directly, or through a bridge that has a cable to it. */
interface Station {
	/** "h1:eth0" */
	readonly name: string;
	readonly lan: string;
	readonly address: string | undefined;
	readonly address6?: {readonly text: string; readonly place: Place};
	/** Of the address. */
	readonly addressPlace: Place;
	/** Whether it must lie in the LAN's subnet: not what is only bridged to it. */
	readonly isDirect: boolean;
	readonly mac: string | undefined;
	readonly macPlace: Place;
}

export function checkLans(context: Context): void {
	const stations = stationsOf(context);
	for (const station of stations) {
		checkAddress(station, context);
		checkAddress6(station, context);
	}

	checkUnique(
		stations.map(({name, lan, address, addressPlace}) => ({name, lan, value: address && hostPart(address), place: addressPlace})),
		context,
	);
	checkUnique(
		stations.flatMap(({name, lan, address6}) => (address6 === undefined ? [] : [{name, lan, value: hostPart(address6.text), place: address6.place}])),
		context,
	);
	checkUnique(
		stations.map(({name, lan, mac, macPlace}) => ({name, lan, value: mac, place: macPlace})),
		context,
	);
	for (const lan of context.lab.lans) {
		checkGateway(lan, stations, context);
	}
}

function stationsOf(context: Context): readonly Station[] {
	const {lab, tree, hosts} = context;
	const nics = lab.hosts.flatMap((host) =>
		host.nics.map((nic): Station => {
			const path = ['hosts', host.name, 'nics', nic.dev];
			return {
				name: `${host.name}:${nic.dev}`,
				lan: nic.lan,
				address: nic.address,
				...(nic.address6 !== undefined && {address6: {text: nic.address6, place: tree.place(...path, 'ip6')}}),
				addressPlace: tree.place(...path, 'ip'),
				isDirect: true,
				mac: nic.mac,
				macPlace: tree.place(...path, 'mac'),
			};
		}),
	);
	const lansOfBridge = (host: string, dev: string): readonly string[] => {
		const ports = hosts.get(host)?.bridges.find((bridge) => bridge.dev === dev)?.ports ?? [];
		return (hosts.get(host)?.nics ?? []).filter((nic) => ports.includes(nic.dev)).map(({lan}) => lan);
	};
	const bridges = lab.hosts.flatMap((host) =>
		host.bridges.flatMap(({dev, address}) =>
			lansOfBridge(host.name, dev).map((lan): Station => {
				const place = tree.place('hosts', host.name, 'bridges', dev, 'ip');
				return {name: `${host.name}:${dev}`, lan, address, addressPlace: place, isDirect: false, mac: undefined, macPlace: place};
			}),
		),
	);
	const byHand = lab.services.flatMap((service) =>
		service.nics.flatMap((nic) => {
			const path = ['services', service.name, 'nics', nic.dev];
			const onLans = 'lan' in nic.to ? [nic.to.lan] : lansOfBridge(service.host, nic.to.bridge);
			return onLans.map((lan): Station => ({
				name: `${service.name}:${nic.dev}`,
				lan,
				address: nic.address,
				...(nic.address6 !== undefined && {address6: {text: nic.address6, place: tree.place(...path, 'ip6')}}),
				addressPlace: tree.place(...path, 'ip'),
				isDirect: 'lan' in nic.to,
				mac: nic.mac,
				macPlace: tree.place(...path, 'mac'),
			}));
		}),
	);
	return [...nics, ...bridges, ...byHand, ...macvlanStations(context, lansOfBridge)];
}

/** A macvlan's containers are on the LAN of its parent, with the addresses that their engine gives them. */
function macvlanStations({lab, tree, hosts, networks}: Context, lansOfBridge: (host: string, dev: string) => readonly string[]): readonly Station[] {
	const lansOf = (host: string, dev: string): readonly string[] => [
		...(hosts.get(host)?.nics ?? []).filter((nic) => nic.dev === dev).map(({lan}) => lan),
		...lansOfBridge(host, dev),
	];
	return lab.services.flatMap(({name, host, attach}) =>
		(attach.mode === 'networks' ? attach.endpoints : []).flatMap(({network, address, address6, mac}) => {
			const found = networks.get(network);
			const path = ['services', name, 'networks', network];
			return (found?.driver === 'macvlan' ? lansOf(host, found.parent) : []).map((lan): Station => ({
				name: `${name}:${network}`,
				lan,
				address,
				...(address6 !== undefined && {address6: {text: address6, place: tree.place(...path, 'ipv6_address')}}),
				addressPlace: tree.place(...path, 'ipv4_address'),
				isDirect: false,
				mac,
				macPlace: tree.place(...path, 'mac_address'),
			}));
		}),
	);
}

function checkAddress({lan: name, address, addressPlace, isDirect}: Station, {lans, report}: Context): void {
	const lan = lans.get(name);
	if (lan === undefined || address === undefined || !isDirect) {
		return;
	}

	if (!contains(lan.subnet, hostPart(address))) {
		report.error(addressPlace, `${address} is outside LAN "${lan.name}" (${lan.subnet})`);
	} else if (prefixOf(address) < 31 && [networkOf(address), broadcastOf(address)].includes(hostPart(address))) {
		report.error(
			addressPlace,
			`${address} is the ${hostPart(address) === networkOf(address) ? 'network' : 'broadcast'} address of its subnet; no interface can have it`,
		);
	}
}

function checkAddress6({lan: name, address6, isDirect}: Station, {lans, report}: Context): void {
	const lan = lans.get(name);
	if (lan === undefined || address6 === undefined || !isDirect) {
		return;
	}

	const {text, place} = address6;
	if (lan.subnet6 === undefined) {
		report.error(place, `LAN "${name}" has no IPv6 subnet, so nobody has ${text} on it`, `give it one: "subnet6: ${subnetOf(text)}"`);
	} else if (!contains(lan.subnet6, hostPart(text))) {
		report.error(place, `${text} is outside LAN "${name}" (${lan.subnet6})`);
	} else if (prefixOf(text) < 127 && hostPart(text) === networkOf(text)) {
		report.error(place, `${text} is the address of all routers of its subnet (RFC 4291 2.6.1); no interface can have it`);
	}
}

interface Claim {
	readonly name: string;
	readonly lan: string;
	readonly value: string | undefined;
	readonly place: Place;
}

function checkUnique(claims: readonly Claim[], {report}: Context): void {
	const taken = new Map<string, Claim>();
	for (const claim of claims) {
		const key = `${claim.lan} ${claim.value}`;
		const before = taken.get(key);
		if (claim.value === undefined) {
			continue;
		}

		if (before === undefined) {
			taken.set(key, claim);
		} else if (before.name !== claim.name) {
			report.error(claim.place, `${claim.value} is already used by ${before.name} on LAN "${claim.lan}" (line ${before.place.position.line})`);
		}
	}
}

/** The way out of a LAN is a host with an address on it. */
function checkGateway({name, gateway}: Lan, stations: readonly Station[], {hosts, tree, report}: Context): void {
	const isThere = stations.some(
		(station) => station.lan === name && station.name.startsWith(`${gateway}:`) && station.address !== undefined && isCidr(station.address),
	);
	if (gateway !== undefined && hosts.has(gateway) && !isThere) {
		report.error(
			tree.place('lans', name, 'gateway'),
			`"${gateway}" has no address on LAN "${name}"`,
			`give it a NIC there: nics: {eth0: {lan: ${name}, ip: …}}`,
		);
	}
}
