import test from 'ava';
import {layoutMap} from '../../../src/tui/layout/map.ts';
import {mostDots, Traffic} from '../../../src/tui/layout/traffic.ts';
import {caretOn, itemAt, neighbour, type Direction} from '../../../src/tui/layout/walk.ts';
import type {Item, Scene} from '../../../src/tui/layout/scene.ts';
import {ratesBetween, type Rates} from '../../../src/tui/rates.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import type {Counters, View} from '../../../src/api/messages.ts';
import {FakeSession} from '../fake-session.ts';
import {empty, macvlan, networks, overlay, sharing} from '../mode-samples.ts';
import {bridgePublish, crowd, fourModes} from '../samples.ts';

const directions: readonly Direction[] = ['left', 'right', 'up', 'down'];

function named(scene: Scene, name: string): Item {
	const item = scene.items.find((one) => one.id === name);
	if (item === undefined) {
		throw new Error(`${name} is not on the map`);
	}

	return item;
}

function walk(scene: Scene, from: string, ...steps: readonly Direction[]): string {
	let item = named(scene, from);
	let caret = caretOn(item, undefined, {x: 0, y: 0});
	for (const step of steps) {
		const next = neighbour(scene.items, item, step, caret);
		if (next !== undefined) {
			item = next;
			caret = caretOn(item, step, caret);
		}
	}

	return item.id;
}

test('what is published is said as it was typed, and whether NAT leads to it or docker-proxy alone', (t) => {
	const said = (hostAddresses: readonly string[], address6?: string): readonly string[] => {
		const view = bridgePublish();
		const published = hostAddresses.map((hostAddress) => ({protocol: 'tcp' as const, hostAddress, hostPort: 8083, port: 80, proxyPid: 41}));
		const hosts = view.hosts.map((host) => ({
			...host,
			containers: host.containers.map((one) =>
				one.name === 'web'
					? {...one, published, interfaces: one.interfaces.map((wire) => ({...wire, ...(address6 !== undefined && {address6})}))}
					: one,
			),
		}));
		const rows = layoutMap({...view, hosts}, 80, 18).canvas.rows(makeTheme(0, false));
		return rows.flatMap((row) => /\w+ \S*:\d+ → web:\S+/.exec(row)?.[0] ?? []);
	};
	t.deepEqual(said(['0.0.0.0', '::']), ['NAT :8083 → web:80/tcp']);
	t.deepEqual(said(['0.0.0.0']), ['NAT :8083 → web:80/tcp']);
	t.deepEqual(said(['::']), ['proxy [::]:8083 → web:80/tcp']);
	t.deepEqual(said(['::'], 'fd00:77::2/64'), ['NAT [::]:8083 → web:80/tcp']);
	t.deepEqual(said(['127.0.0.1', '::1']), ['NAT 127.0.0.1:8083 → web:80/tcp', 'proxy [::1]:8083 → web:80/tcp']);
});

test('arrows lead to the neighbour that one sees in that direction', (t) => {
	const scene = layoutMap(bridgePublish(), 80, 18);
	t.is(walk(scene, 'container:web', 'right'), 'container:cli');
	t.is(walk(scene, 'container:cli', 'left'), 'container:web');
	t.is(walk(scene, 'container:web', 'up'), 'bridge:h1/docker0');
	t.is(walk(scene, 'container:web', 'up', 'up'), 'host:h1');
	t.is(walk(scene, 'container:web', 'up', 'up', 'up'), 'lan:office');
	t.is(walk(scene, 'container:cli', 'right'), 'host:laptop');
	t.is(walk(scene, 'host:laptop', 'up', 'down'), 'host:laptop');
	t.is(walk(scene, 'lan:office', 'up'), 'lan:office');
});

test('arrows go along what a container is plugged into, in every mode', (t) => {
	const lan = layoutMap(macvlan(), 80, 18);
	t.is(walk(lan, 'container:cam1', 'up'), 'network:h1/phys');
	t.is(walk(lan, 'container:cam1', 'up', 'up'), 'host:h1');
	t.is(walk(lan, 'container:cam1', 'down'), 'bridge:h1/docker0');
	const tunnel = layoutMap(overlay(), 160, 40);
	t.is(walk(tunnel, 'container:api', 'up'), 'network:h1/ov0');
	t.is(walk(tunnel, 'container:api', 'down'), 'bridge:h1/docker_gwbridge');
	t.is(walk(tunnel, 'container:api', 'down', 'down'), 'overlay:ov0');
	t.is(walk(tunnel, 'container:api', 'right'), 'container:db');
	const behind = layoutMap(networks(), 160, 40);
	t.is(walk(behind, 'container:app', 'down'), 'bridge:h1/br-3f9c21aa70de');
	t.is(walk(behind, 'container:app', 'down', 'down'), 'container:db');
	const shared = layoutMap(sharing(), 80, 18);
	t.is(walk(shared, 'container:agent', 'down'), 'container:exporter');
	t.is(walk(shared, 'container:web', 'down'), 'container:sidecar');
});

test('what leaves a host is drawn to its trunk, and an internal network has no way to the host', (t) => {
	const rows = (view: View): string => layoutMap(view, 160, 40).canvas.rows(makeTheme(0, false)).join('\n');
	const tunnel = rows(overlay());
	t.is(tunnel.match(/vxlan0│/g)?.length, 2);
	t.is(tunnel.match(/═ ov0 · br0 10\.1\.0\.0\/24 ═╕/g)?.length, 2);
	t.regex(tunnel, /═ ov0 10\.1\.0\.0\/24 VXLAN 4097 ═+╧═+╧═/);
	t.regex(rows(networks()), /│ {3}═══╤═+╧═ back · br-3f9c21aa70de 172\.18\.0\.1\/16 internal ══ │/);
	t.regex(rows(macvlan()), /├≈+┬≈+┬≈ eth0 · macvlan phys 192\.168\.50\.0\/24/);
	const twice = macvlan();
	const [phys] = twice.networks;
	const both = phys === undefined ? twice : {...twice, networks: [phys, {...phys, name: 'more', subnet: '192.168.60.0/24'}]};
	t.regex(rows(both), /├≈+┬[^]*│ │ +│macvlan[^]*│ ├≈+ eth0 · macvlan more/);
	t.regex(rows(sharing()), /eth0 192\.168\.50\.10\/24 ╶─+┬─ host ─+┐/);
});

for (const [name, view, columns] of [
	['four-modes', fourModes(), 100],
	['crowd', crowd(60), 120],
	['bridge-publish', bridgePublish(), 200],
	['macvlan', macvlan(), 80],
	['overlay', overlay(), 80],
	['overlay', overlay(), 160],
	['networks', networks(), 80],
	['sharing', sharing(), 80],
	['empty', empty(), 80],
] as const) {
	test(`everything on the map of ${name} at ${columns} columns can be reached with arrows`, (t) => {
		const scene = layoutMap(view, columns, 40);
		const [first] = scene.items;
		const reached = new Set(first === undefined ? [] : [first.id]);
		const open = first === undefined ? [] : [first];
		for (let item = open.pop(); item !== undefined; item = open.pop()) {
			for (const direction of directions) {
				const next = neighbour(scene.items, item, direction, caretOn(item, undefined, {x: 0, y: 0}));
				if (next !== undefined && !reached.has(next.id)) {
					reached.add(next.id);
					open.push(next);
				}
			}
		}

		t.deepEqual(
			scene.items.filter(({id}) => !reached.has(id)).map(({id}) => id),
			[],
		);
	});
}

test('a click means the smallest thing under it', (t) => {
	const scene = layoutMap(fourModes(), 120, 34);
	for (const id of ['container:web', 'container:probe', 'container:agent', 'host:gw', 'lan:dmz', 'bridge:h2/br0']) {
		const {label} = named(scene, id);
		t.is(itemAt(scene.items, {x: label.x + 1, y: label.y})?.id, id);
	}

	const {box} = named(scene, 'host:h1');
	t.is(itemAt(scene.items, {x: (box?.x ?? 0) + 1, y: (box?.y ?? 0) + (box?.height ?? 0) - 1})?.id, 'host:h1');
});

const overlaps = test.macro({
	exec(t, view: View, columns: number) {
		const scene = layoutMap(view, columns, 40);
		const boxes = new Map(scene.items.flatMap(({kind, box}) => (kind === 'container' && box !== undefined ? [[`${box.x},${box.y}`, box] as const] : [])));
		const all = [...boxes.values()];
		for (const [index, a] of all.entries()) {
			t.true(a.x >= 0 && a.x + a.width <= columns);
			const other = all.slice(index + 1).find((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height);
			t.is(other, undefined, `two cards at ${a.x},${a.y}`);
		}
	},
	title: (_, view: View, columns: number) => `no two cards of ${view.lab} share a cell at ${columns} columns`,
});
for (const columns of [80, 100, 132, 200]) {
	test(overlaps, bridgePublish(), columns);
	test(overlaps, fourModes(), columns);
	test(overlaps, crowd(80), columns);
	test(overlaps, macvlan(), columns);
	test(overlaps, overlay(), columns);
	test(overlaps, networks(), columns);
	test(overlaps, sharing(), columns);
}

function ratesAfter(session: FakeSession, act: () => void): Rates {
	const seen: Counters[] = [];
	session.onEvent((event) => {
		if (event.event === 'counters') {
			seen.push(event.counters);
		}
	});
	session.tick();
	act();
	session.tick();
	const [before, after] = seen;
	return before === undefined || after === undefined ? new Map() : ratesBetween(before, after);
}

/** The cells that the one dot of a reading passes, in their order. */
function wayOf(scene: Scene, rates: Rates): (readonly [number, number])[] {
	const traffic = new Traffic();
	traffic.add(scene, rates, 0);
	const steps: (readonly [number, number])[] = [];
	for (let nowMs = 0; nowMs < 2000; nowMs++) {
		for (const {x, y} of traffic.at(nowMs)) {
			const [lastX, lastY] = steps.at(-1) ?? [];
			if (x !== lastX || y !== lastY) {
				steps.push([x, y]);
			}
		}
	}

	return steps;
}

test("a packet goes from the sender's card along its wire, the bridge, the way through the host and the LAN to the receiver, without a jump", (t) => {
	for (const [view, from, to] of [
		[bridgePublish(), 'web', 'laptop'],
		[bridgePublish(), 'laptop', 'web'],
		[bridgePublish(), 'cli', 'web'],
		[fourModes(), 'web', 'gw'],
		[fourModes(), 'wired', 'db'],
		[crowd(60), 'c001', 'c060'],
		[macvlan(), 'cam1', 'laptop'],
		[macvlan(), 'cam1', 'cam2'],
		[overlay(), 'web', 'api'],
		[overlay(), 'web', 'db'],
		[overlay(), 'db', 'api'],
		[networks(), 'app', 'laptop'],
		[networks(), 'proxy', 'app'],
	] as const) {
		for (const columns of [80, 160]) {
			const scene = layoutMap(view, columns, 40);
			const session = new FakeSession(view);
			const cells = wayOf(
				scene,
				ratesAfter(session, () => session.send(from, to, 5)),
			);
			t.true(cells.length > 3, `${from} to ${to}: no way`);
			for (const [index, [x = 0, y = 0]] of cells.entries()) {
				const [nextX = x, nextY = y] = cells[index + 1] ?? [];
				t.is(
					Math.abs(nextX - x) + Math.abs(nextY - y),
					index === cells.length - 1 ? 0 : 1,
					`${from} to ${to} at ${columns} columns: a jump after step ${index}`,
				);
			}

			const ends = [cells[0], cells.at(-1)];
			for (const [place, name] of [from, to].entries()) {
				const [x = 0, y = 0] = ends[place] ?? [];
				const item = scene.items.find((one) => one.name === name && one.kind !== 'lan');
				const rect = item?.box ?? {x: 0, y: 0, width: 0, height: 0};
				t.true(x >= rect.x && x < rect.x + rect.width && y >= rect.y - 1 && y < rect.y + rect.height, `${from} to ${to}: ${name}`);
			}
		}
	}
});

test('where counters stand still nothing moves', (t) => {
	const scene = layoutMap(bridgePublish(), 80, 18);
	const session = new FakeSession(bridgePublish());
	const traffic = new Traffic();
	traffic.add(
		scene,
		ratesAfter(session, () => {}),
		0,
	);
	t.false(traffic.isMoving);
});

test('never more than sixty dots, whatever is going on', (t) => {
	const view = crowd(500);
	const scene = layoutMap(view, 200, 58);
	const session = new FakeSession(view);
	const rates = ratesAfter(session, () => {
		for (let index = 1; index < 500; index++) {
			session.send(`c${String(index).padStart(3, '0')}`, `c${String(index + 1).padStart(3, '0')}`, 5000);
		}
	});
	const traffic = new Traffic();
	for (let nowMs = 0; nowMs < 3000; nowMs += 100) {
		traffic.add(scene, rates, nowMs);
		t.true(traffic.at(nowMs).length <= mostDots);
	}

	t.true(traffic.isMoving);
});

test('every wire ends in a junction with its segment', (t) => {
	const rows = layoutMap(bridgePublish(), 80, 18).canvas.rows(makeTheme(0, false));
	t.is(rows.join('').match(/╤/g)?.length, 4);
	t.is(rows.join('').match(/┴/g)?.length, 4);
	t.regex(rows.join('\n'), /╘═+╤═+╤═ docker0 172\.17\.0\.1\/16 ══/);
});
