// What is offered while a filter is typed.
import test from 'ava';
import {completionOf} from '../../../src/tui/packets/complete.ts';
import {valuesOf} from '../../../src/tui/packets/values.ts';
import {checkFilter} from '../../../src/watch/filter/parse.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {captured} from './capture.ts';

const store = new PacketStore({packets: 1000});
captured.forEach((packet) => store.append(packet));

/** "tcp.po_|": the cursor is at the bar with an underscore. */
function offered(text: string): readonly string[] {
	return completionOf({text: text.replace('_|', ''), cursor: text.indexOf('_|')}, (field) => valuesOf(store, field, Number.POSITIVE_INFINITY)).words;
}

const offers = test.macro({
	exec(t, text: string, ...first: readonly string[]) {
		t.deepEqual(offered(text).slice(0, Math.max(1, first.length)), first);
	},
	title: (_, text: string, ...first: readonly string[]) => `at ${JSON.stringify(text)} is offered first: ${first.join(' ') || 'nothing'}`,
});

test(offers, 'tcp.po_|', 'tcp.port');
test(offers, 'tcp.port_|');
test(offers, 'dstport_|', 'tcp.dstport', 'udp.dstport');
test(offers, '!(ar_|', 'arp');
test(offers, 'arp || ip.t_|', 'ip.ttl');
test(offers, 'ip.t_| || arp', 'ip.ttl');
test(offers, 'tcp.port _|', '==', '!=', '>');
test(offers, 'http.request.uri _|', '==', '!=', 'contains');
test(offers, 'arp _|', '&&', '||');
test(offers, 'tcp.port == 80 _|', '&&', '||');
test(offers, '(tcp.port == 80) _|', '&&', '||');
test(offers, 'tcp.flags.syn == _|', '0', '1');
test(offers, 'tcp.port == 8_|', '80', '8080', '81');
test(offers, 'arp && ip.src == 172.17._|', '172.17.0.3', '172.17.0.2');
test(offers, 'http.request.method == _|', 'GET');
test(offers, 'at _|', 'h1', 'office', 'h1/docker0');
test(offers, 'arp && at l_|', 'laptop', 'laptop/eth0');
test(offers, 'at web|cl_|', 'cli', 'cli/eth0');
test(offers, 'at web _|', '&&', '||');
test(offers, 'xyzzy_|');

test('every value that is offered makes a filter', (t) => {
	for (const field of ['ip.src', 'ip.ttl', 'eth.dst', 'http.response.code', 'http.request.version', 'tcp.flags.syn', 'arp.opcode']) {
		const words = offered(`${field} == _|`);
		t.true(words.length > 0, field);
		for (const word of words) {
			t.true('filter' in checkFilter(`${field} == ${word}`), `${field} == ${word}`);
		}
	}
});
