// Connections in words: ends, states, times, halves of calls through a docker-proxy.
import type {FlowTuple, ObservedFlow} from '../observed.ts';
import type {ProxiedHalf} from './proxied.ts';

/** "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1". */
export function endText(address: string, port: number | undefined): string {
	return port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

export function sourceText({src, sport}: FlowTuple): string {
	return endText(src, sport);
}

/** Of ICMP with what tells its messages apart. */
export function destinationText({dst, dport, icmp}: FlowTuple): string {
	return icmp === undefined ? endText(dst, dport) : `${dst} type ${icmp.type} id ${icmp.id}`;
}

/** Protocols without ports that labs meet (IANA's protocol numbers); of others the number. */
const protocolNames: Readonly<Record<number, string>> = {2: 'igmp', 47: 'gre', 50: 'esp', 132: 'sctp'};

export function protocolText(protocol: ObservedFlow['protocol']): string {
	return typeof protocol === 'number' ? (protocolNames[protocol] ?? String(protocol)) : protocol;
}

/** "ESTABLISHED assured", "SYN_SENT unreplied", "answered". */
export function stateText({state, hasReply, isAssured}: ObservedFlow): string {
	const status = isAssured ? 'assured' : hasReply ? (state === undefined ? 'answered' : '') : 'unreplied';
	return [state, status].filter((part) => part !== undefined && part !== '').join(' ');
}

/** A span in its two largest units: "4d 23h", "2m 5s", "59s". Negative: "0s". */
export function spanText(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	const units: readonly (readonly [string, number])[] = [
		['d', 86_400],
		['h', 3600],
		['m', 60],
		['s', 1],
	];
	const first = units.findIndex(([, size]) => whole >= size);
	const [[name, size] = ['s', 1], second] = units.slice(Math.max(0, first < 0 ? 3 : first));
	const rest = second === undefined ? 0 : Math.floor((whole % size) / second[1]);
	return `${Math.floor(whole / size)}${name}${rest === 0 ? '' : ` ${rest}${second?.[0] ?? ''}`}`;
}

/** What a half is of. */
export function halfText({half, is, end}: ProxiedHalf): string {
	const other = end === undefined ? '' : endText(end.address, end.port);
	switch (is) {
		case 'joined': {
			return half === 'client' ? `to docker-proxy, which goes on from ${other}` : `from docker-proxy, for ${other}`;
		}

		case 'gone': {
			return half === 'client' ? `to docker-proxy, which went on from ${other} (entry gone)` : `from docker-proxy, for ${other} (entry gone)`;
		}

		case 'waiting': {
			return 'to docker-proxy, which has not taken it up';
		}

		case 'unknown': {
			return 'to docker-proxy; its other half is not known: it is older than what the proxy remembers';
		}
	}
}

/** Mark and zone, where they are not 0. */
export function marksText({mark, zone}: ObservedFlow): string {
	return [mark === 0 ? '' : `mark 0x${mark.toString(16)}`, zone === 0 ? '' : `zone ${zone}`].filter((part) => part !== '').join(' ');
}
