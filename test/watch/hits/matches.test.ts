import test from 'ava';
import {cut} from '../../../src/explain/tokens.ts';
import type {Asked} from '../../../src/watch/hits/asked.ts';
import {testOf, untoldOf, valuesOf} from '../../../src/watch/hits/matches.ts';
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
const bridged = asked(packet('172.17.0.2:40000 > 172.17.0.3:80'), {in: 'docker0', out: 'docker0', ports: {in: 'vethweb', out: 'vethcli'}});
const lostInBridge = asked(bridged.packet, {...bridged, ports: {in: 'vethweb', out: undefined}});
const fromPort = asked(packet('172.17.0.2:40000 > 192.168.50.12:80'), {in: 'docker0', ports: {in: 'vethweb', out: ''}});
const own = asked(packet('172.17.0.1:40000 > 172.17.0.2:80'), {in: '', out: 'docker0', isOwn: true});
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
	['-m limit --limit 5/min --limit-burst 7', syn, undefined],
	['-m recent --rcheck --seconds 9 --hitcount 3 --rttl --name x --mask 255.255.255.255 --rsource', syn, undefined],
	['-m recent ! --rcheck --name x --mask 255.255.255.255 --rdest', syn, undefined],
	['-m recent --update --seconds 60 --reap --name x --mask 255.255.255.255 --rsource', syn, undefined],
	['-m recent --remove --name x --mask 255.255.255.255 --rsource', syn, undefined],
	['-m set --match-set bad src,dst', syn, undefined],
	['-m set ! --match-set bad src', syn, undefined],
	['-m owner --uid-owner 0', own, undefined],
	['-m owner ! --gid-owner 0-5 --suppl-groups', own, undefined],
	['-m owner --socket-exists', own, undefined],
	['-f', syn, undefined],
	// but that it is not of the other things which the rule asks for
	['-p udp -m limit --limit 5/min', syn, false],
	['-m limit --limit 5/min -m set --match-set bad src -s 10.0.0.0/8', syn, false],
	// what is put into a list is any packet
	['-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource', syn, true],
	['-m recent ! --set --name DEFAULT --mask 255.255.255.255 --rsource', syn, false],
	// of what is sent on no process of this host is the owner
	['-m owner --uid-owner 0', syn, false],
	['-m owner ! --uid-owner 0', syn, true],
	['-m owner --socket-exists', syn, false],
	['-m physdev --physdev-in vethweb --physdev-out veth+', bridged, true],
	['-m physdev --physdev-in vethcli', bridged, false],
	['-m physdev ! --physdev-in vethcli', bridged, true],
	['-m physdev ! --physdev-out vethcli', bridged, false],
	['-m physdev --physdev-is-in --physdev-is-out --physdev-is-bridged', bridged, true],
	['-m physdev ! --physdev-is-bridged', bridged, false],
	['-m physdev --physdev-out vethcli', lostInBridge, undefined],
	['-m physdev ! --physdev-out vethcli', lostInBridge, undefined],
	['-m physdev --physdev-is-bridged', lostInBridge, true],
	['-m physdev --physdev-in veth+', fromPort, true],
	['-m physdev --physdev-is-bridged', fromPort, false],
	// it goes out by none: neither by that port nor by another
	['-m physdev --physdev-out vethcli', fromPort, false],
	['-m physdev ! --physdev-out vethcli', fromPort, false],
	// no bridge's port: only what is turned round fits
	['-m physdev --physdev-in +', syn, false],
	['-m physdev ! --physdev-in vethweb', syn, true],
	['-m physdev ! --physdev-out vethweb', syn, true],
	['-m physdev --physdev-is-in', own, false],
	['-m physdev ! --physdev-is-out', own, true],
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

test('what would have to be known of packets that cannot be judged', (t) => {
	const untold = (options: string): string | undefined => untoldOf(cut(options, valuesOf)?.options ?? []);
	t.is(untold('-p tcp -m limit --limit 5/min'), 'how many had come just before');
	t.is(untold('-m owner --uid-owner 0'), 'whose process sent it');
	t.is(untold('-m set --match-set bad src'), 'what was in the set (ipset)');
	t.is(untold('-m recent --rcheck'), 'whether its address was in the list of "recent"');
	t.is(untold('-m recent --set'), undefined);
	t.is(untold('-p tcp -m tcp --dport 80'), undefined);
});
