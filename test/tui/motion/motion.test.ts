// Packets of a real capture on the map: where their dots go, in which order, and what they look like.
import test from 'ava';
import {layoutMap} from '../../../src/tui/layout/map.ts';
import type {Scene} from '../../../src/tui/layout/scene.ts';
import {Motion, mostDots, type Dot} from '../../../src/tui/motion/motion.ts';
import type {Packet} from '../../../src/watch/files/packet.ts';
import {arrival, captured} from '../packets/capture.ts';
import {macvlan, overlay} from '../mode-samples.ts';
import {bridgePublish, fourModes} from '../samples.ts';

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

/** One packet as it is seen at these places: "cam1/eth0 out". In a tunnel where a number is given: "h1/eth0 out 4097". */
function seenAt(...places: readonly string[]): readonly Packet[] {
	const [about] = syn;
	return places.flatMap((place) => {
		const [name = '', direction, vni] = place.split(' ');
		return about === undefined
			? []
			: [
					{
						...about,
						bytes: vni === undefined ? about.bytes : tunnelled(about.bytes, Number(vni)),
						point: {...about.point, name},
						direction: direction === 'in' ? ('in' as const) : ('out' as const),
					},
				];
	});
}

/** In VXLAN over UDP over IPv4 (RFC 7348). */
function tunnelled(inner: Buffer, vni: number): Buffer {
	const head = Buffer.alloc(50);
	head.writeUInt16BE(0x08_00, 12);
	head[14] = 0x45;
	head.writeUInt16BE(36 + inner.length, 16);
	head[23] = 17;
	head.writeUInt16BE(4789, 36);
	head[42] = 8;
	head.writeUInt32BE(vni * 256, 46);
	return Buffer.concat([head, inner]);
}

for (const [what, view, places] of [
	['a macvlan and its parent', macvlan(), ['cam1/eth0 out', 'h1/eth0 out', 'laptop/eth0 in']],
	['the LAN and a parent to a macvlan', macvlan(), ['laptop/eth0 out', 'h1/eth0 in', 'cam1/eth0 in']],
	['two macvlans of one parent', macvlan(), ['cam1/eth0 out', 'cam2/eth0 in']],
	['a cable to a LAN', fourModes(), ['plug/eth0 out', 'gw/eth0 in']],
	['a bridge and the interface that is its port', fourModes(), ['wired/eth0 out', 'h2/eth0 out', 'gw/eth0 in']],
	['an interface and the bridge that it is a port of', fourModes(), ['gw/eth0 out', 'h2/eth0 in', 'wired/eth0 in']],
	['a bridge', bridgePublish(), ['cli/eth0 out', 'web/eth0 in']],
] as const) {
	test(`a packet goes without a jump over ${what}`, (t) => {
		for (const columns of [80, 160]) {
			const motion = new Motion();
			play(motion, layoutMap(view, columns, 40), seenAt(...places));
			const cells = steps(motion);
			t.true(cells.length > 3);
			cells.slice(1).forEach(({x, y}, index) => {
				const before = cells[index] ?? {x: -1, y: -1};
				t.is(Math.abs(before.x - x) + Math.abs(before.y - y), 1, `at ${columns} columns, step ${index}`);
			});
		}
	});
}

test('in a tunnel the packet goes over the overlay network, and what carries it over the LAN', (t) => {
	const on = layoutMap(overlay(), 160, 40);
	const motion = new Motion();
	play(motion, on, seenAt('web/eth0 out', 'h1/eth0 out 4097', 'h2/eth0 in 4097', 'db/eth0 in'));
	const shown = [...frames(motion)].flat();
	const rowOf = (id: string): number => on.items.find((item) => item.id === id)?.rect.y ?? -1;
	t.true(shown.some(({y, look}) => y === rowOf('overlay:ov0') && look === 'tcp'));
	t.true(shown.some(({y, look}) => y === rowOf('lan:office') && look === 'udp'));
	t.false(shown.some(({y, look}) => y === rowOf('overlay:ov0') && look === 'udp'));
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
