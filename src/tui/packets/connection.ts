// The filter that shows the whole connection of one packet: both directions, and both sides of a published port.
import type {View} from '../../api/messages.ts';
import {layersOf, summarize, type Frame} from '../../watch/decode/index.ts';
import {bare} from '../text.ts';

export interface Followed {
	readonly filter: string;
	/** What it shows, and what it cannot. */
	readonly said: string;
}

/**
 * Ports stay as they are when a router changes addresses, as long as they are free there (iptables-extensions(8), MASQUERADE), so a connection is followed
 * by its ports; one through a published port has two on that side, and the lab knows both.
 */
export function connectionOf(frame: Frame, view: View): Followed | undefined {
	const {protocol, source, destination, sourcePort, destinationPort} = summarize(frame);
	const layers = layersOf(frame);
	const transport = (['TCP', 'UDP'] as const).find((name) => layers.some((layer) => layer.protocol === name));
	if (transport !== undefined && sourcePort !== undefined && destinationPort !== undefined) {
		return byPorts(view, transport === 'TCP' ? 'tcp' : 'udp', [
			{address: source, port: sourcePort},
			{address: destination, port: destinationPort},
		]);
	}

	const fields = layers.flatMap((layer) => layer.fields);
	const ident = fields.findLast(({name}) => name === 'icmp.ident' || name === 'icmpv6.echo.identifier');
	if (ident !== undefined) {
		return {filter: `${ident.name} == ${ident.value}`, said: `follows echo ${ident.text ?? ident.value}, also where addresses are changed`};
	}

	const address = fields.some(({name}) => name === 'ip.src') ? 'ip.addr' : 'ipv6.addr';
	if (fields.some(({name}) => name === 'ip.src' || name === 'ipv6.src')) {
		return {
			filter: `${address} == ${source} && ${address} == ${destination}`,
			said: `${protocol} has no ports here: follows the two addresses, so not beyond NAT`,
		};
	}

	return undefined;
}

interface End {
	readonly address: string;
	readonly port: number;
}

function byPorts(view: View, protocol: 'tcp' | 'udp', [from, to]: readonly [End, End]): Followed {
	const [toOthers, fromOthers] = [otherPorts(view, protocol, to), otherPorts(view, protocol, from)];
	const [client, server, others] = toOthers.length === 0 && fromOthers.length > 0 ? [to, from, fromOthers] : [from, to, toOthers];
	const either = [server.port, ...others].map((port) => `${protocol}.port == ${port}`);
	return {
		filter: `${protocol}.port == ${client.port} && ${either.length === 1 ? (either[0] ?? '') : `(${either.join(' || ')})`}`,
		said:
			others.length === 0
				? `follows ports ${client.port} and ${server.port}, also where addresses are changed`
				: `follows port ${client.port} to ${server.port} and ${others.join(', ')}: a published port`,
	};
}

/** What an end's port is on the other side of the published port that it is of: in front of a container, or in it. */
function otherPorts({hosts}: View, protocol: 'tcp' | 'udp', {address, port}: End): readonly number[] {
	const others = hosts.flatMap(({nics, bridges, containers}) => {
		const isHost = [...nics, ...bridges].some((link) => isAddress(link, address));
		return containers.flatMap(({interfaces, published}) => {
			const isContainer = interfaces.some((wire) => isAddress(wire, address));
			return published
				.filter((one) => one.protocol === protocol)
				.flatMap((one) => (isHost && one.hostPort === port ? [one.port] : isContainer && one.port === port ? [one.hostPort] : []));
		});
	});
	return [...new Set(others.filter((other) => other !== port))];
}

function isAddress(link: {readonly address: string | undefined; readonly address6?: string}, address: string): boolean {
	return [link.address, link.address6].some((own) => own !== undefined && bare(own) === address);
}
