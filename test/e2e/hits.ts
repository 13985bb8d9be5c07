// The rules that packets of a real lab hit: captured, judged, and compared with what the kernel has counted meanwhile. No test is here.
import type {ExecutionContext} from 'ava';
import {readWiring} from '../../src/api/wiring.ts';
import {chainKey, changeBetween} from '../../src/explain/change.ts';
import type {ObservedRules} from '../../src/model/observed.ts';
import {Folds} from '../../src/tui/packets/folds.ts';
import {CaptureReader} from '../../src/watch/files/index.ts';
import {Judge} from '../../src/watch/hits/judge.ts';
import {summarize} from '../../src/watch/decode/index.ts';
import {PacketStore} from '../../src/watch/store/store.ts';
import type {Lab} from './lab.ts';

export interface Compared {
	/** "h1 4 nat DOCKER ! -i docker0 …: kernel 2, found 1": rules that counted something else than was found. */
	readonly differences: readonly string[];
	/** "h1 4 nat DOCKER ! -i docker0 …: 2" */
	readonly found: readonly string[];
	readonly contradictions: readonly string[];
	readonly unknown: readonly string[];
	readonly packets: number;
}

/** Sends something, and compares for every rule of these nodes. `again`: what the nodes' rules become meanwhile is learnt when it is called. */
export async function compare(t: ExecutionContext, lab: Lab, nodes: readonly string[], send: (learn: () => Promise<void>) => Promise<void>): Promise<Compared> {
	const {client} = lab;
	const store = new PacketStore({packets: 100_000});
	const folds = new Folds(store);
	const hits = new Map<string, number[]>();
	const [contradictions, unknown]: string[][] = [[], []];
	const seen = (number: number): string => {
		const packet = store.at(number);
		return packet === undefined
			? '?'
			: `${packet.point.name} ${packet.direction ?? ''} ${summarize({...packet, linkType: 1}).source} ${summarize({...packet, linkType: 1}).info}`;
	};
	const judge = new Judge(folds.journeys.places, {
		hit(node, key, number) {
			const id = `${node} ${key}`;
			hits.set(id, [...(hits.get(id) ?? []), number]);
		},
		unknown(node, {text}) {
			unknown?.push(`${node} ${text}`);
		},
		contradicted(node, number) {
			contradictions?.push(`${node} ${number}: ${seen(number)}`);
		},
	});
	const news: Parameters<Judge['learnFlows']>[0][] = [];
	const stop = client.onEvent((event) => {
		if (event.event === 'flows') {
			news.push(event.news);
			folds.journeys.learnFlows(event.news);
		}
	});
	await client.call('subscribe', {topics: ['flows']});
	await client.call('follow_flows', {nodes: []});
	const wiring = await readWiring(client);
	folds.journeys.learn(wiring, () => true);
	folds.isKnown = true;
	judge.learn(wiring);
	const capturing = await client.capture({nodes: [], interfaces: [], filter: undefined, count: undefined});
	const reader = new CaptureReader('the capture');
	capturing.onData((piece) => {
		reader.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			store.take(packet);
		}
	});
	const read = async (): Promise<ReadonlyMap<string, ObservedRules>> =>
		new Map(await Promise.all(nodes.map(async (host) => [host, await client.call('rules', {host})] as const)));
	const beganMs = Date.now();
	const before = await read();
	const versions: (readonly [number, ReadonlyMap<string, ObservedRules>])[] = [[beganMs, before]];
	await send(async () => {
		versions.push([Date.now(), await read()]);
	});
	const points = capturing.nodes.map((node) => ({node, dev: undefined}));
	await capturing.mark(points);
	const after = await read();
	capturing.end();
	const {drops} = await capturing.ended;
	t.is(drops, 0);
	stop();
	folds.endOfCapture();
	folds.join(Number.POSITIVE_INFINITY);
	const {journeys} = folds;
	for (const [ms, rules] of versions) {
		rules.forEach((observed, node) => {
			judge.learnRules(node, observed, ms);
		});
	}

	news.forEach((one) => {
		judge.learnFlows(one);
	});
	for (let place = 0; place < folds.heads.count; place++) {
		const hops = folds.hopsOf(folds.heads.at(place) ?? 0);
		judge.judge(hops, {epoch: journeys.epoch, bytesOf: ({number}) => store.at(number)?.bytes});
	}

	// those that came before the counters were read are not counted in them
	const isSince = (number: number): boolean => {
		const packet = store.at(number);
		return packet !== undefined && packet.seconds * 1000 + packet.nanoseconds / 1e6 >= beganMs;
	};
	const differences: string[] = [];
	const found: string[] = [];
	for (const [node, rules] of after) {
		const {grown} = changeBetween(before.get(node) ?? rules, rules);
		const chains = new Set(rules.chains.map((chain) => chainKey(chain)));
		const keys = new Set([...grown.keys(), ...[...hits.keys()].filter((id) => id.startsWith(`${node} `)).map((id) => id.slice(node.length + 1))]);
		for (const key of keys) {
			const numbers = (hits.get(`${node} ${key}`) ?? []).filter((number) => isSince(number));
			const counted = grown.get(key)?.packets ?? 0;
			if (!chains.has(key) && counted !== numbers.length) {
				differences.push(`${node} ${key}: kernel ${counted}, found ${numbers.length}: ${numbers.map((number) => seen(number)).join(' | ')}`);
			}

			if (numbers.length > 0 && !chains.has(key)) {
				found.push(`${node} ${key}: ${numbers.length}`);
			}
		}
	}

	return {differences, found: found.toSorted(), contradictions: contradictions ?? [], unknown: unknown ?? [], packets: store.end};
}
