// Packets that rules of a host drop are told of sooner than they would be waited for.
import test from 'ava';
import {readWiring} from '../../src/api/wiring.ts';
import {Losses, type Loss} from '../../src/tui/motion/losses.ts';
import {CaptureReader} from '../../src/watch/files/index.ts';
import {needs} from '../needs.ts';
import {eventually, Sandbox, scenario} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

/** A packet of which nothing is known is waited for so long (arp(7)), in milliseconds. */
const waitedMs = 4000;

needs('capture', 'crun').serial('what a rule drops, and what it refuses', async (t) => {
	const lab = await sandbox.up(scenario('bridge-publish'), 'losses');
	const {client} = lab;
	await lab.exec(
		'h1',
		'sh',
		'-c',
		'iptables -I DOCKER-USER -p tcp --dport 80 -j DROP && iptables -I DOCKER-USER -p icmp -j REJECT --reject-with icmp-admin-prohibited',
	);
	const lost: (Loss & {readonly atMs: number})[] = [];
	const losses = new Losses(
		{
			wiring: async () => readWiring(client),
			hosts: () => ['h1', 'laptop'],
			rules: async (host) => client.call('rules', {host}),
		},
		(loss) => lost.push({...loss, atMs: Date.now()}),
	);
	losses.watch(true, 0);
	t.teardown(() => losses.watch(false, 0));
	const capturing = await client.capture({nodes: [], interfaces: [], filter: undefined, count: undefined});
	const reader = new CaptureReader('the capture');
	capturing.onData((piece) => {
		reader.push(Buffer.from(piece));
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			losses.see(packet, performance.now());
		}
	});
	// the rules have been looked at once
	await lab.exec('laptop', 'ping', '-c1', '-W1', '192.168.50.10');
	await new Promise((resolve) => setTimeout(resolve, 1500));
	const beganMs = Date.now();
	t.is(await lab.http('laptop', 'http://192.168.50.10:8080/', 700), 'timeout');
	t.true(await eventually(() => lost.some(({words}) => words.includes('meanwhile h1 counted 1 packet at -A DOCKER-USER'))));
	const drop = lost.find(({words}) => words.includes('-j DROP'));
	t.regex(drop?.words ?? '', /-j DROP · TCP 192\.168\.50\.12:\d+ → 192\.168\.50\.10:8080$/);
	t.is(drop?.at[0]?.at, 'h1/eth0');
	t.true((drop?.atMs ?? 0) - beganMs < waitedMs, `after ${(drop?.atMs ?? 0) - beganMs} ms`);
	const pingedMs = Date.now();
	await lab.exec('cli', 'ping', '-c1', '-W1', '192.168.50.12');
	t.true(await eventually(() => lost.some(({words}) => /^h1 says: .*ICMP/.test(words))));
	const refused = lost.find(({words}) => words.startsWith('h1 says'));
	t.true((refused?.atMs ?? 0) - pingedMs < waitedMs, `after ${(refused?.atMs ?? 0) - pingedMs} ms`);
	t.log(`dropped: ${(drop?.atMs ?? 0) - beganMs} ms; refused: ${(refused?.atMs ?? 0) - pingedMs} ms`);
	capturing.end();
	await capturing.ended;
});
