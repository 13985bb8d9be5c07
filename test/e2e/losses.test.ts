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
	/** Sends until it is told in time of what that came to. What comes before the lab is known is not told of, and a busy machine may be late with one. */
	const soon = async (words: RegExp, send: () => Promise<unknown>): Promise<Loss | undefined> => {
		const tookMs: number[] = [];
		let told: Loss | undefined;
		const isSoon = await eventually(async () => {
			const before = lost.length;
			const beganMs = Date.now();
			await send();
			const find = () => lost.slice(before).find((loss) => words.test(loss.words));
			await eventually(() => find() !== undefined, 2 * waitedMs);
			told = find();
			tookMs.push((find()?.atMs ?? Number.POSITIVE_INFINITY) - beganMs);
			return tookMs.some((ms) => ms < waitedMs);
		}, 90_000);
		t.true(isSoon, `${String(words)}, after ${tookMs.join(', ')} ms\n${lost.map((loss) => loss.words).join('\n')}`);
		return told;
	};
	const drop = await soon(/meanwhile h1 counted \d+ packets? at -A DOCKER-USER .*-j DROP/, async () => {
		t.is(await lab.http('laptop', 'http://192.168.50.10:8080/', 700), 'timeout');
	});
	t.regex(drop?.words ?? '', /-j DROP · TCP 192\.168\.50\.12:\d+ → 192\.168\.50\.10:8080$/);
	t.is(drop?.at[0]?.at, 'h1/eth0');
	await soon(/^h1 says: .*ICMP/, async () => lab.exec('cli', 'ping', '-c1', '-W1', '192.168.50.12'));
	capturing.end();
	await capturing.ended;
});
