// Values of options as iptables-save prints them: ports, TCP's flags, where NAT leads.
import {addressOf} from '../journey/nat.ts';
import type {Address} from '../journey/print.ts';

/** "80", "8000:8010"; with commas in between of several. undefined: it is something else. */
export function portsTest(text: string): ((port: number) => boolean) | undefined {
	const ranges = text.split(',').map((one) => /^(\d+)(?::(\d+))?$/.exec(one));
	const pairs = ranges.flatMap((found) => (found === null ? [] : [[Number(found[1]), Number(found[2] ?? found[1])] as const]));
	return pairs.length < ranges.length ? undefined : (port) => pairs.some(([from, to]) => from <= port && port <= to);
}

const flagBits: Readonly<Record<string, number>> = {FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ALL: 63, NONE: 0};

/** "FIN,SYN" as the bits of the header (RFC 9293 3.1); undefined: one of them is none. */
export function flagsOf(text: string): number | undefined {
	const bits = text.split(',').map((name) => flagBits[name]);
	return bits.includes(undefined) ? undefined : bits.reduce<number>((sum, bit) => sum | (bit ?? 0), 0);
}

/** "172.17.0.2:80", ":80", "[fd00::2]:80", "172.17.0.2"; undefined: a choice of several, or nothing of the kind. */
export function rewrittenTo(text: string): {readonly address: Address | undefined; readonly port: number | undefined} | undefined {
	const found = /^(?:\[(?<six>[\da-f:.]+)\]|(?<bare>[\da-f]*:[\da-f:.]*:[\da-f:.]*)|(?<four>[\d.]*))(?::(?<port>\d+))?$/i.exec(text)?.groups;
	if (found === undefined) {
		return undefined;
	}

	const name = found['six'] ?? found['bare'] ?? found['four'] ?? '';
	const to = name === '' ? undefined : addressOf(name);
	return name !== '' && to === undefined ? undefined : {address: to, port: found['port'] === undefined ? undefined : Number(found['port'])};
}
