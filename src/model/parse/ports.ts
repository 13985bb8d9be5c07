// Port mappings as people write them, for Compose's short form and `docker run -p`: "8080:80", "127.0.0.1:8080:80", "9000-9002:9000-9002", "53:53/udp", "80".
// Whether two mappings clash is asked in `publish.ts`.
import {port as toPort, type Port} from '../../base/units.ts';
import {canonical, isIPv4, isIPv6} from '../address.ts';
import type {Position, Protocol, Publish} from '../lab.ts';

/** Why a mapping is not one. */
export interface WrongPorts {
	readonly wrong: string;
	readonly hint?: string;
}

interface Range {
	readonly first: number;
	readonly last: number;
}

/** What a mapping says, before its ranges become single ports. */
export interface Mapping {
	readonly hostAddress: string | undefined;
	/** "8080", "9000-9002"; undefined or "0": any free port. */
	readonly published: string | undefined;
	readonly target: string;
	readonly protocol: string;
	/** As the file has it. */
	readonly text: string;
}

const mostPorts = 1024;
const look = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<v4>[\d.]+\.[\d.]+)):)?(?:(?<published>\d+(?:-\d+)?)?:)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>[a-z]+))?$/;

/** The ports of a short-form mapping, lowest first; undefined when it is none. `at`: where it stands. */
export function parsePublish(text: string, at: Position): readonly Publish[] | undefined {
	const ports = publishesOf(text, at);
	return 'wrong' in ports ? undefined : ports;
}

/** As `parsePublish`, but says what is wrong. */
export function publishesOf(text: string, at: Position): readonly Publish[] | WrongPorts {
	const groups = look.exec(text)?.groups;
	if (groups === undefined) {
		return {wrong: `"${text}" is not a port mapping like "8080:80", "127.0.0.1:8080:80" or "53:53/udp"`};
	}

	return expand(
		{
			hostAddress: groups['v6'] ?? groups['v4'],
			published: groups['published'],
			target: groups['target'] ?? '',
			protocol: groups['protocol'] ?? 'tcp',
			text,
		},
		at,
	);
}

/**
 * One Publish for each container port. A host range as long as the container's pairs up with it; a host range for one container port
 * offers its first free port (docker/go-connections, nat.ParsePortSpec).
 */
export function expand({hostAddress, published, target, protocol, text}: Mapping, at: Position): readonly Publish[] | WrongPorts {
	if (!isProtocol(protocol)) {
		return {wrong: protocol === 'sctp' ? 'sctp is not built yet in this version' : `"${protocol}" is not one of tcp, udp`};
	}

	if (hostAddress !== undefined && !isIPv4(hostAddress) && !isIPv6(hostAddress)) {
		return {wrong: `"${hostAddress}" is not an address of a host`, hint: 'write it like 127.0.0.1:8080:80 or [::1]:8080:80'};
	}

	const inside = range(target);
	const outside = published === undefined || published === '0' ? undefined : range(published);
	if ('wrong' in inside) {
		return inside;
	}

	if (outside !== undefined && 'wrong' in outside) {
		return outside;
	}

	const length = inside.last - inside.first + 1;
	if (length > mostPorts) {
		return {wrong: `${target} is ${length} ports; one mapping may publish ${mostPorts}`};
	}

	if (outside !== undefined && length > 1 && outside.last - outside.first + 1 !== length) {
		return {
			wrong: `the ranges ${published} and ${target} are not of the same length`,
			hint: `Docker: "invalid ranges specified for container and host Ports: ${target} and ${published}"`,
		};
	}

	return Array.from({length}, (_, index) => {
		const hostPorts = outside === undefined ? undefined : length > 1 ? {first: outside.first + index, last: outside.first + index} : outside;
		return {
			protocol,
			hostAddress: hostAddress && canonical(hostAddress),
			hostPorts: hostPorts && {first: sure(hostPorts.first), last: sure(hostPorts.last)},
			port: sure(inside.first + index),
			text,
			at,
		};
	});
}

function range(text: string): Range | WrongPorts {
	const [first = 0, last = first] = text.split('-').map(Number);
	const outside = [first, last].find((each) => toPort(each) === undefined);
	if (outside !== undefined) {
		return {wrong: `${outside} is not a port from 1 to 65535`};
	}

	return first > last ? {wrong: `the range ${text} ends before it starts`} : {first, last};
}

function isProtocol(word: string): word is Protocol {
	return word === 'tcp' || word === 'udp';
}

function sure(value: number): Port {
	const made = toPort(value);
	if (made === undefined) {
		throw new Error(`not a port, though it was checked: ${value}`);
	}

	return made;
}
