// Rules in words: all that real engines were seen to make, as reviewed in test/golden/explain (UPDATE=1 writes them anew), what people add by hand,
// and what is not known, which has no words rather than wrong ones.
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import process from 'node:process';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {explainRule} from '../../src/explain/rule.ts';
import {factsOf} from '../drivers/facts.ts';

const golden = packageFile('test/golden/explain');

interface Line {
	readonly table: string;
	readonly chain: string;
	readonly text: string;
}

/** Each rule of every situation of an engine once, and the chains of its table. */
function rulesOfEngine(engine: string): {readonly lines: readonly Line[]; readonly chains: ReadonlySet<string>} {
	const lines = new Map<string, Line>();
	const chains = new Set<string>();
	for (const file of readdirSync(packageFile(`test/fixtures/docker/${engine}`))) {
		const facts = factsOf(engine, file.replace(/\.txt$/, ''));
		facts.chains.forEach((line) => chains.add(line.split(' ')[2]?.slice(1) ?? ''));
		for (const [key, texts] of facts.rules) {
			const [, table = '', chain = ''] = key.split(' ');
			texts.forEach((text) => lines.set(`${table} ${chain} ${text}`, {table, chain, text}));
		}
	}

	return {lines: [...lines.values()], chains};
}

const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
const names = (text: string) => ({'172.17.0.2': 'web'})[text];

function explained({chain, text}: Line, chains: ReadonlySet<string>): string {
	const words = explainRule({text}, {isChain: (name) => chains.has(name), policy: builtIn.has(chain) ? 'ACCEPT' : undefined, names});
	return words === undefined ? 'NOT KNOWN' : `${words.action}: ${words.packets}`;
}

for (const engine of readdirSync(packageFile('test/fixtures/docker'))) {
	test(`every rule that Docker ${engine} was seen to make has its words, as reviewed`, (t) => {
		const {lines, chains} = rulesOfEngine(engine);
		t.true(lines.length > 100);
		const text = lines.map((line) => `${line.table} ${line.chain} ${line.text}\n    ${explained(line, chains)}\n`).join('');
		const path = join(golden, `docker-${engine}.txt`);
		if (process.env['UPDATE'] === '1') {
			mkdirSync(dirname(path), {recursive: true});
			writeFileSync(path, text);
		}

		t.is(text, readFileSync(path, 'utf8'));
		t.false(text.includes('NOT KNOWN'));
	});
}

const says = test.macro({
	exec(t, text: string, words: string | undefined) {
		const told = explained({table: 'filter', chain: 'OWN', text}, new Set(['OWN', 'LOG-AND-DROP']));
		t.is(told === 'NOT KNOWN' ? undefined : told, words);
	},
	title: (_, text: string, words: string | undefined) => (words === undefined ? `${JSON.stringify(text)} has no words` : `${JSON.stringify(text)}: ${words}`),
});

// what people add
test(says, '', 'count: all packets');
test(says, '-p tcp -m tcp --dport 8080 -j DROP', 'drop: tcp to port 8080');
test(says, '-p tcp -m tcp ! --dport 22 -j DROP', 'drop: tcp to any port but 22');
test(says, '-p tcp -m tcp --sport 1024:65535 --dport 80 -j ACCEPT', 'accept: tcp from ports 1024-65535 to port 80');
test(says, '-p tcp -m multiport --dports 80,443,8000:8010 -j ACCEPT', 'accept: tcp to ports 80, 443, 8000-8010');
test(says, '! -s 10.0.0.0/8 -d 172.17.0.2/32 -p udp -m udp --dport 53 -j ACCEPT', 'accept: udp from any but 10.0.0.0/8 to 172.17.0.2 (web) port 53');
test(says, '! -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DROP', 'drop: tcp to port 80 of any but 10.0.0.1');
test(says, '-s fd00:77::2/128 -j ACCEPT', 'accept: packets from fd00:77::2');
test(says, '! -p tcp -j DROP', 'drop: packets that are not tcp');
test(says, '-i eth+ -j DROP', 'drop: packets in by eth*');
test(says, '-m conntrack --ctstate NEW -j LOG-AND-DROP', 'go to LOG-AND-DROP: packets that begin a connection');
test(says, '-m state --state INVALID,NEW -g LOG-AND-DROP', 'go to LOG-AND-DROP, not back: packets that fit no connection or that begin a connection');
test(
	says,
	'-i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
	"drop: tcp in by eth0, of connections opened to port 8080, in the opener's direction",
);
test(says, '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT --reject-with tcp-reset', 'refuse with tcp-reset: tcp that ask for a connection (SYN)');
test(says, '-p icmp -m icmp --icmp-type 8 -m limit --limit 5/sec -j ACCEPT', 'accept: icmp echo requests, as long as there are no more than 5/sec');
test(says, '-m comment --comment "a \\"good\\" -j reason" -j ACCEPT', 'accept: all packets, "a "good" -j reason"');
test(says, '-s 10.0.0.1/32 -m comment --comment -j -j DROP', 'drop: packets from 10.0.0.1, "-j"');
test(says, '-m mark --mark 0x1 -j MARK --set-xmark 0x2/0xffffffff', 'mark 0x2: packets marked 0x1');
test(says, '-j LOG --log-prefix "dropped: "', 'log as "dropped:": all packets');
test(says, '-p tcp -j DNAT --to-destination [fd00::2]:80', 'destination becomes [fd00::2]:80: tcp');
test(says, '-p tcp -j DNAT --to-destination 172.17.0.2', 'destination becomes 172.17.0.2 (web): tcp');
test(says, '-p tcp -j DNAT --to-destination fd00::2', 'destination becomes fd00::2: tcp');
test(says, '-j SNAT --to-source 10.0.0.1-10.0.0.9 --random', 'source becomes 10.0.0.1-10.0.0.9, a port by chance: all packets');
test(says, '-p tcp -j MASQUERADE --to-ports 1024-2048', 'source becomes the address of the way out, with port 1024-2048: tcp');
test(says, '-p tcp -j REDIRECT --to-ports 3128', 'destination becomes this host, port 3128: tcp');
test(says, '-j RETURN', 'go back: all packets');

// what is not known, wholly or in part
test(says, '-m u32 --u32 "0x0>>0x16&0x3c@0xc>>0x8=0x1001" -j DROP', undefined);
test(says, '-p tcp -m hashlimit --hashlimit-upto 5/sec --hashlimit-name x -j ACCEPT', undefined);
test(says, '-m conntrack --ctstate NEW --ctexpire 10 -j DROP', undefined);
test(says, '-m conntrack ! --ctstate NEW -j DROP', undefined);
test(says, '-m conntrack --ctstate NEW,FUTURE -j DROP', undefined);
test(says, '-m socket -j ACCEPT', undefined);
test(says, '-f -j DROP', undefined);
test(says, '-p tcp -m tcp --tcp-flags ALL NONE -j DROP', undefined);
test(says, '-j NFQUEUE --queue-num 3', undefined);
test(says, '-j MARK --set-xmark 0x2/0xff', undefined);
test(says, '-j DNAT --to-destination 10.0.0.1 --future', undefined);
test(says, '-j DNAT', undefined);
test(says, '-j GONE', undefined);
test(says, '-p tcp -m tcp --dport 80 -m multiport --dports 81,82 -j DROP', undefined);
test(says, '-m comment --comment "no end -j DROP', undefined);
test(says, '-i', undefined);
test(says, '! -j DROP', undefined);
