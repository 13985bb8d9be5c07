// The rules that packets of a real lab hit: captured, judged, and compared with what the kernel has counted meanwhile. No test is here.
import type {ExecutionContext} from 'ava';
import {readWiring} from '../../src/api/wiring.ts';
import {changeBetween, keysOf} from '../../src/explain/change.ts';
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
	/** "h1 4 filter FORWARD -m limit …: kernel 3, certain 0, possible 5": rules of which nobody can tell what hit them; what was counted is within that. */
	readonly open: readonly string[];
	readonly packets: number;
}

/** Sends something, and compares for every rule of these nodes. `again`: what the nodes' rules become meanwhile is learnt when it is called. */
export async function compare(t: ExecutionContext, lab: Lab, nodes: readonly string[], send: (learn: () => Promise<void>) => Promise<void>): Promise<Compared> {
	const {client} = lab;
	const store = new PacketStore({packets: 100_000});
	const folds = new Folds(store);
	const hits = new Map<string, number[]>();
	const possible = new Map<string, number[]>();
	const [contradictions, unknown]: string[][] = [[], []];
	const seen = (number: number): string => {
		const packet = store.at(number);
		return packet === undefined
			? '?'
			: `${packet.point.name} ${packet.direction ?? ''} ${summarize({...packet, linkType: 1}).source} ${summarize({...packet, linkType: 1}).info}`;
	};
	const judge = new Judge(folds.journeys.places, {
		hit(node, key, number) {
			const numbers = hits.get(`${node} ${key}`) ?? [];
			numbers.push(number);
			hits.set(`${node} ${key}`, numbers);
		},
		unknown(node, {text, key}, number) {
			unknown?.push(`${node} ${text}`);
			const id = `${node} ${key}`;
			possible.set(id, [...(possible.get(id) ?? []), number]);
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
	const points = capturing.nodes.map((node) => ({node, dev: undefined}));
	/** Counters of a moment at which no packet came: which were counted before, and which after, is certain. */
	const readQuietly = async (): Promise<{readonly atMs: number; readonly rules: ReadonlyMap<string, ObservedRules>}> => {
		for (;;) {
			const from = Date.now();
			// oxlint-disable-next-line no-await-in-loop -- until it was quiet
			const rules = await read();
			const to = Date.now() + 1;
			// oxlint-disable-next-line no-await-in-loop -- until it was quiet
			await capturing.mark(points);
			let number = store.end - 1;
			while (number >= store.first && timeOf(store, number) > to) {
				number--;
			}

			if (number < store.first || timeOf(store, number) < from) {
				return {atMs: from, rules};
			}
		}
	};
	const before = await readQuietly();
	const versions = [before];
	await send(async () => {
		versions.push({atMs: Date.now(), rules: await read()});
	});
	const after = await readQuietly();
	capturing.end();
	const {drops} = await capturing.ended;
	t.is(drops, 0);
	stop();
	folds.endOfCapture();
	folds.join(Number.POSITIVE_INFINITY);
	const {journeys} = folds;
	for (const {atMs, rules} of versions) {
		rules.forEach((observed, node) => {
			judge.learnRules(node, observed, atMs);
		});
	}

	news.forEach((one) => {
		judge.learnFlows(one);
	});
	for (let place = 0; place < folds.heads.count; place++) {
		const hops = folds.hopsOf(folds.heads.at(place) ?? 0);
		judge.judge(hops, {epoch: journeys.epoch, bytesOf: ({number}) => store.at(number)?.bytes});
	}

	const isBetween = (number: number): boolean => timeOf(store, number) >= before.atMs && timeOf(store, number) < after.atMs;
	const differences: string[] = [];
	const found: string[] = [];
	const open: string[] = [];
	for (const [node, rules] of after.rules) {
		const {grown} = changeBetween(before.rules.get(node) ?? rules, rules);
		// of those that are gone nobody knows what they counted
		const there = new Set(keysOf(rules.rules).values());
		const keys = new Set([
			...grown.keys(),
			...[...hits.keys(), ...possible.keys()].filter((id) => id.startsWith(`${node} `)).map((id) => id.slice(node.length + 1)),
		]);
		for (const key of [...keys].filter((one) => there.has(one))) {
			const numbers = (hits.get(`${node} ${key}`) ?? []).filter((number) => isBetween(number));
			const counted = grown.get(key)?.packets ?? 0;
			const more = (possible.get(`${node} ${key}`) ?? []).filter((number) => isBetween(number)).length;
			if (more > 0) {
				open.push(`${node} ${key}: kernel ${counted}, certain ${numbers.length}, possible ${more}`);
			}

			if (counted < numbers.length || counted > numbers.length + more) {
				differences.push(
					`${node} ${key}: kernel ${counted}, found ${numbers.length}: ${numbers
						.slice(0, 5)
						.map((number) => seen(number))
						.join(' | ')}`,
				);
			}

			if (numbers.length > 0) {
				found.push(`${node} ${key}: ${numbers.length}`);
			}
		}
	}

	return {differences, found: found.toSorted(), contradictions: contradictions ?? [], unknown: unknown ?? [], open, packets: store.end};
}

/** In milliseconds since 1970; of one that is not held any more 0. */
function timeOf(store: PacketStore, number: number): number {
	const {seconds = 0, nanoseconds = 0} = store.at(number) ?? {};
	return seconds * 1000 + nanoseconds / 1e6;
}
