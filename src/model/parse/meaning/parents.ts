// The parents of macvlan networks: an interface of each host, and what else is on it.
import type {Host, Network} from '../../lab.ts';
import {options} from '../../schema/network.ts';
import type {Place} from '../tree.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

type Macvlan = Extract<Network, {readonly driver: 'macvlan'}>;

export function checkParents(context: Context): void {
	const networks = context.lab.networks.filter((network): network is Macvlan => network.driver === 'macvlan');
	for (const network of networks) {
		checkParent(network, context);
	}

	checkSharing(networks, context);
	checkPassthru(networks, context);
}

function placeOf(network: Network, {tree}: Context): Place {
	return tree.place('networks', network.name, 'driver_opts', options.parent);
}

function checkParent(network: Macvlan, context: Context): void {
	const {tree, hosts, report} = context;
	if (network.parent === '') {
		report.error(
			tree.key('networks', network.name),
			'macvlan needs "driver_opts: {parent: eth0}"',
			'without a parent Docker makes an internal network on a dummy device',
		);
		return;
	}

	for (const name of network.hosts) {
		const host = hosts.get(name);
		const wrong = host === undefined ? undefined : refusal(network.parent, host);
		if (wrong === 'vlan') {
			report.notYet(placeOf(network, context), `a VLAN sub-interface such as "${network.parent}"`, 'use the interface itself as parent');
			return;
		}

		if (wrong !== undefined) {
			report.error(placeOf(network, context), wrong.what, wrong.hint);
		}
	}
}

function refusal(parent: string, {name, nics, bridges}: Host): 'vlan' | {readonly what: string; readonly hint: string} | undefined {
	const devices = [...nics, ...bridges].map(({dev}) => dev);
	const owner = bridges.find(({ports}) => ports.includes(parent));
	if (parent === 'lo') {
		return {what: 'loopback leads nowhere', hint: 'Docker: "loopback interface is not a valid macvlan parent link"'};
	}

	if (owner !== undefined) {
		// macvlan_port_create() in drivers/net/macvlan.c needs the receive handler, which a bridge has taken: EBUSY.
		return {
			what: `"${parent}" of host "${name}" is a port of its bridge "${owner.dev}", and the kernel gives its packets to one of the two`,
			hint: `use "parent: ${owner.dev}"`,
		};
	}

	if (devices.includes(parent)) {
		return undefined;
	}

	if (/\.\d+$/.test(parent) && devices.includes(parent.replace(/\.\d+$/, ''))) {
		return 'vlan';
	}

	return {
		what: `host "${name}" has no interface "${parent}"`,
		hint: didYouMean(parent, devices) ?? (devices.length > 0 ? `it has ${devices.join(', ')}` : `give it one: "nics: {${parent}: {lan: …}}"`),
	};
}

/** Docker 20.10 gives a parent to one network. 28 lets them share it, unless one is in mode passthru (moby/moby#47318). */
function checkSharing(networks: readonly Macvlan[], context: Context): void {
	const {hosts, report} = context;
	for (const [index, network] of networks.entries()) {
		for (const name of network.hosts) {
			const other = networks.slice(0, index).find(({parent, hosts: on}) => parent === network.parent && parent !== '' && on.includes(name));
			const engine = hosts.get(name)?.docker?.engine;
			const isAlone = network.macvlanMode === 'passthru' || other?.macvlanMode === 'passthru';
			if (other !== undefined && (engine === '20.10' || isAlone)) {
				report.error(
					placeOf(network, context),
					`"${network.parent}" of host "${name}" is already the parent of network "${other.name}"${engine === '20.10' ? '' : ', and in mode passthru it is for one'}`,
					`Docker: "${sharingWords(network, engine)}"`,
				);
				break;
			}
		}
	}
}

function sharingWords({parent, macvlanMode}: Macvlan, engine: string | undefined): string {
	if (engine === '20.10') {
		return `network dm-… is already using parent interface ${parent}`;
	}

	return macvlanMode === 'passthru'
		? `cannot use mode passthru, macvlan network … is already using parent interface ${parent}`
		: `macvlan network … is already using parent interface ${parent} in mode passthru`;
}

/** A passthru link takes all of its parent: the kernel refuses a second one (macvlan_common_newlink(), drivers/net/macvlan.c). */
function checkPassthru(networks: readonly Macvlan[], {lab, tree, report}: Context): void {
	for (const {name} of networks.filter(({macvlanMode}) => macvlanMode === 'passthru')) {
		const first = new Map<string, string>();
		for (const service of lab.services) {
			if (service.attach.mode === 'networks' && service.attach.endpoints.some(({network}) => network === name)) {
				const other = first.get(service.host);
				if (other !== undefined) {
					report.error(
						tree.key('services', service.name, 'networks', name),
						`in mode passthru the parent is for one container, and "${other}" has it`,
						'use "macvlan_mode: bridge", the usual one',
					);
				}

				first.set(service.host, other ?? service.name);
			}
		}
	}
}
