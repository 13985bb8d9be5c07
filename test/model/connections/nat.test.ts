import test from 'ava';
import {natOf, natRules, type NatFacts} from '../../../src/model/connections/nat.ts';
import {flowOf} from './flows.ts';

const done = (commands: readonly string[]) => commands.map((command, index) => ({command: `iptables -t nat ${command}`, why: `why ${index}`}));

/** As engine 28 makes them for -p 8080:80, without docker-proxy, and what a container with the name server has. */
const rules = natRules(
	done([
		'-N DOCKER',
		'-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
		'-I POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
		'-I POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE',
		'-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
		'-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE',
		'-A POSTROUTING -s 10.9.0.0/24 -j SNAT --to-source 192.168.50.10',
		'-A PREROUTING -p tcp -m tcp --dport 2222 -m time --timestart 08:00 -j DNAT --to-destination 172.17.0.3:22',
		// typed by hand
		'-A PREROUTING -i eth0 -p tcp -m multiport --dports 7070,7100:7110 -m comment --comment "to web" -j DNAT --to-destination 172.17.0.2:80 --random',
		'-A PREROUTING -i eth+ -p tcp -m tcp --dport 7071 -j REDIRECT --to-ports 9090',
		'-A PREROUTING -i eth1 -p tcp -m tcp --dport 7072 -j REDIRECT --to-ports 9090',
	]),
);

const facts: NatFacts = {
	bridges: [{dev: 'docker0', subnets: ['172.17.0.0/16']}],
	nics: [{dev: 'eth0', subnets: ['192.168.50.0/24']}],
	local: new Set(['172.17.0.1', '192.168.50.10']),
	published: [{protocol: 'tcp', hostPort: 8080, container: 'web', addresses: ['172.17.0.2'], port: 80}],
	rules,
};

const says = test.macro({
	exec(t, [orig, reply]: readonly [orig: string, reply?: string], words: string, made: readonly string[]) {
		const nat = natOf(flowOf(1, orig, reply), facts);
		t.is(nat.words, words);
		t.deepEqual(
			nat.rules.map(({why}) => why),
			made,
		);
	},
	title: (_title, [orig, reply]: readonly [orig: string, reply?: string], words: string) => `${orig}, answered ${reply ?? 'as it is'}: ${words}`,
});

test(says, ['172.17.0.3:4000 > 172.17.0.2:80'], 'none', []);
test(says, ['172.17.0.3:4000 > 192.168.50.12:80', '192.168.50.12:80 > 192.168.50.10:4000'], 'masquerade', ['why 2']);
test(says, ['10.9.0.3:4000 > 192.168.50.12:80', '192.168.50.12:80 > 192.168.50.10:4000'], 'SNAT', ['why 6']);
test(says, ['10.8.0.3:4000 > 192.168.50.12:80', '192.168.50.12:80 > 192.168.50.10:4000'], 'SNAT', []);
test(says, ['192.168.50.12:4000 > 192.168.50.10:8080', '172.17.0.2:80 > 192.168.50.12:4000'], 'published port', ['why 4']);
test(says, ['192.168.50.12:4000 > 192.168.50.10:9090', '172.17.0.2:80 > 192.168.50.12:4000'], 'DNAT', []);
// a container that asks itself, and its neighbour, through the host
test(says, ['172.17.0.2:4000 > 192.168.50.10:8080', '172.17.0.2:80 > 172.17.0.1:4000'], 'hairpin', ['why 4', 'why 5']);
test(says, ['127.0.0.1:4000 > 127.0.0.1:8080', '172.17.0.2:80 > 172.17.0.1:4000'], 'published port, masquerade', ['why 4', 'why 3']);
// what the entry does not tell makes a rule no explanation
test(says, ['192.168.50.12:4000 > 192.168.50.10:2222', '172.17.0.3:22 > 192.168.50.12:4000'], 'DNAT', []);

test(says, ['192.168.50.12:4000 > 192.168.50.10:7105', '172.17.0.2:80 > 192.168.50.12:4000'], 'DNAT', ['why 8']);
test(says, ['192.168.50.12:4000 > 192.168.50.10:7071', '192.168.50.10:9090 > 192.168.50.12:4000'], 'redirect', ['why 9']);
// by another interface, and from where nobody knows
test(says, ['192.168.50.12:4000 > 192.168.50.10:7072', '192.168.50.10:9090 > 192.168.50.12:4000'], 'DNAT', []);
test(says, ['10.9.9.9:4000 > 192.168.50.10:7105', '172.17.0.2:80 > 10.9.9.9:4000'], 'DNAT', []);

test('rules are in the order in which packets meet them, without those that were deleted', (t) => {
	const texts = (commands: readonly string[]) => natRules(done(commands)).map(({command}) => command.replace('iptables -t nat ', ''));
	t.deepEqual(texts(['-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE', '-I POSTROUTING -s 10.1.0.0/16 -j MASQUERADE']), [
		'-I POSTROUTING -s 10.1.0.0/16 -j MASQUERADE',
		'-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE',
	]);
	const twice = ['-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE', '-I POSTROUTING -s 10.0.0.0/8 -j MASQUERADE'];
	t.deepEqual(texts([...twice, '-D POSTROUTING -s 10.0.0.0/8 -j MASQUERADE']), ['-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE']);
	t.deepEqual(texts([...twice, '-D POSTROUTING -s 10.0.0.0/8 -j MASQUERADE', '-D POSTROUTING -s 10.0.0.0/8 -j MASQUERADE']), []);
	t.deepEqual(texts(['-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE', '-D POSTROUTING -s 10.2.0.0/16 -j MASQUERADE']).length, 1);
});

test('IPv6 ends stand in brackets in a rule', (t) => {
	const v6 = {
		...facts,
		rules: natRules([{command: 'ip6tables -t nat -A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00::2]:80', why: 'six'}]),
	};
	const {rules: made} = natOf(flowOf(1, '[fd01::9]:4000 > [fd01::1]:8080', '[fd00::2]:80 > [fd01::9]:4000'), v6);
	t.deepEqual(
		made.map(({why}) => why),
		['six'],
	);
});
