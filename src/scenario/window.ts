// The packets of a step: captured at every point of the lab, from before its actions until they have had their effect. Which of them a check means, and
// what it makes of them: checks/packet.ts.
import type {Buffer} from 'node:buffer';
import type {Client} from '../api/client.ts';
import type {View} from '../api/messages.ts';
import {LabError} from '../base/errors.ts';
import type {CapturePoint} from '../model/capture.ts';
import type {Check, Step} from '../model/lab.ts';
import {Bpf} from '../watch/bpf/match.ts';
import {CaptureReader, type Packet} from '../watch/files/index.ts';
import {holds} from './count.ts';
import {Places, type Site} from './places.ts';
import type {CheckOf} from './scene.ts';

/** More packets than this of one step are not kept. */
const mostBytes = 256 * 1024 * 1024;
/** Between two looks at whether what is missing has come, in milliseconds. */
const pauseMs = 20;

export type PacketCheck = CheckOf<'packet' | 'no_packet'>;

/** Compiles a filter; the program is the kernel's (linux/filter.h). */
export type CompileFilter = (filter: string) => Promise<{readonly program: Uint8Array} | {readonly said: string}>;

/** What a window is opened with. */
export interface WindowParts {
	readonly capture: Client['capture'];
	readonly compile: CompileFilter;
}

/** The packets that a window has seen. */
export interface SeenPackets {
	/** In the order of time. */
	readonly packets: readonly Packet[];
	/** So many of them had come when the actions had had their effect; the rest while it was waited for others. */
	readonly settled: number;
	/** Interfaces ("h1/eth0") of which it is not certain that everything was seen, and why. */
	readonly doubts: ReadonlyMap<string, string>;
	readonly filters: ReadonlyMap<string, Bpf>;
	/** A point as it is captured. */
	readonly place: (point: CapturePoint) => Site;
}

export function isPacketCheck(check: Check): check is PacketCheck & Check {
	return check.check === 'packet' || check.check === 'no_packet';
}

/** Opens the window of a step whose checks look at packets. Throws what capturing or compiling throws. */
export async function openWindow(step: Step, view: View, {capture, compile}: WindowParts): Promise<Window> {
	const checks = step.expect.filter(isPacketCheck);
	const places = new Places(view);
	const filters = new Map<string, Bpf>();
	for (const filter of new Set(checks.flatMap((check) => [check.filter, ...(check.check === 'packet' && check.first !== undefined ? [check.first] : [])]))) {
		// oxlint-disable-next-line no-await-in-loop -- a handful, and libpcap compiles one after the other
		filters.set(filter, await compiled(filter, compile));
	}

	const nodes = [...new Set([...places.all, ...checks.map((check) => places.of(check).site)])];
	const capturing = await capture({nodes, interfaces: [], filter: undefined, count: undefined});
	return new Window(capturing, {checks, places, filters});
}

async function compiled(filter: string, compile: CompileFilter): Promise<Bpf> {
	const result = await compile(filter);
	if ('said' in result) {
		throw new LabError('E_ARGUMENT', {doing: `compile the filter "${filter}"`, said: result.said, hint: 'pcap-filter(7) has the words'});
	}

	return new Bpf(result.program);
}

interface Wanted {
	readonly checks: readonly PacketCheck[];
	readonly places: Places;
	readonly filters: ReadonlyMap<string, Bpf>;
}

export class Window implements SeenPackets {
	readonly packets: Packet[] = [];
	readonly doubts = new Map<string, string>();
	readonly filters: ReadonlyMap<string, Bpf>;
	settled = 0;
	readonly place: SeenPackets['place'];
	readonly #capturing: Awaited<ReturnType<Client['capture']>>;
	readonly #wanted: Wanted;
	readonly #reader = new CaptureReader('the packets of the step');
	#bytes = 0;

	constructor(capturing: Awaited<ReturnType<Client['capture']>>, wanted: Wanted) {
		this.#capturing = capturing;
		this.#wanted = wanted;
		this.filters = wanted.filters;
		this.place = (point) => wanted.places.of(point);
		capturing.onData((piece) => {
			this.#take(piece as Buffer);
		});
	}

	/** When what the actions caused has been seen. What is missing then is waited for, so many milliseconds. Throws E_SPACE, E_ENGINE_DEAD. */
	async close(withinMs: number): Promise<void> {
		const began = performance.now();
		await this.#mark();
		this.settled = this.packets.length;
		while (this.#isMissing() && performance.now() < began + withinMs) {
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			await new Promise((resolve) => {
				setTimeout(resolve, pauseMs);
			});
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			await this.#mark();
		}

		this.#capturing.end();
		const {drops} = await this.#capturing.ended;
		if (drops > 0) {
			throw new LabError('E_SPACE', {
				doing: 'capture the packets of the step',
				said: `${drops} of them were dropped: there was no room for more`,
				hint: 'let the step cause less traffic',
			});
		}

		if (this.#bytes > mostBytes) {
			throw new LabError('E_SPACE', {
				doing: 'capture the packets of the step',
				said: 'there are more than 256 MiB',
				hint: 'let the step cause less traffic',
			});
		}
	}

	/** Until everything that was caused is here. */
	async #mark(): Promise<void> {
		const points = this.#wanted.checks.map((check): CapturePoint => {
			const {site, dev} = this.place(check);
			return {node: site, dev};
		});
		const {lost, absent} = await this.#capturing.mark(points);
		this.doubts.clear();
		lost.forEach((name) => this.doubts.set(name, 'a marker that was sent through it did not come back, so that some may not have been seen'));
		absent.forEach((name) => this.doubts.set(name, 'there is no such interface'));
	}

	#take(piece: Buffer): void {
		this.#bytes += piece.length;
		if (this.#bytes > mostBytes) {
			return;
		}

		this.#reader.push(piece);
		for (let packet = this.#reader.next(); packet !== undefined; packet = this.#reader.next()) {
			this.packets.push(packet.packet());
		}
	}

	/** Whether more packets could make a check hold that does not yet. */
	#isMissing(): boolean {
		return this.#wanted.checks.some((check) => {
			if (check.check === 'no_packet') {
				return false;
			}

			const {length} = matching(this, check);
			return !holds(check.count, length) && (['>=', '>'].includes(check.count.is) || (check.count.is === '==' && length < check.count.value));
		});
	}
}

/** The packets at the point of a check, whatever its filter. Of a LAN as a whole each frame is one: it comes in once, and may go out often. */
export function packetsAt(seen: SeenPackets, point: Pick<PacketCheck, 'node' | 'dev'>): readonly Packet[] {
	const {site, dev, isLan} = seen.place(point);
	const all = seen.packets.filter(({point: {name}}) => (dev === undefined ? name.startsWith(`${site}/`) : name === `${site}/${dev}`));
	return isLan && dev === undefined ? all.filter(({direction}) => direction === 'in') : all;
}

/** Those that pass its filter, too. */
export function matching(seen: SeenPackets, check: PacketCheck): readonly Packet[] {
	return packetsAt(seen, check).filter((packet) => passes(seen, check.filter, packet));
}

/** Whether a packet passes one of the filters of the step. */
export function passes({filters}: Pick<SeenPackets, 'filters'>, filter: string, {bytes, wireBytes}: Packet): boolean {
	return filters.get(filter)?.matches(bytes, wireBytes) === true;
}
