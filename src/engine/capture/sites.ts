// What of a lab can be captured: the namespaces of its LANs, hosts, overlay networks and containers, and which of them somebody means.
import {LabError} from '../../base/errors.ts';
import type {CapturePoint} from '../../model/capture.ts';
import type {Lab, Service} from '../../model/lab.ts';
import {isOverlay, vnisOf} from '../../model/overlay.ts';
import type {NetnsName} from '../../plan/op.ts';

export interface NamedSite {
	readonly netns: NetnsName;
	readonly name: string;
	readonly description: string;
}

/** Overlay networks are namespaces of their own on each of their hosts. */
function placesOf({networks}: Lab): readonly NamedSite[] {
	const vnis = vnisOf(networks);
	return networks.filter(isOverlay).flatMap(({name, hosts}) =>
		hosts.map((host) => {
			const place = `${host}:vxlan${vnis.get(name)}`;
			return {netns: place, name: place, description: `overlay network ${name} on ${host}`};
		}),
	);
}

/** The sites of these nodes; of none given all there are, each namespace once. Throws E_NAME_UNKNOWN. */
export function sitesOf(lab: Lab, nodes: readonly string[]): readonly NamedSite[] {
	const lans = lab.lans.map(({name}): NamedSite => ({netns: `lan:${name}`, name, description: `LAN ${name}`}));
	const hosts = lab.hosts.map(({name}) => hostSite(name));
	const places = placesOf(lab);
	if (nodes.length === 0) {
		return [...lans, ...hosts, ...places, ...lab.services.filter(({attach}) => attach.mode !== 'host' && attach.mode !== 'container').map(containerSite)];
	}

	const named = new Map([...lans, ...hosts, ...places, ...lab.services.map(containerSite)].map((site) => [site.name, site]));
	const wanted = nodes.map((node) => {
		const site = named.get(node);
		if (site === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {
				doing: `capture ${node}`,
				said: 'there is no host, container or LAN of that name',
				hint: 'a filter is one argument, in quotes: vethlab capture web "tcp port 80"; `vethlab ps` lists hosts and containers',
			});
		}

		return site;
	});
	return [...new Map(wanted.map((site) => [site.netns, site])).values()];
}

/** A point by its site. Throws E_NAME_UNKNOWN when that is not captured. */
export function placeOf({node, dev}: CapturePoint, sites: readonly NamedSite[]): {readonly site: NamedSite; readonly dev: string | undefined} {
	const site = sites.find(({name}) => name === node);
	if (site === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `mark ${node}`, said: 'it is not being captured'});
	}

	return {site, dev};
}

function hostSite(name: string): NamedSite {
	return {netns: name, name, description: `host ${name}`};
}

/** A container in its host's namespace is its host there. */
function containerSite({name, host, attach}: Service): NamedSite {
	return attach.mode === 'host' ? {...hostSite(host), name} : {netns: name, name, description: `container ${name} on ${host}`};
}
