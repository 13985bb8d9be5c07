// Filters on mutated frames: each says yes or no, by the frame's own bytes alone. VETHLAB_FUZZ_FRAMES=10000000 for the long run.
import test from 'ava';
import {matcherOf} from '../../../src/watch/filter/match.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {framesWanted, longRunMs, mutated, seeds, surrounded} from '../mutated.ts';
import {Random} from '../random.ts';

const wanted = framesWanted(50_000);
test.before((t) => {
	t.timeout(longRunMs(wanted));
});

const filters = [
	'ip.ttl < 64 && !(tcp.flags.syn == 1)',
	'dns.qry.name contains web || dns.a == 10.0.0.9',
	'tcp.options.mss_val > 1000 || tcp.options.sack_le != 1',
	'ip.addr == 10.0.0.1 || ipv6.addr == fd00::1 || arp.src.proto_ipv4 != 10.0.0.1',
	'vxlan.vni == 42 && (icmp || udp.port == 53)',
	'http.host contains h1 || dhcp.option.hostname == web || eth.addr == 02:00:00:00:00:01',
	'frame.len > 60 && icmpv6.nd.ns.target_address != fd00::2',
] as const;

test(`${wanted} mutated frames: filters do not throw, and see nothing beyond the frame`, async (t) => {
	const random = new Random(12);
	const from = await seeds();
	const matchers = filters.map((text) => ({text, passes: matcherOf(parseFilter(text)), yes: 0, no: 0}));
	const sighting = {number: 1, at: 'h1/eth0', direction: 'in', seconds: 1, nanoseconds: 0, comment: undefined} as const;
	const wrong: string[] = [];
	for (let count = 0; count < wanted && wrong.length < 5; count++) {
		const frame = mutated(random, random.pick(from), random.pick(from));
		const matcher = matchers[count % matchers.length];
		try {
			const said = matcher?.passes(frame, sighting);
			if (matcher !== undefined) {
				matcher[said === true ? 'yes' : 'no'] += 1;
			}

			if (count % 16 === 0 && [0, 0xc0].some((by) => matcher?.passes(surrounded(frame, by), sighting) !== said)) {
				wrong.push(`${matcher?.text}: depends on what is around it: ${frame.bytes.toString('hex')}`);
			}
		} catch (error) {
			wrong.push(`${matcher?.text}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}: ${frame.bytes.toString('hex')}`);
		}
	}

	t.deepEqual(wrong, []);
	t.deepEqual(
		matchers.filter(({yes, no}) => yes === 0 || no === 0).map(({text}) => text),
		[],
		'each passes some and not others',
	);
});
