// Filters on captured frames: that ours lets through what libpcap's own machine does, and that no program hangs or throws.
import {spawnSync} from 'node:child_process';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import {compileFilter} from '../../../src/watch/bpf/compile.ts';
import {Bpf} from '../../../src/watch/bpf/match.ts';
import {PcapngWriter} from '../../../src/watch/files/index.ts';
import {needs} from '../../needs.ts';
import {goodFrames} from '../frames.ts';
import {Random} from '../random.ts';

const frames = goodFrames.filter(([, {linkType}]) => linkType === 1);

async function compiled(filter: string): Promise<Bpf> {
	const result = await compileFilter(filter);
	if ('said' in result) {
		throw new Error(result.said);
	}

	return new Bpf(result.program);
}

const filters = [
	'arp',
	'ip',
	'ip6',
	'not ip',
	'tcp',
	'udp port 53',
	'tcp port 80 or udp portrange 50-70',
	'host 10.0.0.1',
	'src host 10.0.0.1 and not dst net 10.0.0.0/30',
	'net 10.0.0.0/8 and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn',
	'icmp[icmptype] == icmp-echo or icmp6',
	'ether host 02:00:00:00:00:01 and ether broadcast',
	'ip multicast or ip6 multicast',
	'vlan 10',
	'vlan and arp',
	'less 60',
	'len > 100 or greater 1000',
	'ip[2:2] - 20 > 40 and ip[8] * 2 >= 128',
	'(ip[0] & 0xf) << 2 > 20',
	'ip6[40] % 7 == 2 or (ip[6:2] >> 13) ^ 2 == 0',
	'ip proto \\tcp and tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420',
	'len / 2 > 50 and -len < 0',
];

needs('tcpdump')('a filter lets through what tcpdump lets through', async (t) => {
	const writer = new PcapngWriter();
	const blocks = frames.flatMap(([name, {bytes, wireBytes}], index) =>
		writer.packet({
			point: {name: 'eth0', description: name, linkType: 1},
			seconds: index,
			nanoseconds: 0,
			bytes,
			wireBytes,
			direction: undefined,
			comment: undefined,
		}),
	);
	const file = Buffer.concat([writer.begin(), ...blocks]);
	// there may be one user only
	const env = {...process.env, LC_ALL: 'C', LD_PRELOAD: packageFile('native/build/one-user.so')};
	for (const filter of filters) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const bpf = await compiled(filter);
		const {stdout, stderr} = spawnSync('tcpdump', ['-r', '-', '-n', '-tt', '-Z', 'root', filter], {input: file, encoding: 'utf8', env});
		const passed = [...stdout.matchAll(/^(\d+)\.0+ /gm)].map(([, second]) => frames[Number(second)]?.[0]);
		t.deepEqual(
			frames.filter(([, {bytes, wireBytes}]) => bpf.matches(bytes, wireBytes)).map(([name]) => name),
			passed.filter((name) => name !== undefined),
			`${filter}: ${stderr}`,
		);
	}
});

test('some filters, and what they find', async (t) => {
	const found = async (filter: string): Promise<readonly string[]> => {
		const bpf = await compiled(filter);
		return frames.filter(([, {bytes, wireBytes}]) => bpf.matches(bytes, wireBytes)).map(([name]) => name);
	};
	t.deepEqual(await found('arp'), ['arp request', 'arp reply', 'arp announcement', 'arp probe']);
	t.deepEqual(await found('icmp[0] == 99'), []);
	t.is((await found('')).length, frames.length, 'none at all lets everything through');
});

test('what a filter reads beyond a frame that is cut lets nothing through', async (t) => {
	const bpf = await compiled('tcp port 80 or not tcp port 80');
	const cut = await compiled('ip[100] >= 0');
	const [, frame] = frames[0] ?? [];
	t.true(bpf.matches(frame?.bytes ?? Buffer.alloc(0), 60));
	t.false(cut.matches(Buffer.alloc(60), 60));
});

test('a filter that is none is told in the same words by every libpcap', async (t) => {
	t.deepEqual(await compileFilter('tcp port 80 and host'), {said: 'syntax error'});
});

test('any program ends, whatever the frame', (t) => {
	const random = new Random(7);
	for (let round = 0; round < 3000; round++) {
		const program = Buffer.from(Array.from({length: 8 * random.below(20)}, () => random.below(256)));
		const frame = Buffer.from(Array.from({length: random.below(80)}, () => random.below(256)));
		t.is(typeof new Bpf(program).matches(frame, frame.length), 'boolean');
	}
});
