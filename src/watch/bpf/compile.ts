// Capture filters (pcap-filter(7)) become programs, by libpcap.
import {loadNative, type CompiledFilter} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';

/** Compiles a filter for Ethernet frames, or says in libpcap's words why it is none. Throws E_PROGRAM_MISSING when libpcap is not installed. */
export async function compileFilter(text: string): Promise<CompiledFilter> {
	const doing = `compile the filter "${text}"`;
	try {
		const compiled = await loadNative().compileFilter(text);
		// versions put different words before what is wrong
		return 'said' in compiled ? {said: compiled.said.replace(/^(?:can't parse filter expression|syntax error in filter expression): /, '')} : compiled;
	} catch (error) {
		throw error instanceof Error && 'code' in error && error.code === 'ENOPKG'
			? new LabError('E_PROGRAM_MISSING', {
					doing,
					said: 'libpcap is not installed',
					hint: 'install libpcap (Debian and Ubuntu: apt-get install libpcap0.8)',
					cause: error,
				})
			: error;
	}
}
