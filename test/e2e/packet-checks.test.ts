// Checks on packets in a real lab: what they see, what they say, and that nobody is shown the markers by which they know that they have seen everything.
import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {CaptureReader, type Packet} from '../../src/watch/files/index.ts';
import {needs} from '../needs.ts';
import {Sandbox, type Lab} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const machines = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.11/24}}, bridges: {br0: {ip: 10.1.0.1/24}}}
`;

/** All packets of a capture that is marked as often as `points` has lists, and then ended. */
async function captured({client}: Lab, ...points: readonly (readonly {readonly node: string; readonly dev: string | undefined}[])[]) {
	const reader = new CaptureReader('capture');
	const capturing = await client.capture({nodes: [], interfaces: [], filter: undefined, count: undefined});
	capturing.onData((piece) => {
		reader.push(Buffer.from(piece));
	});
	const marked = [];
	for (const some of points) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		marked.push(await capturing.mark(some));
	}

	capturing.end();
	const {packets: total} = await capturing.ended;
	const packets: Packet[] = [];
	for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
		packets.push(packet.packet());
	}

	return {marked, packets, total};
}

needs('capture')('markers go through every interface, and are in no capture, nor counted in it', async (t) => {
	const lab = await sandbox.up(machines, 'markers');
	await lab.exec('b', 'ip', 'link', 'set', 'eth0', 'master', 'br0');
	const everything = ['a', 'b', 'office'].map((node) => ({node, dev: undefined}));
	const others = lab.client.capture({nodes: [], interfaces: [], filter: 'ether proto 0x88b5', count: undefined});
	const {marked, packets, total} = await captured(lab, everything, everything, everything, [{node: 'a', dev: 'eth0'}]);
	t.deepEqual(
		marked,
		marked.map(() => ({lost: [], absent: []})),
	);
	t.is(packets.length, total);
	t.deepEqual(
		packets.filter(({bytes}) => bytes.includes('vethlab')),
		[],
	);
	const other = await others;
	other.end();
	t.is((await other.ended).packets, 0);
	const fdb = await lab.exec('b', 'bridge', 'fdb', 'show', 'br', 'br0');
	t.false(fdb.stdout.includes('00:00:00:00:00:00'), 'no switch learns of them');
	lab.client.close();
});

needs('capture')('an interface that is down lets no marker through, and one that is not there is told', async (t) => {
	const lab = await sandbox.up(machines, 'absent');
	await lab.exec('a', 'ip', 'link', 'set', 'eth0', 'down');
	const {marked} = await captured(lab, [
		{node: 'a', dev: 'eth0'},
		{node: 'a', dev: 'eht0'},
	]);
	t.deepEqual(marked, [{lost: [], absent: ['a/eht0']}]);
	await t.throwsAsync(captured(lab, [{node: 'c', dev: undefined}]), {code: 'E_NAME_UNKNOWN'} as object);
	await t.throwsAsync(lab.client.call('mark', {channel: 77, points: []}), {code: 'E_PROTOCOL', message: /no.* on channel 77/} as object);
	lab.client.close();
});

needs('capture')('a step sees the packets that its actions caused, and no others', async (t) => {
	const file = sandbox.write(
		'window.veth.yaml',
		`${machines}
steps:
  - name: before
    do: {ping: {from: a, to: b}}
    expect:
      - packet: {at: "a:eth0", filter: "icmp[icmptype] == icmp-echo", count: 1, first: "src host 192.168.50.10"}
      - packet: {at: office, filter: icmp, count: 2}
      - reach: {from: a, to: b}
      - packet: {at: "b:eth0", filter: icmp, count: 2}
      - no_packet: {at: "b:lo", filter: icmp}
  - name: nothing is done
    expect:
      - reach: {from: b, to: a}
      - no_packet: {at: a, filter: icmp}
      - no_packet: {at: office, filter: icmp}
`,
	);
	const {exit, stdout} = await sandbox.vethlab(['test', file]);
	t.is(exit, 0, stdout);
	t.regex(stdout, /8 checks passed, 0 failed/);
});

needs('capture')('a check that does not hold shows the packets, and says where they were instead', async (t) => {
	const file = sandbox.write(
		'fails.veth.yaml',
		`${machines}
steps:
  - name: ping
    within: 50ms
    do: {ping: {from: a, to: b}}
    expect:
      - packet: {at: "b:br0", filter: "icmp[icmptype] == icmp-echo"}
      - no_packet: {at: "a:eth0", filter: icmp}
      - no_packet: {at: "a:eth7", filter: icmp}
`,
	);
	const {exit, stdout} = await sandbox.vethlab(['test', file]);
	t.is(exit, 1, stdout);
	t.regex(
		stdout,
		/packets {3}elsewhere there were, with the first at each point:\n +1x {2}a:eth0 out 192\.168\.50\.10 > 192\.168\.50\.11 ICMP Echo \(ping\) request/,
	);
	t.regex(stdout, /at b:br0 there (?:was nothing at all|were:)/); // IPv6 speaks up when it likes
	t.regex(stdout, /got {7}2 of them\n +packets {3}a:eth0 out .*request.*\n +a:eth0 in .*reply/);
	t.regex(stdout, /got {7}none; a:eth7: there is no such interface/);
});

needs('capture')('a filter that is none is refused before anything is built', async (t) => {
	const file = sandbox.write('wrong.veth.yaml', `${machines}expect:\n  - no_packet: {at: a, filter: "tcp prot 80"}\n`);
	const {exit, stdout} = await sandbox.vethlab(['check', file]);
	t.is(exit, 2);
	t.regex(stdout, /wrong\.veth\.yaml:7:37: error: expect\[0\]\.no_packet\.filter: the filter .* does not compile: "prot" is none of its words$/m);
	t.regex(stdout, / = did you mean "port"\?$/m);
});

needs('capture')('latency is how much longer one way takes, not how long', async (t) => {
	const file = sandbox.write(
		'latency.veth.yaml',
		`${machines}
expect:
  - latency: {of: {from: a, to: b}, against: {from: a, to: b}, ratio: "<= 20"}
  - latency: {of: {from: a, to: b}, against: {from: a, to: b}, ratio: "< 0.01"}
  - latency: {of: {from: a, to: b}, against: {from: a, to: "http://192.168.50.11/"}, ratio: "< 100"}
`,
	);
	const {exit, stdout} = await sandbox.vethlab(['test', file]);
	t.is(exit, 1, stdout);
	t.regex(stdout, /1 checks passed, 2 failed/);
	t.regex(stdout, /got {7}\d+\.\d\d times as long\n +evidence {2}a -> b: a quarter of 60 within \d+ us, all from \d+ to \d+\n/);
	t.regex(stdout, /got {7}a -> http:\/\/192\.168\.50\.11\/ ended with refused/);
});

needs('capture')('captures are kept in a folder of the run, which is always a new one', async (t) => {
	const text = `${machines}
services:
  web: {host: a, network_mode: bridge, image: lab/web, serve: [{http: {port: 80}}]}
captures:
  wire: {at: office, filter: icmp, snaplen: 64}
  one: {at: "b:eth0", file: b.pcapng}
  down: {at: web}
steps:
  - name: ping
    do: [{ping: {from: a, to: b, size: 1000}}, {restart: web}]
    expect:
      - packet: {at: "b:eth0", filter: icmp, count: 2}
`.replace('a: {docker: false, ', 'a: {');
	const file = sandbox.write('kept.veth.yaml', text);
	mkdirSync(join(sandbox.folder, 'runs'));
	const folder = join(sandbox.folder, 'runs');
	for (const run of ['run-1', 'run-2']) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const {exit, stdout} = await sandbox.vethlab(['test', '--artifacts', folder, file, file]);
		t.is(exit, 0, stdout);
		t.deepEqual(readdirSync(join(folder, run)).toSorted(), ['kept', 'kept-2']);
		t.regex(stdout, new RegExp(`kept {4}.*/${run}/kept/wire\\.pcapng: 4 packets\n.*kept {4}.*/${run}/kept/b\\.pcapng: \\d+ packets`));
	}

	const wire = await sandbox.vethlab(['capture', '-r', join(folder, 'run-1', 'kept', 'wire.pcapng'), '--json']);
	const packets = wire.stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as {readonly at: string; readonly length: number; readonly captured: number});
	t.deepEqual(
		packets.map(({at, length, captured: bytes}) => `${at} ${length} ${bytes}`),
		['office/a-eth0 1042 64', 'office/b-eth0 1042 64', 'office/b-eth0 1042 64', 'office/a-eth0 1042 64'],
	);
	const {exit, stdout} = await sandbox.vethlab(['test', '--artifacts', join(sandbox.folder, 'nowhere'), file]);
	t.is(exit, 2);
	t.regex(stdout, /ENOENT.*\[E_ARGUMENT\]\n.*--artifacts FOLDER/);
});

needs(
	'capture',
	'crun',
	'vxlan',
)('no packet is longer than the MTU of its interface, in an overlay neither', async (t) => {
	const file = sandbox.write(
		'mtu.veth.yaml',
		`vethlab: 1
offload: false
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  h1: {offload: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  h2: {nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
networks: {app: {driver: overlay, ipam: {config: [{subnet: 10.0.1.0/24}]}}}
services:
  web: {host: h1, network_mode: bridge, image: lab/web, serve: [{http: {port: 80, body: ${'x'.repeat(40_000)}}}], ports: ["8080:80"]}
  api: {host: h1, networks: [app], image: lab/tools}
  db: {host: h2, networks: [app], image: lab/web, serve: [{http: {port: 80, body: ${'y'.repeat(40_000)}}}]}
steps:
  - name: much
    do:
      - http: {from: h2, url: "http://192.168.50.10:8080/"}
      - http: {from: h1, url: "http://127.0.0.1:8080/"}
      - http: {from: api, url: "http://10.0.1.3/"}
    expect:
      - packet: {at: office, filter: "ip[2:2] == 1500", count: ">= 40"}
      - packet: {at: "db:eth0", filter: "ip[2:2] == 1450", count: ">= 25"}
${['office', 'h1:eth0', 'h1:docker0', 'web:eth0', 'h2:eth0'].map((at) => `      - no_packet: {at: "${at}", filter: "greater 1515"}`).join('\n')}
      - no_packet: {at: "api:eth0", filter: "greater 1465"}
      - no_packet: {at: "db:eth0", filter: "greater 1465"}
`,
	);
	const {exit, stdout} = await sandbox.vethlab(['test', file]);
	t.is(exit, 0, stdout);
});
