// Captures on behalf of clients: each has a ring of its own in every namespace that it wants, with its own filter in the kernel, so that none can disturb
// another. Namespaces that come join, those that go leave. What is made of the rings: watch/live/.
import type {Native, NativeError, NativeRing} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {LinkNames, type ListeningNative} from '../../kernel/link-names.ts';
import type {Machine} from '../../kernel/machine.ts';
import type {Namespaces} from '../../kernel/namespaces.ts';
import type {Captured, CaptureTotals, CaptureWish} from '../../model/capture.ts';
import type {Lab} from '../../model/lab.ts';
import {Capture} from '../../watch/live/capture.ts';
import type {Running} from '../requests.ts';
import {sendMarkers} from './markers.ts';
import {placeOf, sitesOf, type NamedSite} from './sites.ts';

/** The rings of one capture have together so many blocks of 256 KiB, and each has a number between these. */
const allBlocks = 256;
const leastBlocks = 4;
const mostBlocks = 64;
/** In characters: libpcap's time grows with the cube of a filter's length, to a second here. */
const longestFilter = 4000;
/** BPF_RET | BPF_K */
const retConstant = 6;

export interface CaptureHost {
	readonly native: Pick<Native, 'compileFilter' | 'packetSocket' | 'ringPrepare' | 'ringMap' | 'writeFrames' | 'sendFrame'> & ListeningNative;
	readonly namespaces: Pick<Namespaces, 'has' | 'hold' | 'watch'>;
	readonly machine: Pick<Machine, 'links'>;
	readonly lab: () => Lab | undefined;
}

/** Where what was captured goes. */
export interface CaptureSink {
	readonly output: (piece: Uint8Array) => void;
	readonly ended: (totals: CaptureTotals) => void;
	/** More was dropped; the totals until now. */
	readonly dropped: (totals: CaptureTotals) => void;
}

/** Starts a capture. Throws E_NAME_UNKNOWN, E_ARGUMENT for a filter that is none, E_PROGRAM_MISSING, E_KERNEL. */
export async function startCapture(host: CaptureHost, wish: CaptureWish, sink: CaptureSink): Promise<{readonly running: Running; readonly captured: Captured}> {
	const lab = host.lab();
	if (lab === undefined) {
		throw new LabError('E_CONFLICT', {doing: 'capture', said: 'the lab is not up yet', hint: 'wait for `vethlab up` to end'});
	}

	const sites = sitesOf(lab, wish.nodes);
	const filter = shortened(await compiled(host, wish.filter), wish.snaplen);
	const live = new LiveCapture(host, {sites, filter, wish}, sink);
	try {
		await live.open();
	} catch (error) {
		live.abandon();
		throw kernelError(error);
	}

	const isThere = ({netns}: NamedSite): boolean => host.namespaces.has(netns);
	const names = (some: readonly NamedSite[]): readonly string[] => some.map(({name}) => name);
	return {
		running: {
			write: () => undefined,
			end: () => {
				live.stop();
			},
			resize: () => undefined,
			hangUp: () => {
				live.abandon();
			},
			pause: () => {
				live.capture.pause();
			},
			resume: () => {
				live.capture.resume();
			},
			mark: async (points) =>
				sendMarkers(
					host,
					live.capture,
					points.map((point) => placeOf(point, sites)),
				),
		},
		captured: {nodes: names(sites.filter(isThere)), waiting: names(sites.filter((site) => !isThere(site)))},
	};
}

interface Plan {
	readonly sites: readonly NamedSite[];
	readonly filter: Uint8Array | undefined;
	readonly wish: CaptureWish;
}

class LiveCapture {
	readonly capture: Capture;
	readonly #host: CaptureHost;
	readonly #sites: ReadonlyMap<string, NamedSite>;
	readonly #filter: Uint8Array | undefined;
	readonly #blocks: number;
	/** What is captured now, by namespace; without `leave` its ring is being opened. */
	readonly #here = new Map<string, {leave?: () => Promise<void>}>();
	readonly #unwatch: () => void;

	constructor(host: CaptureHost, {sites, filter, wish}: Plan, {output, ended, dropped}: CaptureSink) {
		this.#host = host;
		this.#sites = new Map(sites.map((site) => [site.netns, site]));
		this.#filter = filter;
		this.#blocks = Math.min(mostBlocks, Math.max(leastBlocks, Math.floor(allBlocks / sites.length)));
		this.capture = new Capture({
			native: host.native,
			output,
			interfaces: wish.interfaces.length === 0 ? undefined : wish.interfaces,
			most: wish.count,
			dropped,
			ended: (totals) => {
				this.#unwatch();
				ended(totals);
			},
		});
		this.#unwatch = host.namespaces.watch({
			added: (netns) => {
				this.#join(netns).catch(() => {
					// it went while its ring was being opened
				});
			},
			removed: (netns) => {
				void this.#here.get(netns)?.leave?.();
				this.#here.delete(netns);
			},
		});
	}

	/** Opens the rings of what is there. */
	async open(): Promise<void> {
		await Promise.all([...this.#sites.keys()].filter((netns) => this.#host.namespaces.has(netns)).map(async (netns) => this.#join(netns)));
	}

	stop(): void {
		this.#unwatch();
		this.capture.stop();
	}

	abandon(): void {
		this.#unwatch();
		this.capture.abandon();
	}

	async #join(netns: string): Promise<void> {
		const site = this.#sites.get(netns);
		if (site === undefined) {
			return;
		}

		const place: {leave?: () => Promise<void>} = {};
		this.#here.set(netns, place);
		const {ring, names} = await this.#open(netns);
		if (this.#here.get(netns) !== place) {
			// it has gone meanwhile
			names.close();
			await ring.close();
			return;
		}

		const interfaces = async (): Promise<ReadonlyMap<number, string>> => names.with(await this.#host.machine.links(netns).catch(() => []));
		const left = (): void => {
			names.close();
		};
		place.leave = this.capture.add({name: site.name, description: site.description, interfaces, left}, ring);
	}

	async #open(netns: string): Promise<{readonly ring: NativeRing; readonly names: LinkNames}> {
		const {native, namespaces} = this.#host;
		const held = namespaces.hold(netns);
		const names = await LinkNames.listen(native, held.fd).catch((error: unknown) => {
			held.release();
			throw error;
		});
		try {
			const socket = await native.packetSocket(held.fd);
			await native.ringPrepare(socket, this.#blocks, this.#filter);
			return {ring: await native.ringMap(socket, this.#blocks), names};
		} catch (error) {
			names.close();
			throw error;
		} finally {
			held.release();
		}
	}
}

/** A program that lets through the same, but no more of it than so many bytes: that is what its ends return (BPF_RET | BPF_K, linux/bpf_common.h). */
function shortened(program: Uint8Array | undefined, snaplen: number | undefined): Uint8Array | undefined {
	if (snaplen === undefined) {
		return program;
	}

	const words = new Uint32Array(program === undefined ? [retConstant, snaplen] : Uint8Array.from(program).buffer);
	for (let at = 0; at < words.length; at += 2) {
		if (words[at] === retConstant && words[at + 1] !== 0) {
			words[at + 1] = snaplen;
		}
	}

	return new Uint8Array(words.buffer);
}

/** The kernel's program for a filter; undefined: none is wanted. */
async function compiled({native}: CaptureHost, text: string | undefined): Promise<Uint8Array | undefined> {
	if (text === undefined || text.trim() === '') {
		return undefined;
	}

	const doing = `compile the filter "${text}"`;
	if (/\bvlan\b/.test(text)) {
		throw new LabError('E_ARGUMENT', {
			doing,
			said: 'the kernel takes the VLAN tag out of a frame before a filter sees it, so that vlan finds nothing',
			hint: 'capture without it, and filter the file: tcpdump -r FILE vlan',
		});
	}

	if (text.length > longestFilter) {
		throw new LabError('E_ARGUMENT', {
			doing: `compile the filter "${text.slice(0, 80)}…"`,
			said: `it has ${text.length} characters; ${longestFilter} are allowed`,
			hint: 'name networks instead of hosts, or filter the file',
		});
	}

	const result = await native.compileFilter(text).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOPKG') {
			throw new LabError('E_PROGRAM_MISSING', {
				doing,
				said: 'libpcap is not installed',
				hint: 'install libpcap (Debian and Ubuntu: apt-get install libpcap0.8), or capture without a filter',
				cause: error,
			});
		}

		throw error;
	});
	if ('said' in result) {
		throw new LabError('E_ARGUMENT', {doing, said: result.said, hint: 'pcap-filter(7) has the words: "tcp port 80", "host 172.17.0.2 and icmp", "arp"'});
	}

	return result.program;
}

function kernelError(error: unknown): unknown {
	if (!(error instanceof Error) || !('syscall' in error)) {
		return error;
	}

	const {code, message} = error as NativeError;
	const isMemory = code === 'ENOMEM' || code === 'ENOBUFS';
	return new LabError(isMemory ? 'E_SPACE' : 'E_KERNEL', {
		doing: 'open a capture ring',
		said: message,
		hint: isMemory ? 'capture fewer nodes at once: name them' : '`vethlab doctor` shows whether this kernel can watch packets',
		cause: error,
	});
}
