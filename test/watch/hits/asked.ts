// A packet at a hook, for tests of rules. No test is here.
import type {Asked} from '../../../src/watch/hits/asked.ts';
import {NodeGround} from '../../../src/watch/hits/nodes.ts';
import type {Packet} from '../../../src/watch/hits/packet.ts';
import {rulesetOf, type Ruleset} from '../../../src/watch/hits/ruleset.ts';
import type {Entry} from '../../../src/watch/hits/tracking.ts';
import {addressOf, turned, type Ends} from '../../../src/watch/journey/nat.ts';
import {protocols, type Address} from '../../../src/watch/journey/print.ts';
import {parseSave} from '../../../src/kernel/iptables/save.ts';

export function address(text: string): Address {
	const found = addressOf(text);
	if (found === undefined) {
		throw new Error(`no address: ${text}`);
	}

	return found;
}

/** "10.0.0.2:40000 > 10.0.0.3:80" */
export function ends(text: string, protocol: number = protocols.tcp): Ends {
	const [source, sourcePort, destination, destinationPort] = text.split(' > ').flatMap((end) => {
		const at = end.lastIndexOf(':');
		return [end.slice(0, at), end.slice(at + 1)];
	});
	return {
		protocol,
		source: address(source ?? ''),
		sourcePort: Number(sourcePort),
		destination: address(destination ?? ''),
		destinationPort: Number(destinationPort),
	};
}

export function packet(text: string, more: Partial<Packet> = {}): Packet {
	const own = ends(text, more.protocol);
	return {family: typeof own.source === 'number' ? 4 : 6, flags: 2, icmp: 0, ttl: 64, kind: 'unicast', quoted: undefined, mark: 0, ...own, ...more};
}

export function entry(orig: Ends, reply = turned(orig), more: Partial<Entry> = {}): Entry {
	const fresh = {hasReply: false, isConfirmed: false, isDestinationDone: false, isSourceDone: false, isGuess: false, closing: 0, expires: 0};
	return {...fresh, orig, reply, ...more};
}

export const ground = new NodeGround({
	addresses: ['172.17.0.1', '192.168.50.10', 'fd00::1', 'fe80::aa:bbcc'],
	routes: [
		{to: '172.17.0.0/16', dev: 'docker0', isDirect: true},
		{to: '192.168.50.0/24', dev: 'eth0', isDirect: true},
		{to: '0.0.0.0/0', dev: 'eth0', isDirect: false},
		{to: 'fd00::/64', dev: 'docker0', isDirect: true},
		{to: 'fd00::7', dev: 'eth0', isDirect: false},
	],
});

export function asked(one: Packet, more: Partial<Asked> = {}): Asked {
	return {
		packet: one,
		in: 'eth0',
		out: 'docker0',
		ports: {in: '', out: ''},
		isOwn: false,
		local: ground,
		tracked: {state: 'NEW', isReply: false, entry: entry(one)},
		isPast: false,
		...more,
	};
}

/** The rules that iptables-save would print of one table. */
export function rules(table: string, lines: readonly string[], family: 4 | 6 = 4): Ruleset {
	return rulesetOf(parseSave([`*${table}`, ...lines, 'COMMIT', ''].join('\n'), family));
}
