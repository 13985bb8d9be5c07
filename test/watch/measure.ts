// What decoding and capture files cost, printed and not asserted: npx tsx test/watch/measure.ts
import {createReadStream, mkdtempSync, openSync, closeSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {layersOf, summarize, type Frame} from '../../src/watch/decode/index.ts';
import {PcapngWriter, readCapture, type Packet} from '../../src/watch/files/index.ts';
import {captureFile, readAll} from './files/read.ts';
import {goodFrames} from './frames.ts';

const wantedPackets = 1_000_000;

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** CPU microseconds for each of `count` calls, once warm: the best of five rounds, as others use the machine too. */
function each(count: number, work: (index: number) => unknown): number {
	let best = Infinity;
	for (let round = 0; round < 6; round++) {
		const before = process.cpuUsage();
		for (let index = 0; index < count; index++) {
			work(index);
		}

		const {user, system} = process.cpuUsage(before);
		best = round === 0 ? best : Math.min(best, (user + system) / count);
	}

	return best;
}

function measureDecoding(name: string, frames: readonly Frame[]): void {
	const at = (index: number): Frame => frames[index % frames.length] ?? {bytes: Buffer.alloc(0), linkType: 1, wireBytes: 0};
	const summaryUs = each(300_000, (index) => summarize(at(index)));
	const layersUs = each(30_000, (index) => layersOf(at(index)));
	print(`${name.padEnd(28)} summary ${summaryUs.toFixed(2)} us, layers ${layersUs.toFixed(2)} us`);
}

function named(title: string): readonly Frame[] {
	return goodFrames.filter(([name]) => name === title).map(([, frame]) => frame);
}

/** Writes a large file, a thousand packets at a time, and reads it. */
async function measureFile(packets: readonly Packet[]): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-measure-'));
	const file = join(folder, 'large.pcapng');
	try {
		const writer = new PcapngWriter();
		const descriptor = openSync(file, 'w');
		const began = performance.now();
		writeFileSync(descriptor, writer.begin());
		for (let count = 0; count < wantedPackets; count += 1000) {
			const some = Array.from({length: 1000}, (_, index) => packets[index % packets.length]).filter((packet) => packet !== undefined);
			writeFileSync(descriptor, Buffer.concat(some.flatMap((packet) => writer.packet(packet))));
		}

		closeSync(descriptor);
		const writtenMs = performance.now() - began;
		const cpu = process.cpuUsage();
		let read = 0;
		let mostBytes = 0;
		for await (const some of readCapture(createReadStream(file, {highWaterMark: 512 * 1024}), file)) {
			read += some.length;
			mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
		}

		const {user, system} = process.cpuUsage(cpu);
		const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
		print(
			`${read} packets, ${megabytes(statSync(file).size)}: written in ${(writtenMs / 1000).toFixed(1)} s, read in ${((user + system) / 1e6).toFixed(1)} CPU-s, at most ${megabytes(mostBytes)} resident`,
		);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

measureDecoding('tcp syn', named('tcp syn'));
measureDecoding('tcp with sack', named('tcp sack'));
measureDecoding('udp', named('udp'));
measureDecoding('icmp error', named('icmp fragmentation needed'));
measureDecoding('neighbor solicitation', named('neighbor solicitation'));
measureDecoding('icmp in vxlan', named('vxlan'));
measureDecoding('dns answer', named('dns answer'));
measureDecoding('dhcp', named('dhcp ack'));
const {packets} = await readAll(captureFile('veth.pcap'));
measureDecoding(
	'a real mixture',
	packets.map(({bytes, wireBytes, point}) => ({bytes, wireBytes, linkType: point.linkType})),
);
await measureFile(packets);
