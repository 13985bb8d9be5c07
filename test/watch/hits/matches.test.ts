import test from 'ava';
import {cut} from '../../../src/explain/tokens.ts';
import {testOf, valuesOf, type Asked} from '../../../src/watch/hits/matches.ts';
import {rewrittenTo} from '../../../src/watch/hits/values.ts';
import {addressOf, turned} from '../../../src/watch/journey/nat.ts';
import {protocols} from '../../../src/watch/journey/print.ts';
import {asked, ends, entry, packet} from './asked.ts';

/** undefined: it cannot be judged. */
function holds(options: string, one: Asked): boolean | undefined {
	return testOf(cut(options, valuesOf)?.options ?? [{module: 'none', name: '--none', isNot: false, values: []}])?.(one);
}

const syn = asked(packet('192.168.50.12:40000 > 172.17.0.2:80'));
const dnatted = asked(packet('192.168.50.12:40000 > 172.17.0.2:80', {flags: 16}), {
	tracked: {
		state: 'ESTABLISHED',
		isReply: false,
		entry: entry(ends('192.168.50.12:40000 > 192.168.50.10:8080'), turned(ends('192.168.50.12:40000 > 172.17.0.2:80'))),
	},
});
const ping = asked(packet('172.17.0.2:7 > 192.168.50.12:7', {protocol: protocols.icmp, icmp: 8 << 8, flags: 0}), {in: 'docker0', out: 'eth0'});
const unreachable = asked(packet('172.17.0.2:0 > 172.17.0.1:0', {protocol: protocols.icmp, icmp: (3 << 8) | 4, flags: 0}), {in: 'docker0', out: ''});
const all = asked(packet('172.17.0.2:68 > 172.17.255.255:67', {protocol: protocols.udp, kind: 'broadcast'}), {in: 'docker0', out: ''});
const six = asked(packet('fd00::2:40000 > fd00::1:80'));

const rows: readonly (readonly [options: string, one: Asked, is: boolean | undefined])[] = [
	['', syn, true],
	['-p tcp', syn, true],
	['-p udp', syn, false],
	['! -p udp', syn, true],
	['-p all', ping, true],
	['-p 6', syn, true],
	['-p nothing', syn, undefined],
	['-s 192.168.50.0/24 -d 172.17.0.2/32', syn, true],
	['! -s 192.168.50.0/24', syn, false],
	['-s 0.0.0.0/0', syn, true],
	['-s 192.0.50.12/255.0.255.255', syn, true],
	['-d 172.17.0.3', syn, false],
	['-s fd00::/64 -d fd00::1/128', six, true],
	['-s fd00:0:0:1::/64', six, false],
	['-s 10.0.0.0/8', six, false],
	['-i eth0 -o docker0', syn, true],
	['! -i docker0', syn, true],
	['-i eth+ ! -o br-+', syn, true],
	['-i eth', syn, false],
	// what has come in by no interface
	['! -i docker0', {...syn, in: ''}, true],
	['-p tcp -m tcp --dport 80', syn, true],
	['-p tcp -m tcp --dport 79:81 ! --sport 1:1023', syn, true],
	['-p tcp -m tcp ! --dport 80', syn, false],
	['-p tcp -m multiport --dports 22,80,8000:8010', syn, true],
	['-p tcp -m multiport --sports 80', syn, false],
	['-p tcp -m multiport --ports 80', syn, true],
	['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', syn, true],
	['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', dnatted, false],
	['-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE', syn, false],
	['-m conntrack --ctstate NEW,ESTABLISHED', syn, true],
	['-m conntrack ! --ctstate NEW', syn, false],
	['-m conntrack --ctstate DNAT', dnatted, true],
	['-m conntrack --ctstate SNAT', dnatted, false],
	['-m conntrack --ctstate DNAT', syn, false],
	['-m state --state RELATED', dnatted, false],
	['-m conntrack --ctorigdstport 8080 --ctorigdst 192.168.50.10 --ctdir ORIGINAL', dnatted, true],
	['-m conntrack --ctreplsrc 172.17.0.2 --ctreplsrcport 80', dnatted, true],
	['-m conntrack --ctdir REPLY', dnatted, false],
	['-m conntrack --ctproto 6', dnatted, true],
	// of what was not seen to begin nobody knows where it went first
	[
		'-m conntrack --ctorigdstport 8080',
		asked(dnatted.packet, {tracked: {state: 'ESTABLISHED', isReply: false, entry: entry(dnatted.packet, undefined, {isGuess: true})}}),
		undefined,
	],
	[
		'! -p tcp -m conntrack --ctorigdstport 8080',
		asked(dnatted.packet, {tracked: {state: 'ESTABLISHED', isReply: false, entry: entry(dnatted.packet, undefined, {isGuess: true})}}),
		false,
	],
	['-m conntrack --ctstatus ASSURED', syn, undefined],
	['-m addrtype --dst-type LOCAL', unreachable, true],
	['-m addrtype ! --dst-type LOCAL', syn, true],
	['-m addrtype --dst-type BROADCAST,MULTICAST', all, true],
	['-m addrtype --dst-type UNICAST', all, false],
	['-m addrtype --src-type UNICAST', all, true],
	['-m addrtype --dst-type BLACKHOLE', all, undefined],
	['-p icmp -m icmp --icmp-type 8', ping, true],
	['-p icmp -m icmp --icmp-type 3/4', unreachable, true],
	['-p icmp -m icmp --icmp-type 3/3', unreachable, false],
	['-p icmp -m icmp --icmp-type any', ping, true],
	['-m comment --comment "it\'s \\"mine\\""', syn, true],
	['-m mark --mark 0x1/0xff', asked(packet('10.0.0.1:1 > 10.0.0.2:2', {mark: 0x1_01})), true],
	['-m mark ! --mark 0x1', syn, true],
	['-m iprange --src-range 192.168.50.1-192.168.50.20', syn, true],
	['-m iprange ! --dst-range 172.17.0.0-172.17.0.9', syn, false],
	['-m pkttype --pkt-type broadcast', all, true],
	// nobody can tell afterwards
	['-m limit --limit 5/min', syn, undefined],
	['-m recent --rcheck', syn, undefined],
	['-m owner --uid-owner 0', syn, undefined],
	['-f', syn, undefined],
];

for (const [index, [options, one, is]] of rows.entries()) {
	test(`${index}: ${options === '' ? 'no options' : options}: ${is}`, (t) => {
		t.is(holds(options, one), is);
	});
}

test('where NAT leads', (t) => {
	t.deepEqual(rewrittenTo('172.17.0.2:80'), {address: addressOf('172.17.0.2'), port: 80});
	t.deepEqual(rewrittenTo('172.17.0.2'), {address: addressOf('172.17.0.2'), port: undefined});
	t.deepEqual(rewrittenTo(':80'), {address: undefined, port: 80});
	t.deepEqual(rewrittenTo('[fd00::2]:80'), {address: addressOf('fd00::2'), port: 80});
	t.deepEqual(rewrittenTo('fd00::2'), {address: addressOf('fd00::2'), port: undefined});
	t.is(rewrittenTo('10.0.0.1-10.0.0.9'), undefined);
	t.is(rewrittenTo('10.0.0.1:80-90'), undefined);
});
