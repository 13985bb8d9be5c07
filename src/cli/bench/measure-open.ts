// Opening a large capture file: ours in a process of its own, as it reads the file into the store, and the peers as people start them.
import {spawn} from 'node:child_process';
import {closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import {CaptureReader, PcapngWriter} from '../../watch/files/index.ts';
import {PacketStore} from '../../watch/store/store.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {mostMemoryKiB} from './processes.ts';
import {sampleOf} from './statistics.ts';
import {firstAddress, packetOf} from './traffic.ts';
import {openInViewer, viewerIn, type Viewer} from './viewer.ts';

const packets = 1_000_000;
const packetsAtOnce = 1000;
const pieceBytes = 1024 * 1024;
const rowsOfScreen = 50;
const most = {timeRatio: 0.1, memoryRatio: 0.25};

/** What it cost to open a file. */
export interface Opened {
	/** Since the program was started: until the first packets are shown, and until the last one is in the list; in milliseconds. */
	readonly firstMs: number;
	readonly allMs: number;
	readonly cpuMs: number;
	/** Resident, of all its processes, at the most. */
	readonly megabytes: number;
}

export async function measureOpen(io: Io, rounds: number): Promise<readonly Figure[]> {
	return withFile(async (file) => {
		const viewer = viewerIn(io.env);
		const [ours, theirs] = [[] as Opened[], [] as Opened[]];
		for (let round = 0; round < rounds; round++) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			ours.push(await inProcess(io, file));
			if (viewer !== undefined) {
				// oxlint-disable-next-line no-await-in-loop -- as above
				theirs.push(await openInViewer(io.env, viewer, {file, row: firstAddress}));
			}
		}

		return figures(ours, theirs, viewer);
	});
}

function figures(ours: readonly Opened[], theirs: readonly Opened[], viewer: Viewer | undefined): readonly Figure[] {
	const beside = viewer === undefined ? '' : ` (beside ${viewer.name})`;
	const row = (what: string, key: keyof Opened, unit: 'ms' | 'MB', atMost: number | undefined): Figure => ({
		what: `a file of ${packets} packets${beside}: ${what}`,
		unit,
		ours: sampleOf(ours.map((one) => one[key])),
		...(theirs.length === 0 ? {} : {floor: sampleOf(theirs.map((one) => one[key]))}),
		...(atMost === undefined || theirs.length === 0 ? {} : {goal: {atMost, of: 'ratio'}}),
	});
	return [
		row('until the first are shown', 'firstMs', 'ms', undefined),
		row('until all are in the list', 'allMs', 'ms', most.timeRatio),
		row('CPU until then', 'cpuMs', 'ms', most.timeRatio),
		row('resident memory', 'megabytes', 'MB', most.memoryRatio),
	];
}

async function withFile<T>(work: (file: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
	try {
		const file = join(folder, 'large.pcapng');
		const writer = new PcapngWriter();
		const descriptor = openSync(file, 'w');
		writeFileSync(descriptor, writer.begin());
		for (let number = 0; number < packets; number += packetsAtOnce) {
			const some = Array.from({length: packetsAtOnce}, (_, index) => packetOf(number + index));
			writeFileSync(descriptor, Buffer.concat(some.flatMap((packet) => writer.packet(packet))));
		}

		closeSync(descriptor);
		return await work(file);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

/** Another `vethlab bench`, which opens the file and tells what it cost. */
async function inProcess(io: Io, file: string): Promise<Opened> {
	const child = spawn(process.execPath, [packageFile('dist/cli.js'), 'bench', '--open', file], {env: io.env, stdio: ['ignore', 'pipe', 'inherit']});
	let text = '';
	child.stdout.setEncoding('utf8').on('data', (piece: string) => {
		text += piece;
	});
	const exit = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	if (exit !== 0) {
		throw new LabError('E_RUNTIME', {doing: `open ${file}`, said: `exit code ${exit}`});
	}

	return JSON.parse(text) as Opened;
}

/** Opens the file here; of this process, times count from its start. */
export async function openHere(file: string): Promise<Opened> {
	const store = new PacketStore();
	const reader = new CaptureReader(file);
	let firstMs: number | undefined;
	const take = (): void => {
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			store.take(packet);
		}

		if (firstMs === undefined && store.end > 0) {
			for (let number = 0; number < rowsOfScreen; number++) {
				store.summary(number);
			}

			firstMs = performance.now();
		}
	};
	for await (const piece of createReadStream(file, {highWaterMark: pieceBytes})) {
		reader.push(piece as Buffer);
		take();
	}

	reader.push(undefined);
	take();
	const {user, system} = process.cpuUsage();
	const megabytes = (mostMemoryKiB() * 1024) / 1e6;
	return {firstMs: firstMs ?? Number.NaN, allMs: performance.now(), cpuMs: (user + system) / 1000, megabytes};
}
