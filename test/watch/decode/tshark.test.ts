// Our answers beside tshark's, field by field: value and place. The corpus is written by our own writer, which is read by another program here as well.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {layersOf, summarize, type Frame} from '../../../src/watch/decode/index.ts';
import {Sequences} from '../../../src/watch/decode/sequences.ts';
import type {Field} from '../../../src/watch/decode/walk.ts';
import {PcapngWriter, type Packet, type Point} from '../../../src/watch/files/index.ts';
import {needs} from '../../needs.ts';
import {captureFile, readAll} from '../files/read.ts';
import {goodFrames} from '../frames.ts';

/** Each packet by itself, as a list has no memory: no reassembly, no sequence numbers counted from a connection's first, nothing said of segments sent again. */
const preferences = [
	'ip.defragment:FALSE',
	'ipv6.defragment:FALSE',
	'tcp.desegment_tcp_streams:FALSE',
	'tcp.relative_sequence_numbers:FALSE',
	'tcp.analyze_sequence_numbers:FALSE',
	'http.desegment_headers:FALSE',
	'http.desegment_body:FALSE',
].flatMap((preference) => ['-o', preference]);

/** Of what tshark prints. */
const mostBytes = 256 * 1024 * 1024;

interface Seen {
	readonly name: string;
	readonly show: string;
	readonly start: number;
	readonly end: number;
}

/** DNS at ports that have no name: those that a container's rules turn the engine's name server to. */
function namedPorts(packets: readonly Packet[]): readonly string[] {
	const called = packets.map((packet) => summarize(frameOf(packet))).filter(({destination}) => destination === '127.0.0.11');
	return [...new Set(called.map(({destinationPort}) => destinationPort))].flatMap((port) => ['-d', `tcp.port==${port},dns`, '-d', `udp.port==${port},dns`]);
}

function tshark(t: ExecutionContext, packets: readonly Packet[], ...args: readonly string[]): string {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-tshark-'));
	t.teardown(() => {
		rmSync(folder, {recursive: true});
	});
	const writer = new PcapngWriter();
	const file = join(folder, 'corpus.pcapng');
	writeFileSync(file, Buffer.concat([writer.begin(), ...packets.flatMap((packet) => writer.packet(packet))]));
	return execFileSync('tshark', ['-n', '-r', file, ...preferences, ...namedPorts(packets), ...args], {
		encoding: 'utf8',
		maxBuffer: mostBytes,
		stdio: ['ignore', 'pipe', 'ignore'],
	});
}

const entities: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

function attribute(tag: string, name: string): string {
	const found = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
	return found.replaceAll(/&(\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}

/** The fields of each packet in tshark's XML. */
function fieldsIn(pdml: string): readonly (readonly Seen[])[] {
	return pdml
		.split('<packet>')
		.slice(1)
		.map((packet) =>
			[...packet.matchAll(/<field [^>]*>/g)].map(([tag]) => {
				const start = Number(attribute(tag, 'pos'));
				return {name: attribute(tag, 'name'), show: attribute(tag, 'show'), start, end: start + Number(attribute(tag, 'size'))};
			}),
		);
}

/** Numbers however they are written; text as it is. */
function plain(value: string | number): string {
	const text = String(value).trim();
	return /^(?:0x[\da-f]+|\d+)$/i.test(text) ? String(Number(text)) : ({True: '1', False: '0'}[text] ?? text);
}

/** What tshark calls a quoted header's sequence number, and what its older versions call a flag that got another meaning. */
const otherNames: Readonly<Record<string, string>> = {'tcp.seq_raw': 'tcp.seq', 'tcp.flags.ae': 'tcp.flags.ns'};
/** tshark shows these bytes and not what they mean. */
const otherValues = new Set(['tcp.options.sack_perm']);
/** tshark leaves out the length before the text, and names the byte where all others have the word. */
const otherPlaces = new Set(['dns.txt', 'ieee8021ad.priority', 'ieee8021ad.dei']);
/** Not there in tshark: what follows an 802.1ad tag; data of records under one name; the length of a TCP segment that an ICMP error quotes. */
const oursAlone = new Set(['ieee8021ad.etype', 'dns.resp.data']);
const notInQuotations = new Set(['tcp.len']);

/** A header of HTTP that it has no name for is a line for it. */
function namedLines(name: string, theirs: readonly Seen[]): readonly Seen[] {
	return theirs.flatMap((seen) => {
		const [header = '', ...rest] = /^http\.re(?:quest|sponse)\.line$/.test(seen.name) ? seen.show.split(': ') : [];
		return `http.${header.toLowerCase().replaceAll('-', '_')}` === name ? [{...seen, show: rest.join(': ')}] : [];
	});
}

function differences({name, value, start, end}: Field, theirs: readonly Seen[]): string | undefined {
	const named = theirs.filter((seen) => seen.name === name || seen.name === otherNames[name]);
	const same = named.length > 0 ? named : namedLines(name, theirs);
	const equal = same.filter(({show}) => otherValues.has(name) || plain(show) === plain(value));
	if (equal.length === 0) {
		const isLeftOut = notInQuotations.has(name) && theirs.some((seen) => seen.name === 'icmpv6.type' || seen.name === 'icmp.type');
		return isLeftOut || oursAlone.has(name)
			? undefined
			: `${name} is ${value}, tshark: ${same.length === 0 ? 'no such field' : same.map(({show}) => show).join(', ')}`;
	}

	const isThere = otherPlaces.has(name) || equal.some((seen) => seen.start === start && seen.end === end);
	return isThere ? undefined : `${name} is at ${start} to ${end}, tshark: ${equal.map((seen) => `${seen.start} to ${seen.end}`).join(', ')}`;
}

async function corpus(t: ExecutionContext): Promise<readonly (readonly [title: string, packet: Packet])[]> {
	const point: Point = {name: 'by-hand', description: '', linkType: 1};
	const files = await Promise.all((['veth.pcap', 'any.pcap', 'lab.pcapng'] as const).map(async (name) => readAll(captureFile(name))));
	const byHand = goodFrames.map(([title, {bytes, wireBytes}]): readonly [string, Packet] => [
		title,
		{point, seconds: 1, nanoseconds: 0, bytes, wireBytes, direction: undefined, comment: undefined},
	]);
	const real = files.flatMap(({packets}) => packets).map((packet, index) => [`packet ${index + 1} of the kernel`, packet] as const);
	t.true(real.length > 500, 'a kernel sent something');
	return [...byHand, ...real];
}

function frameOf({bytes, wireBytes, point}: Packet): Frame {
	return {bytes, wireBytes, linkType: point.linkType};
}

needs('tshark')('every field of every header has the value and the place that tshark finds', async (t) => {
	const packets = await corpus(t);
	const seen = fieldsIn(
		tshark(
			t,
			packets.map(([, packet]) => packet),
			'-T',
			'pdml',
		),
	);
	t.is(seen.length, packets.length);
	let compared = 0;
	const found = packets.flatMap(([title, packet], index) => {
		const ours = layersOf(frameOf(packet)).flatMap(({fields}) => fields);
		compared += ours.length;
		return ours.map((field) => differences(field, seen[index] ?? [])).flatMap((said) => (said === undefined ? [] : [`${title}: ${said}`]));
	});
	t.true(compared > 3000, `${compared} fields compared`);
	t.deepEqual(found, []);
});

needs('tshark')('sequence numbers are counted from where a connection began, as tshark counts them', async (t) => {
	const {packets} = await readAll(captureFile('lab.pcapng'));
	const count = ['tcp.relative_sequence_numbers:TRUE', 'tcp.analyze_sequence_numbers:TRUE', 'gui.column.format:"Info","%i"'];
	const lines = tshark(t, packets, '-T', 'tabs', ...count.flatMap((preference) => ['-o', preference]))
		.trimEnd()
		.split('\n');
	t.is(lines.length, packets.length);
	const sequences = new Sequences();
	const numbersIn = (info: string): string => [...info.matchAll(/\b(?:Seq|Ack|SLE|SRE)=\d+/g)].join(' ');
	const both = packets.flatMap((packet, index) => {
		const {protocol, info} = summarize(frameOf(packet), sequences.at(index));
		return protocol === 'TCP' ? [[numbersIn(info), numbersIn(lines[index] ?? '')] as const] : [];
	});
	t.true(both.length > 100 && both.some(([ours]) => ours.includes('SLE=')), `${both.length} segments`);
	t.deepEqual(
		both.map(([ours]) => ours),
		both.map(([, theirs]) => theirs),
	);
});

needs('tshark')('the columns of the list are those of tshark: protocol, source, destination', async (t) => {
	const packets = await corpus(t);
	const columns = 'gui.column.format:"Protocol","%p","Source","%s","Destination","%d"';
	const lines = tshark(
		t,
		packets.map(([, packet]) => packet),
		'-T',
		'tabs',
		'-o',
		columns,
	)
		.trimEnd()
		.split('\n');
	t.is(lines.length, packets.length);
	const ours = packets.map(([title, packet], index) => {
		const {protocol, source, destination, info} = summarize(frameOf(packet));
		// tshark remembers that a connection spoke HTTP; a line here knows only its own packet
		const isLaterPart = lines[index]?.startsWith('HTTP') === true && protocol === 'TCP' && !info.includes('Len=0');
		return [title, isLaterPart ? 'HTTP' : protocol, source, destination].join(' | ');
	});
	t.deepEqual(
		ours,
		lines.map((line, index) =>
			[
				packets[index]?.[0],
				...line
					.split('\t')
					.map((cell) => cell.trim())
					.filter((cell) => cell !== '→'),
			].join(' | '),
		),
	);
});
