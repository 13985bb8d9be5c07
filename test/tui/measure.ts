// What a frame costs, printed and not asserted: node src/setup/tests.mjs && node .tests/tui/measure.js
import process from 'node:process';
import type {Event} from '../../src/api/messages.ts';
import type {ObservedRules} from '../../src/model/observed.ts';
import {Painter} from '../../src/tui/host/painter.ts';
import {runTui} from '../../src/tui/app.ts';
import {openRules} from '../../src/tui/rules/commands.ts';
import {screenLayers} from '../../src/tui/screen.ts';
import {takeEvent} from '../../src/tui/events.ts';
import {sceneOf} from '../../src/tui/state.ts';
import {makeTheme} from '../../src/tui/theme.ts';
import type {FlowChange} from '../../src/model/connections/news.ts';
import {flowOf} from '../model/connections/flows.ts';
import {FakeSession} from './fake-session.ts';
import {bridgePublish, crowd, fourModes} from './samples.ts';
import {arrival, captured} from './packets/capture.ts';
import {busyState} from './scene.ts';
import {FakeInput, FakeOutput, until} from './terminal.ts';

const theme = makeTheme(256, false);

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** CPU milliseconds and bytes for each of `frames` frames, each with a new reading of the counters and dots a tenth of a second on. */
function frames(name: string, view: ReturnType<typeof bridgePublish>, columns: number, rows: number): void {
	const state = busyState(view, {columns, rows}, true);
	const session = new FakeSession(view);
	const readings: Event[] = [];
	session.onEvent((event) => readings.push(event));
	const wired = view.hosts[0]?.containers.filter(({interfaces}) => interfaces.length > 0).map((container) => container.name) ?? [];
	const painter = new Painter(() => {});
	let nowMs = 0;
	let bytes = 0;
	const round = (count: number): number => {
		readings.length = 0;
		for (let frame = 0; frame < count; frame++) {
			for (const [index, from] of wired.entries()) {
				session.send(from, wired[(index + 1) % wired.length] ?? '', 1 + ((frame + index) % 90), 100);
			}

			session.tick(100);
		}

		const before = process.cpuUsage();
		for (const reading of readings) {
			nowMs += 100;
			takeEvent(state, reading, nowMs);
			bytes += painter.paint(screenLayers(state, theme, nowMs), rows, nowMs);
		}

		const {user, system} = process.cpuUsage(before);
		return (user + system) / 1000 / count;
	};

	round(200);
	bytes = 0;
	const cpuMs = round(300);
	print(`${name.padEnd(22)} ${columns}x${rows}  ${cpuMs.toFixed(2)} CPU-ms and ${Math.round(bytes / 300)} bytes per data frame`);
}

/** The same for the Rules screen: `count` rules of which every other one is hit in every reading. */
function rulesFrames(count: number, columns: number, rows: number): void {
	const view = bridgePublish();
	const state = busyState(view, {columns, rows});
	openRules(state);
	const reading = (frame: number): ObservedRules => ({
		chains: [{family: 4, table: 'nat', chain: 'DOCKER', policy: undefined, packets: 0, bytes: 0}],
		rules: Array.from({length: count}, (_, index) => {
			const packets = index % 2 === 0 ? frame * (index + 1) : 0;
			const text = `! -i docker0 -p tcp -m tcp --dport ${8000 + index} -j DNAT --to-destination 172.17.0.${index % 250}:80`;
			return {family: 4, table: 'nat', chain: 'DOCKER', number: index + 1, text, packets, bytes: packets * 60};
		}),
	});
	const painter = new Painter(() => {});
	let bytes = 0;
	const round = (first: number, frame: number): number => {
		const readings = Array.from({length: frame}, (_, index) => reading(first + index));
		const before = process.cpuUsage();
		for (const [index, rules] of readings.entries()) {
			state.rules.take(rules, view, (first + index) * 1000);
			bytes += painter.paint(screenLayers(state, theme, 0), rows, 0);
		}

		const {user, system} = process.cpuUsage(before);
		return (user + system) / 1000 / frame;
	};

	round(0, 100);
	bytes = 0;
	const cpuMs = round(100, 200);
	print(`${`${count} rules`.padEnd(22)} ${columns}x${rows}  ${cpuMs.toFixed(2)} CPU-ms and ${Math.round(bytes / 200)} bytes per data frame`);
}

/** The same for the Connections screen: `count` connections, of which ten begin, ten change and ten end before every frame. */
function connsFrames(count: number, columns: number, rows: number): void {
	const state = busyState(bridgePublish(), {columns, rows});
	state.screen = 'conns';
	state.conns.show('h1');
	const flow = (id: number) => flowOf(id, `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}:4000 > 192.168.50.10:8080`);
	state.conns.take({is: 'table', node: 'h1', atMs: Date.now(), flows: Array.from({length: count}, (_, id) => flow(id)), halves: []});
	const painter = new Painter(() => {});
	let next = count;
	let bytes = 0;
	const round = (times: number): number => {
		const before = process.cpuUsage();
		for (let frame = 0; frame < times; frame++) {
			const changes = Array.from({length: 10}, (_, index) => index + next).flatMap((id): FlowChange[] => [
				{is: 'new', by: 'event', flow: flow(id)},
				{is: 'update', by: 'event', flow: {...flow(id - 100), state: 'TIME_WAIT'}},
				{is: 'destroy', by: 'event', flow: flow(id - count)},
			]);
			next += 10;
			takeEvent(state, {event: 'flows', news: {is: 'changes', node: 'h1', atMs: Date.now(), changes, halves: []}}, 0);
			bytes += painter.paint(screenLayers(state, theme, 0), rows, 0);
		}

		const {user, system} = process.cpuUsage(before);
		return (user + system) / 1000 / times;
	};

	round(100);
	bytes = 0;
	const cpuMs = round(200);
	print(`${`${count} connections`.padEnd(22)} ${columns}x${rows}  ${cpuMs.toFixed(2)} CPU-ms and ${Math.round(bytes / 200)} bytes per data frame`);
}

/** The map with packets of a real capture under way: `count` sightings between two frames, ten frames a second. */
function motionFrames(count: number, columns: number, rows: number): void {
	const state = busyState(bridgePublish(), {columns, rows}, true);
	state.packets.phase = 'live';
	const arrivals = captured.map((packet) => arrival(packet));
	const painter = new Painter(() => {});
	let next = 0;
	let nowMs = 0;
	const round = (times: number): {readonly see: number; readonly draw: number} => {
		let [see, draw] = [0, 0];
		for (let frame = 0; frame < times; frame++) {
			nowMs += 100;
			const scene = sceneOf(state);
			const before = process.cpuUsage();
			for (let sighting = 0; sighting < count; sighting++) {
				const seen = arrivals[next++ % arrivals.length];
				if (seen !== undefined) {
					state.motion.see(scene, seen, nowMs);
				}
			}

			const between = process.cpuUsage();
			painter.paint(screenLayers(state, theme, nowMs), rows, nowMs);
			const after = process.cpuUsage();
			see += between.user + between.system - before.user - before.system;
			draw += after.user + after.system - between.user - between.system;
		}

		return {see, draw};
	};

	round(100);
	const {see, draw} = round(300);
	print(
		`${`${count} sightings, map`.padEnd(22)} ${columns}x${rows}  ${(draw / 300_000).toFixed(2)} CPU-ms per frame and ${(see / 300 / count).toFixed(2)} us per sighting`,
	);
}

/** From a key's bytes to the row on the screen. */
async function keys(): Promise<void> {
	const input = new FakeInput();
	const output = new FakeOutput(200, 60);
	const ended = runTui(new FakeSession(fourModes()), {stdin: input, stdout: output, env: {TERM: 'xterm-256color'}, ascii: false, wasRunning: true});
	await until(() => output.bytes > 2000);
	await new Promise((resolve) => setTimeout(resolve, 500));
	const times: number[] = [];
	for (let index = 0; index < 100; index++) {
		const {bytes} = output;
		const begin = performance.now();
		input.press(index % 2 === 0 ? '\u001B[C' : '\u001B[D');
		while (output.bytes === bytes) {
			// oxlint-disable-next-line no-await-in-loop -- until it is written
			await new Promise((resolve) => setImmediate(resolve));
		}

		times.push(performance.now() - begin);
	}

	times.sort((a, b) => a - b);
	print(`key to write            200x60  median ${times[50]?.toFixed(2) ?? ''} ms, 95 % ${times[95]?.toFixed(2) ?? ''} ms`);
	const cpu = process.cpuUsage();
	const {bytes} = output;
	await new Promise((resolve) => setTimeout(resolve, 2000));
	const {user, system} = process.cpuUsage(cpu);
	print(`idle for two seconds    200x60  ${output.bytes - bytes} bytes, ${((user + system) / 20_000).toFixed(2)} % of a core`);
	input.press('q');
	await ended;
}

frames('bridge-publish', bridgePublish(), 80, 24);
frames('bridge-publish', bridgePublish(), 200, 60);
frames('four-modes', fourModes(), 200, 60);
frames('40 containers', crowd(40), 200, 60);
frames('500 containers', crowd(500), 200, 60);
rulesFrames(30, 80, 24);
rulesFrames(60, 200, 60);
rulesFrames(1000, 200, 60);
connsFrames(100, 80, 24);
connsFrames(10_000, 200, 60);
motionFrames(100, 80, 24);
motionFrames(100, 200, 60);
motionFrames(1000, 200, 60);
motionFrames(7000, 200, 60);
await keys();
