// Capture filters: their words (pcap-filter(7)) as programs for the kernel.
import type {Native} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';

/** In characters: libpcap's time grows with the cube of a filter's length, to a second here. */
const longestFilter = 4000;
/** BPF_RET | BPF_K */
const retConstant = 6;

export interface FilterWish {
	readonly filter: string | undefined;
	/** No more of a packet than so many bytes. */
	readonly snaplen?: number;
}

/** The kernel's program for a wish; undefined: everything passes, whole. Throws E_ARGUMENT for a filter that is none, E_PROGRAM_MISSING. */
export async function programOf(native: Pick<Native, 'compileFilter'>, {filter, snaplen}: FilterWish): Promise<Uint8Array | undefined> {
	return shortened(await compiled(native, filter), snaplen);
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
async function compiled(native: Pick<Native, 'compileFilter'>, text: string | undefined): Promise<Uint8Array | undefined> {
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
