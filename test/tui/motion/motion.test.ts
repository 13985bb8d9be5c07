// Packets of a real capture on the map: where their dots go, in which order, and what they look like.
import test from 'ava';
import {layoutMap} from '../../../src/tui/layout/map.ts';
import type {Scene} from '../../../src/tui/layout/scene.ts';
import {Motion, mostDots, type Dot} from '../../../src/tui/motion/motion.ts';
import type {Packet} from '../../../src/watch/files/packet.ts';
import {arrival, captured} from '../packets/capture.ts';
import {bridgePublish} from '../samples.ts';

const scene = layoutMap(bridgePublish(), 80, 18);

function play(motion: Motion, on: Scene, packets: readonly Packet[], nowMs = 0): void {
	for (const packet of packets) {
		motion.see(on, arrival(packet), nowMs);
	}
}

/** What is on the screen in each millisecond from now on until nothing moves. */
function* frames(motion: Motion, fromMs = 0): Generator<readonly Dot[]> {
	for (let nowMs = fromMs; nowMs < fromMs + 60_000; nowMs++) {
		const dots = motion.at(nowMs);
		if (!motion.isMoving) {
			return;
		}

		yield dots;
	}
}

/** The cells that dots pass, in their order, each with how it looks. */
function steps(motion: Motion): readonly Dot[] {
	const passed: Dot[] = [];
	for (const dot of [...frames(motion)].flat()) {
		const last = passed.at(-1);
		if (last?.x !== dot.x || last.y !== dot.y) {
			passed.push(dot);
		}
	}

	return passed;
}

/** A packet on all its way: the SYN from laptop to web, by the numbers of its sightings in the capture. */
const syn = captured.filter((_, number) => [9, 10, 11, 12, 21, 22, 23].includes(number));
const answer = captured.slice(24, 31);

test('a packet goes from cable to cable without a jump, from its sender to its receiver', (t) => {
	for (const columns of [80, 160]) {
		for (const [packets, from, to] of [
			[syn, 'laptop', 'web'],
			[answer, 'web', 'laptop'],
		] as const) {
			const on = layoutMap(bridgePublish(), columns, 40);
			const motion = new Motion();
			play(motion, on, packets);
			const cells = steps(motion);
			t.true(cells.length > 20);
			for (const [index, {x, y}] of cells.entries()) {
				const next = cells[index + 1] ?? {x, y};
				t.is(
					Math.abs(next.x - x) + Math.abs(next.y - y),
					index === cells.length - 1 ? 0 : 1,
					`${from} to ${to} at ${columns} columns: a jump after step ${index}`,
				);
			}

			for (const [name, cell] of [
				[from, cells[0]],
				[to, cells.at(-1)],
			] as const) {
				const box = on.items.find((item) => item.name === name)?.box ?? {x: 0, y: 0, width: 0, height: 0};
				const {x, y} = cell ?? {x: -1, y: -1};
				t.true(x >= box.x && x < box.x + box.width && y >= box.y - 1 && y < box.y + box.height, `${from} to ${to}: ${name}`);
			}
		}
	}
});

test('a dot shows from where on NAT has rewritten the packet', (t) => {
	const motion = new Motion();
	play(motion, scene, syn);
	const passed = steps(motion);
	const looks = passed.map(({look}) => look);
	const turn = looks.indexOf('rewritten');
	t.true(turn > 0);
	t.deepEqual(new Set(looks.slice(0, turn)), new Set(['tcp']));
	t.deepEqual(new Set(looks.slice(turn)), new Set(['rewritten']));
	const docker0 = scene.items.find(({id}) => id === 'bridge:h1/docker0')?.rect.y ?? 0;
	t.true((passed[turn]?.y ?? docker0) < docker0, 'it is the host that rewrites it, above its bridge');
});

test('nothing leaves a place before what came there first has come on the screen', (t) => {
	const both = new Motion();
	play(both, scene, [...syn, ...answer]);
	t.true([...frames(both)].every((dots) => dots.length <= 1));
	const cells = (packets: readonly Packet[]): readonly string[] => {
		const motion = new Motion();
		play(motion, scene, packets);
		return steps(motion).map(({x, y}) => `${x},${y}`);
	};
	const [there, back, all] = [cells(syn), cells(answer), cells([...syn, ...answer])];
	t.deepEqual(all, there.at(-1) === back[0] ? [...there, ...back.slice(1)] : [...there, ...back]);
});

test('whatever comes, there are never more dots than the map can show, and it says that they are a sample', (t) => {
	const motion = new Motion();
	const many = captured.filter(({bytes}) => bytes.length > 60);
	let isSample = false;
	for (let nowMs = 0; nowMs < 3000; nowMs += 100) {
		for (let turn = 0; turn < 5; turn++) {
			play(motion, scene, many, nowMs);
		}

		t.true(motion.at(nowMs).length <= mostDots);
		isSample ||= motion.oneIn > 1;
	}

	t.true(isSample);
	t.true(motion.isMoving);
	t.true([...frames(motion, 3000)].length < 15_000, 'it ends soon after the packets have ended');
	t.is(motion.oneIn, 1);
});
