// vethlab capture --journeys: the ways of packets whose way is known.
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {needs} from '../needs.ts';
import {begun} from './capturing.ts';
import {type Printed, journeysOf, orphans, way} from './journeys.ts';
import {endsWith, eventually, isAnswered, type Lab, Sandbox, scenario} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const yaml = `vethlab: 1
lans:
  office: {subnet: 192.168.50.0/24}
  far: {subnet: 192.168.60.0/24, mtu: 1400}
hosts:
  h1: {gateway: 192.168.50.1, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  laptop: {docker: false, gateway: 192.168.50.1, nics: {eth0: {lan: office, ip: 192.168.50.12/24}}, serve: [{udp: {port: 7, echo: true}}]}
  gw: {docker: false, sysctls: {net.ipv4.ip_forward: 1}, nics: {eth0: {lan: office, ip: 192.168.50.1/24}, eth1: {lan: far, ip: 192.168.60.1/24}}}
  server: {docker: false, gateway: 192.168.60.1, nics: {eth0: {lan: far, ip: 192.168.60.2/24}}}
services:
  web: {host: h1, network_mode: bridge, serve: [{http: {port: 80, echo: peer}}, {udp: {port: 7, echo: true}}], ports: ["8080:80", "7000:7/udp"]}
  cli: {host: h1, network_mode: bridge, image: lab/tools}
`;

const ping = async ({client}: Lab, from: string, to: string, size?: number) =>
	client.call('probe', {kind: 'ping', from, to, count: 1, size, df: false, timeoutMs: 20_000});
const http = async ({client}: Lab, from: string, url: string, timeoutMs = 20_000) => client.call('probe', {kind: 'http', from, url, timeoutMs});

function only(journeys: readonly Printed[], info: RegExp): Printed {
	const found = journeys.find((journey) => info.test(journey.info));
	if (found === undefined) {
		throw new Error(`no packet says ${String(info)}`);
	}

	return found;
}

needs('capture', 'crun').serial('in by a published port, out by masquerading, and by docker-proxy', async (t) => {
	const lab = await sandbox.up(scenario('bridge-publish'), 'ways');
	const published = await journeysOf(t, {sandbox, lab, words: ['tcp']}, async () => http(lab, 'laptop', 'http://192.168.50.10:8080/'));
	t.is(
		way(only(published, /^\[SYN\]/)),
		'laptop/eth0 out > office/laptop-eth0 in > office/h1-eth0 out > h1/eth0 in > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0 out > h1/veth out > web/eth0 in',
	);
	t.is(
		way(only(published, /^\[SYN, ACK\]/)),
		'web/eth0 out > h1/veth in > h1/docker0 in > [un-DNAT 172.17.0.2:80 -> 192.168.50.10:8080] h1/eth0 out > office/h1-eth0 in > office/laptop-eth0 out > laptop/eth0 in',
	);
	t.true(published.every(({end}) => end === 'reached'));

	const out = await journeysOf(t, {sandbox, lab, words: ['tcp']}, async () => http(lab, 'cli', 'http://192.168.50.12/'));
	const syn = only(out, /^\[SYN\]/);
	t.regex(
		way(syn),
		/^cli\/eth0 out > h1\/veth in > h1\/docker0 in > \[SNAT 172\.17\.0\.3:(\d+) -> 192\.168\.50\.10:\1\] h1\/eth0 out > .* > laptop\/eth0 in$/,
	);
	t.deepEqual(
		syn.hops.flatMap(({changes}) => changes.filter(({what}) => what === 'TTL').map(({text}) => text)),
		['64 -> 63'],
	);
	t.regex(way(only(out, /^\[SYN, ACK\]/)), /\[un-SNAT 192\.168\.50\.10:(\d+) -> 172\.17\.0\.3:\1\] h1\/docker0 out/);

	const proxied = await journeysOf(t, {sandbox, lab, words: ['tcp']}, async () => http(lab, 'h1', 'http://127.0.0.1:8080/'));
	const syns = proxied.filter(({info}) => info.startsWith('[SYN]'));
	t.deepEqual(
		syns.map((one) => way(one)),
		['h1/lo in', 'h1/docker0 out > h1/veth out > web/eth0 in'],
	);
	const [taken, made] = syns.map(({source, sourcePort, destination, destinationPort}) => `${source}:${sourcePort} > ${destination}:${destinationPort}`);
	t.deepEqual(
		syns.map((one) => one.proxied),
		[
			{node: 'h1', other: made ?? '', among: 1},
			{node: 'h1', other: taken ?? '', among: 1},
		],
	);
	t.true(
		proxied.every(({proxied: pair}) => pair?.node === 'h1'),
		'data, too',
	);
	lab.client.close();
});

needs('capture', 'crun').serial('a filter is passed anywhere on the way, and what has no meaning is refused', async (t) => {
	const lab = await sandbox.up(yaml, 'filters');
	const journeys = await journeysOf(t, {sandbox, lab, words: ['tcp.dstport == 80 && ip.src == 192.168.50.12']}, async () =>
		http(lab, 'laptop', 'http://192.168.50.10:8080/'),
	);
	t.true(journeys.length > 2);
	t.true(journeys.every(({destinationPort, hops}) => destinationPort === 8080 && hops.length === 7));
	const few = await journeysOf(t, {sandbox, lab, words: ['-c', '2', 'tcp']}, async () => http(lab, 'laptop', 'http://192.168.50.10:8080/'));
	t.is(few.length, 2);
	for (const [args, said] of [
		[['tcp prot 80'], /E_ARGUMENT/],
		[['-w', 'x.pcapng'], /-w writes packets as they were seen.*\[E_ARGUMENT\]/],
		[['-x'], /-x shows the bytes.*\[E_ARGUMENT\]/],
	] as const) {
		// oxlint-disable-next-line no-await-in-loop -- a machine has only so many cores
		const {exit, stderr} = await lab.vethlab('capture', '-j', ...args);
		t.is(exit, 2, stderr);
		t.regex(stderr, said);
	}

	lab.client.close();
});

needs('capture', 'crun').serial('of a file: the same ways, as far as the lab still runs that it was captured in', async (t) => {
	const lab = await sandbox.up(yaml, 'files');
	const file = join(sandbox.folder, 'ways.pcapng');
	const writing = await begun(t, {sandbox, lab}, '-w', file);
	await http(lab, 'laptop', 'http://192.168.50.10:8080/');
	await ping(lab, 'cli', '192.168.50.12');
	t.is(await writing.end(), 0, writing.said.stderr);
	const ofFile = async (...words: readonly string[]): Promise<readonly Printed[]> => {
		const {stdout, stderr, exit} = await lab.vethlab('capture', '--json', '-j', '-r', file, ...words);
		t.is(exit, 0, stderr);
		return stdout
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as Printed);
	};
	const all = await ofFile();
	t.is(
		way(only(all, /^\[SYN\]/)),
		'laptop/eth0 out > office/laptop-eth0 in > office/h1-eth0 out > h1/eth0 in > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0 out > h1/veth out > web/eth0 in',
	);
	t.regex(way(only(all, /^Echo \(ping\) reply/)), /\[un-SNAT 192\.168\.50\.10 -> 172\.17\.0\.3\] h1\/docker0 out > h1\/veth out > cli\/eth0 in$/);
	t.deepEqual(
		(await ofFile('icmp')).map(({end}) => end),
		['reached', 'reached'],
	);
	t.is((await ofFile('-c', '3')).length, 3);
	for (const [args, said] of [
		[['-r', '-'], /standard input can be read once.*\[E_ARGUMENT\]/],
		[['-r', file, '-i', 'eth0'], /-i chooses among the interfaces of a running lab {2}\[E_ARGUMENT\]/],
		[['-r', packageFile('test/fixtures/captures/veth.pcap')], /it does not say where they were captured: no interface of this lab {2}\[E_ARGUMENT\]/],
		[['-r', packageFile('README.md')], /\[E_FILE\]/],
		[['-r', '/nonexistent.pcapng'], /no such file.*\[E_ARGUMENT\]/],
	] as const) {
		// oxlint-disable-next-line no-await-in-loop -- a machine has only so many cores
		const {exit, stderr} = await lab.vethlab('capture', '-j', ...args);
		t.is(exit, 2, stderr);
		t.regex(stderr, said);
	}

	const {exit, stderr} = await sandbox.vethlab(['capture', '-j', '-r', file]);
	t.is(exit, 2);
	t.regex(stderr, /-r reads a file, which does not say how the lab was wired {2}\[E_ARGUMENT\]\n {7}= name the lab, while it runs/);
	lab.client.close();
});

needs('capture', 'crun').serial('twenty flows at once with equal datagrams: each is followed by itself', async (t) => {
	const lab = await sandbox.up(yaml, 'flows');
	const ports = Array.from({length: 20}, (_, index) => 20_001 + index);
	const send = async (from: string, to: string, port: number, sourcePort: number) =>
		lab.client.call('probe', {kind: 'udp', from, to, port, send: 'the same', sourcePort, timeoutMs: 20_000});
	const journeys = await journeysOf(t, {sandbox, lab, words: ['udp']}, async () => {
		const results = await Promise.all(ports.flatMap((port) => [send('laptop', '192.168.50.10', 7000, port), send('cli', '192.168.50.12', 7, port)]));
		// by the same ports as the other container: each gets another port. At the very same time the kernel would drop one of the two, for which it had
		// chosen the same port (__nf_conntrack_confirm() in net/netfilter/nf_conntrack_core.c)
		results.push(...(await Promise.all(ports.map(async (port) => send('web', '192.168.50.12', 7, port)))));
		t.deepEqual([...new Set(results.map(({result}) => result))], ['ok']);
	});
	t.deepEqual(orphans(journeys), []);
	const asked = journeys.filter(({destinationPort}) => destinationPort === 7000 || destinationPort === 7);
	t.is(asked.length, 60);
	t.is(journeys.length, 120);
	for (const journey of asked) {
		const {sourcePort, destinationPort, end, hops, source} = journey;
		t.is(end, 'reached');
		t.is(hops.length, 7);
		if (destinationPort === 7000) {
			t.true(
				hops.every(({packet}) => packet?.startsWith(`192.168.50.12:${sourcePort} > `)),
				way(journey),
			);
		} else {
			// what the host made of it is the flow whose answer comes back to this one
			const made = hops.at(-1)?.packet ?? '';
			const [, port] = /^192\.168\.50\.10:(\d+) > 192\.168\.50\.12:7$/.exec(made) ?? [];
			const back = journeys.find((one) => one.source === '192.168.50.12' && String(one.destinationPort) === port);
			t.is(back?.hops.at(-1)?.packet, `192.168.50.12:7 > ${source}:${sourcePort}`, way(journey));
		}
	}

	lab.client.close();
});

needs('capture', 'crun').serial('what vanishes is last seen where it was, with the evidence that there is', async (t) => {
	const lab = await sandbox.up(yaml, 'losses');
	await lab.exec('h1', 'iptables', '-I', 'DOCKER-USER', '-s', '192.168.50.12', '-j', 'DROP');
	const dropped = await journeysOf(t, {sandbox, lab, words: ['tcp']}, async () => http(lab, 'laptop', 'http://192.168.50.10:8080/', 500));
	const syn = only(dropped, /^\[SYN\]/);
	t.is(syn.end, 'last seen');
	t.deepEqual(syn.endedAt, [{at: 'h1/eth0', direction: 'in'}]);
	t.regex(syn.reasons.join('; '), /meanwhile h1 counted \d+ packets? at -A DOCKER-USER -s 192\.168\.50\.12\/32 -j DROP/);

	await lab.exec('h1', 'iptables', '-D', 'DOCKER-USER', '-s', '192.168.50.12', '-j', 'DROP');
	const refused = await journeysOf(t, {sandbox, lab}, async () => {
		await http(lab, 'cli', 'http://192.168.50.12:81/');
		await lab.client.call('probe', {kind: 'udp', from: 'cli', to: '192.168.50.12', port: 9, send: 'x', sourcePort: undefined, timeoutMs: 20_000});
	});
	t.deepEqual(only(refused, /^\[SYN\]/).reasons, ['laptop refuses it (RST)']);
	const datagram = refused.find(({protocol, destinationPort}) => protocol === 'UDP' && destinationPort === 9);
	t.regex(datagram?.reasons.join('; ') ?? '', /^laptop says: Destination unreachable \(Port unreachable\)/);
	const complaint = only(refused, /Port unreachable/);
	t.deepEqual(complaint.links, [{is: 'complains of', number: datagram?.number ?? 0}]);
	t.regex(way(complaint), /^laptop\/eth0 out > .* > cli\/eth0 in$/);

	const nobody = await journeysOf(t, {sandbox, lab}, async () => http(lab, 'server', 'http://192.168.50.77/', 1500));
	const lost = only(nobody, /^\[SYN\]/);
	t.deepEqual(lost.endedAt, [{at: 'gw/eth1', direction: 'in'}]);
	t.deepEqual(lost.reasons, ['gw asks who has 192.168.50.77, and nobody answers']);
	lab.client.close();
});

needs('capture', 'crun').serial('fragments go their own ways and know each other, and a router cuts where less fits', async (t) => {
	const lab = await sandbox.up(yaml, 'fragments');
	const journeys = await journeysOf(t, {sandbox, lab, words: ['icmp']}, async () => {
		await isAnswered(t, ping(lab, 'cli', '192.168.50.12', 4000));
	});
	const sent = journeys.filter(({source}) => source === '172.17.0.3');
	const [first, ...others] = sent;
	t.deepEqual(
		others.map(({links}) => links),
		others.map(() => [{is: 'belongs to', number: first?.number ?? 0}]),
	);

	// iptables on the bridge puts it together, and the host cuts it again
	t.deepEqual(
		others.map((one) => `${way(one)}, ${one.end}`),
		others.map(() => 'cli/eth0 out > h1/veth in, joined'),
	);
	t.deepEqual(
		(first?.hops ?? []).flatMap((hop, index) => (first !== undefined && hop.at === 'laptop/eth0' ? [way(first, index)] : [])),
		['0 to 1479', '1480 to 2959', '2960 to 4007'].map(
			(bytes) =>
				`cli/eth0 out > h1/veth in > [put together 4008 bytes] h1/docker0 in > [SNAT 172.17.0.3 -> 192.168.50.10] [fragment bytes ${bytes}] h1/eth0 out > office/h1-eth0 in > office/laptop-eth0 out > laptop/eth0 in`,
		),
	);

	const cut = await journeysOf(t, {sandbox, lab, words: ['icmp']}, async () => {
		await isAnswered(t, ping(lab, 'laptop', '192.168.60.2', 1450));
	});
	const whole = only(cut, /^Echo \(ping\) request/);
	t.deepEqual(
		whole.hops.flatMap((hop, index) => (hop.at === 'server/eth0' ? [way(whole, index)] : [])),
		['bytes 0 to 1375', 'bytes 1376 to 1457'].map(
			(bytes) =>
				`laptop/eth0 out > office/laptop-eth0 in > office/gw-eth0 out > gw/eth0 in > [fragment ${bytes}] gw/eth1 out > far/gw-eth1 in > far/server-eth0 out > server/eth0 in`,
		),
	);
	lab.client.close();
});

needs('capture', 'crun').serial('fragments of IPv6 are one packet too, though who puts them together gives them another identification', async (t) => {
	const lab = await sandbox.up(scenario('ipv6'), 'fragments6');
	const big = async (from: string, to: string): Promise<void> => {
		t.true(await eventually(async () => (await lab.exec(from, 'ping', '-6', '-c1', '-W1', to)).exit === 0));
		await endsWith(t, lab.exec(from, 'ping', '-6', '-c1', '-W20', '-s3000', to));
	};
	const journeys = await journeysOf(t, {sandbox, lab}, async () => {
		await big('cli', 'fd00:50::12');
		await big('cli', 'fd00:77::2');
	});
	const cut = journeys.filter(({info}) => /fragment/i.test(info));
	const ways = (source: string, destination: string): readonly string[] =>
		cut
			.filter((one) => one.source === source && one.destination === destination)
			.map((one) => `${way(one)}, ${one.end}`.replaceAll('br-app', 'br').replaceAll(/office\/\S+ (?:in|out) > /g, ''));
	const three = <T>(text: T): readonly T[] => [text, text, text];
	t.deepEqual(ways('fd00:77::20', 'fd00:50::12'), [
		'cli/eth0 out > h1/veth in > [put together 3008 bytes] h1/br in > [SNAT fd00:77::20 -> fd00:50::10] [fragment bytes 2896 to 3007] h1/eth0 out > laptop/eth0 in, reached',
		'cli/eth0 out > h1/veth in, joined',
		'cli/eth0 out > h1/veth in, joined',
	]);
	t.deepEqual(
		ways('fd00:50::12', 'fd00:50::10'),
		three('laptop/eth0 out > h1/eth0 in > [un-SNAT fd00:50::10 -> fd00:77::20] h1/br out > h1/veth out > cli/eth0 in, reached'),
	);
	t.deepEqual(ways('fd00:77::20', 'fd00:77::2'), three('cli/eth0 out > h1/veth in > h1/veth out > web/eth0 in, reached'));
	t.deepEqual(ways('fd00:77::2', 'fd00:77::20'), three('web/eth0 out > h1/veth in > h1/veth out > cli/eth0 in, reached'));
	t.is(cut.length, 12);
	lab.client.close();
});

needs('capture', 'crun', 'vxlan').serial('the inner packet goes through the tunnel', async (t) => {
	const lab = await sandbox.up(scenario('overlay'), 'tunnel');
	const all = await journeysOf(t, {sandbox, lab}, async () => ping(lab, 'api', '10.0.1.3'));
	const request = only(all, /^Echo \(ping\) request/);
	t.is(
		way(request),
		'api/eth0 out > h1:vxlan4097/veth in > h1:vxlan4097/vxlan0 out > [into VXLAN 4097, 192.168.50.10 -> 192.168.50.11] h1/eth0 out > dc/h1-eth0 in > dc/h2-eth0 out > h2/eth0 in > [out of VXLAN 4097] h2:vxlan4097/vxlan0 in > h2:vxlan4097/veth out > db/eth0 in',
	);
	t.deepEqual(only(all, /^Echo \(ping\) reply/).links, [{is: 'answers', number: request.number}]);

	const some = await journeysOf(t, {sandbox, lab, words: ['h1', 'api', 'db', 'h2']}, async () => ping(lab, 'api', '10.0.1.3'));
	t.is(
		way(only(some, /^Echo \(ping\) request/)),
		'api/eth0 out > [into VXLAN 4097, 192.168.50.10 -> 192.168.50.11] h1/eth0 out > h2/eth0 in > [out of VXLAN 4097] db/eth0 in',
		'what is not captured is gone through',
	);
	lab.client.close();
});

needs('capture', 'crun').serial('calls through docker-proxy all at once: the two connections of each are told by the proxy itself', async (t) => {
	const lab = await sandbox.up(yaml, 'calls');
	const lengths = Array.from({length: 12}, (_, index) => 300 + index);
	const call = async (length: number) =>
		lab.client.call('probe', {
			kind: 'tcp',
			from: 'cli',
			to: '192.168.50.10',
			port: 8080,
			send: 'x'.repeat(length),
			sourcePort: undefined,
			timeoutMs: 20_000,
		});
	const journeys = await journeysOf(t, {sandbox, lab, words: ['tcp']}, async () => Promise.all(lengths.map(call)));
	for (const length of lengths) {
		// each sends as much as no other does, which shows which two connections are one call
		const [client, container, ...more] = journeys.filter(
			({info, destinationPort}) => info.includes(` Len=${length}`) && (destinationPort === 8080 || destinationPort === 80),
		);
		t.deepEqual(more, []);
		t.deepEqual(client?.proxied, {node: 'h1', other: container?.hops[0]?.packet ?? '', among: 1}, String(length));
		t.deepEqual(container?.proxied, {node: 'h1', other: client?.hops[0]?.packet ?? '', among: 1}, String(length));
	}

	lab.client.close();
});
