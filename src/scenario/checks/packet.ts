// packet, no_packet: what a step's actions caused to pass a point. When it was seen elsewhere instead, that is told.
import type {Packet} from '../../watch/files/index.ts';
import {summarize} from '../../watch/decode/index.ts';
import {endpoint} from '../../watch/decode/walk.ts';
import {countText, holds} from '../count.ts';
import {LabError} from '../../base/errors.ts';
import type {Checker, Scene} from '../scene.ts';
import {matching, packetsAt, passes, type PacketCheck, type SeenPackets} from '../window.ts';

/** So many packets are shown. */
const mostShown = 12;

export const packet: Checker<'packet'> = {
	title: (check) =>
		[`packet at ${pointOf(check)}: ${check.filter}`, countWords(check.count), check.first === undefined ? '' : `, the first: ${check.first}`].join(''),
	retries: () => false,
	async look(check, scene) {
		const seen = packetsOf(scene);
		const found = matching(seen, check);
		const [first] = found;
		const isCount = holds(check.count, found.length);
		const isFirst = check.first === undefined || (first !== undefined && passes(seen, check.first, first));
		const expected = `${countText(check.count)} such packets${check.first === undefined ? '' : `, the first of which passes "${check.first}"`}`;
		if (isCount && isFirst) {
			return {ok: true, expected, got: String(found.length)};
		}

		if (found.length > 0) {
			return {ok: false, expected, got: isCount ? 'another first one' : `${found.length} of them`, packets: lines(found)};
		}

		return {ok: false, expected, got: `none${reservation(seen, check)}`, packets: instead(seen, check)};
	},
};

export const noPacket: Checker<'no_packet'> = {
	title: (check) => `no packet at ${pointOf(check)}: ${check.filter}`,
	retries: () => false,
	async look(check, scene) {
		const seen = settled(packetsOf(scene));
		const found = matching(seen, check);
		const doubt = reservation(seen, check);
		const expected = 'no such packet';
		return found.length > 0
			? {ok: false, expected, got: `${found.length} of them`, packets: lines(found)}
			: {ok: doubt === '', expected, got: `none${doubt}`};
	},
};

function packetsOf({packets}: Scene): SeenPackets {
	if (packets === undefined) {
		throw new LabError('E_INTERNAL', {doing: 'look at packets', said: 'nobody captured them'});
	}

	return packets;
}

/** Without what came while it was waited for others: that need not be the actions' doing. */
function settled({packets, settled: first, doubts, filters, place}: SeenPackets): SeenPackets {
	return {packets: packets.slice(0, first), settled: first, doubts, filters, place};
}

function pointOf({node, dev}: Pick<PacketCheck, 'node' | 'dev'>): string {
	return dev === undefined ? node : `${node}:${dev}`;
}

function countWords({is, value}: {readonly is: string; readonly value: number}): string {
	return is === '>=' && value === 1 ? '' : `, ${is === '==' ? '' : `${is} `}${value}`;
}

/** Why it may be that not everything was seen there. */
function reservation(seen: SeenPackets, check: PacketCheck): string {
	const {site, dev} = seen.place(check);
	const found = [...seen.doubts].find(([name]) => (dev === undefined ? name.startsWith(`${site}/`) : name === `${site}/${dev}`));
	return found === undefined || (packetsAt(seen, check).length > 0 && found[1].startsWith('there is no')) ? '' : `; ${shown(found[0])}: ${found[1]}`;
}

/** Where such packets were seen, and what was seen at the point. */
function instead(seen: SeenPackets, check: PacketCheck): readonly string[] {
	const elsewhere = firsts(seen.packets.filter((one) => passes(seen, check.filter, one)));
	const there = packetsAt(seen, check);
	return [
		...(elsewhere.length === 0 ? ['there was no such packet in the whole lab'] : ['elsewhere there were, with the first at each point:', ...elsewhere]),
		...(there.length === 0 ? [`at ${pointOf(check)} there was nothing at all`] : [`at ${pointOf(check)} there were:`, ...lines(there)]),
	];
}

/** How many packets were seen at each point, and the first of them. */
function firsts(packets: readonly Packet[]): readonly string[] {
	const points = new Map<string, Packet[]>();
	for (const one of packets) {
		const {name} = one.point;
		const known = points.get(name);
		if (known === undefined) {
			points.set(name, [one]);
		} else {
			known.push(one);
		}
	}

	return shortened([...points.values()].flatMap((all) => all.slice(0, 1).map((first) => `${all.length}x  ${line(first)}`)));
}

function lines(packets: readonly Packet[]): readonly string[] {
	return shortened(packets.slice(0, mostShown).map(line), packets.length);
}

function shortened(texts: readonly string[], all = texts.length): readonly string[] {
	const shownTexts = texts.slice(0, mostShown);
	return all > shownTexts.length ? [...shownTexts, `… and ${all - shownTexts.length} more`] : shownTexts;
}

/** "h1:eth0 in 192.168.50.12:40001 > 192.168.50.10:8080 TCP [SYN] …" */
function line({point, direction, bytes, wireBytes}: Packet): string {
	const {protocol, source, destination, sourcePort, destinationPort, info} = summarize({bytes, wireBytes, linkType: point.linkType});
	const way = `${endpoint(source, sourcePort)} > ${endpoint(destination, destinationPort)}`;
	return [shown(point.name), direction, way, protocol, info].filter((part) => part !== undefined && part !== '').join(' ');
}

/** "h1/eth0" as files write it. */
function shown(name: string): string {
	return name.replace('/', ':');
}
