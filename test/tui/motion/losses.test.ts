// Lost packets of a real capture: cli asks laptop for a port at which nobody listens.
import {setTimeout} from 'node:timers/promises';
import test from 'ava';
import {Losses, type Loss} from '../../../src/tui/motion/losses.ts';
import type {NodeWiring} from '../../../src/model/wiring.ts';
import {wiring as drawn} from '../../watch/journey/lab.ts';
import {arrival, captured} from '../packets/capture.ts';
import {until} from '../terminal.ts';

/** The lab of the capture: its cables are named otherwise. */
const names: Readonly<Record<string, string>> = {vethweb: 'vethe9c5549', vethcli: 'vethfe77687'};
const named = (text: string | undefined): string | undefined => text?.replace(/vethweb|vethcli/, (name) => names[name] ?? name);
const wiring: readonly NodeWiring[] = drawn.map((node) => ({
	...node,
	links: node.links.map((link) => ({...link, dev: named(link.dev) ?? link.dev, peer: named(link.peer)})),
}));

function watching(): {readonly losses: Losses; readonly lost: Loss[]; readonly asked: () => number} {
	const lost: Loss[] = [];
	let asked = 0;
	const losses = new Losses(
		{
			wiring: async () => {
				asked++;
				return wiring;
			},
			hosts: () => ['h1'],
			rules: async () => ({chains: [], rules: []}),
		},
		(loss) => lost.push(loss),
	);
	losses.watch(true, 0);
	return {losses, lost, asked: () => asked};
}

test('what is refused is told of with the place where it came to, and what arrives is not', async (t) => {
	const {losses, lost, asked} = watching();
	t.true(await until(() => asked() > 0));
	for (const packet of captured) {
		losses.see(arrival(packet), performance.now());
	}

	t.true(await until(() => lost.length > 0));
	losses.watch(false, 0);
	t.deepEqual(
		lost.map(({at, words}) => `${at[0]?.at} ${at[0]?.direction}: ${words.replace(/:\d{5}/, ':PORT')}`),
		['laptop/eth0 in: laptop refuses it (RST) · TCP 172.17.0.3:PORT → 192.168.50.12:81'],
	);
});

test('of so many that they cannot be followed none is told of', async (t) => {
	const {losses, lost, asked} = watching();
	t.true(await until(() => asked() > 0));
	for (let turn = 0; turn < 120; turn++) {
		for (const packet of captured) {
			losses.see(arrival(packet), performance.now());
		}
	}

	// between two of these it has been looked several times what is lost
	t.true(await until(() => asked() > 1));
	losses.watch(false, 0);
	t.deepEqual(lost, []);
});

test('who comes back to the map asks for rules only when packets have come meanwhile', async (t) => {
	let asked = 0;
	const rules = async () => {
		asked++;
		return {chains: [], rules: []};
	};
	const losses = new Losses({wiring: async () => wiring, hosts: () => ['h1'], rules}, () => undefined);
	const visit = async (count: number): Promise<number> => {
		losses.watch(true, count);
		await setTimeout(20);
		losses.watch(false, count);
		return asked;
	};
	t.deepEqual([await visit(5), await visit(5), await visit(6), await visit(6)], [1, 1, 2, 2]);
});
