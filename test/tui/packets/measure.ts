// What the Packets screen costs, printed and not asserted: node src/setup/tests.mjs && node .tests/tui/packets/measure.js
import process from 'node:process';
import {Painter} from '../../../src/tui/host/painter.ts';
import {screenLayers} from '../../../src/tui/screen.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import {bridgePublish} from '../samples.ts';
import {busyState} from '../scene.ts';
import {arrival, captured} from './capture.ts';

const theme = makeTheme(256, false);
const packetsPerFrame = 1000;
const frames = 300;
const arrivals = captured.map((packet) => arrival(packet));

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

function cpuMs(work: () => void): number {
	const before = process.cpuUsage();
	work();
	const {user, system} = process.cpuUsage(before);
	return (user + system) / 1000;
}

/** The newest rows change from frame to frame, as at 10,000 packets a second with ten frames a second. */
function following(columns: number, rows: number, filter: string): void {
	const state = busyState(bridgePublish(), {columns, rows}, true);
	state.screen = 'packets';
	state.packets.phase = 'live';
	state.packets.filter(filter);
	const painter = new Painter(() => {});
	let bytes = 0;
	let next = 0;
	const run = (): {readonly take: number; readonly draw: number} => {
		let [take, draw] = [0, 0];
		for (let frame = 0; frame < frames; frame++) {
			take += cpuMs(() => {
				for (let count = 0; count < packetsPerFrame; count++) {
					const packet = arrivals[next++ % arrivals.length];
					if (packet !== undefined) {
						state.packets.take(packet);
					}
				}

				state.packets.search?.goOn(state.packets.store, () => {});
			});
			draw += cpuMs(() => {
				bytes += painter.paint(screenLayers(state, theme, frame * 100), rows, frame * 100);
			});
		}

		return {take, draw};
	};
	run();
	bytes = 0;
	const {take, draw} = run();
	const name = filter === '' ? 'following' : `following, ${filter}`;
	print(
		`${name.padEnd(34)} ${columns}x${rows}  ${(draw / frames).toFixed(2)} CPU-ms and ${Math.round(bytes / frames)} bytes per frame; ` +
			`${((take / frames / packetsPerFrame) * 1000).toFixed(2)} us per packet`,
	);
}

following(80, 24, '');
following(200, 60, '');
following(200, 60, 'tcp.port == 80 && at web');
following(200, 60, 'ip.ttl == 63');
