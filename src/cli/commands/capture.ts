// vethlab capture: the packets of a running lab, at all its points at once, or those of a capture file.
import {type Command, InvalidArgumentError} from 'commander';
import {LabError} from '../../base/errors.ts';
import {expectLongLife} from '../../base/v8.ts';
import {type Io, withLab} from '../command.ts';

interface Options {
	readonly read?: string;
	readonly write?: string;
	readonly interface: readonly string[];
	readonly count?: number;
	readonly verbose?: boolean;
	readonly hex?: boolean;
	readonly journeys?: boolean;
	readonly json?: boolean;
	readonly lab?: string;
}

function positive(text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) {
		throw new InvalidArgumentError('It must be a whole number, 1 or more.');
	}

	return value;
}

function collect(value: string, all: readonly string[]): readonly string[] {
	return [...all, value];
}

export function capture(program: Command, io: Io): void {
	program
		.command('capture')
		.description('the packets of a running lab, at all its points at once, or those of a capture file; a line each, or written as pcapng')
		.argument(
			'[words...]',
			'of a lab: hosts, containers and LANs (all when none is named), then a capture filter: web cli "tcp port 80". ' +
				"With -r or -j: a filter with the names that -V shows: 'tcp.port == 80 && !(ip.addr == 10.0.0.2 || arp)'",
		)
		.option('-r, --read <file>', 'those of this pcap or pcapng file; - is standard input')
		.option('-w, --write <file>', 'write them to this file as pcapng, for Wireshark and tcpdump, instead of printing them; - is standard output')
		.option('-i, --interface <name>', 'only at this interface: eth0, or web/eth0; may be given several times', collect, [])
		.option('-c, --count <n>', 'only the first n packets', positive)
		.option(
			'-j, --journeys',
			'a line for each packet with its way through the lab, instead of one for each place where it was seen; with -V those below it. ' +
				'With -r: of a file that was captured in a lab that still runs, --lab NAME',
		)
		.option('-V, --verbose', 'also every header, with its fields')
		.option('-x, --hex', 'also the bytes')
		.option('--json', 'one JSON object a packet and line; -V and -x add to it too. With -w: what it came to')
		.option('--lab <name>', 'which lab')
		.action(async (words: readonly string[], options: Options) => {
			const {read, write, count, journeys = false, verbose = false, hex = false, json = false} = options;
			const shown = {verbose, hex, json};
			refuseJourneys(options);
			if (write === undefined) {
				// what decodes and prints every packet goes on for long
				expectLongLife();
			}

			if (read !== undefined && journeys) {
				const [{showFileJourneys}, {parseFilter}] = await Promise.all([import('../capture-file-journeys.ts'), import('../../watch/filter/parse.ts')]);
				const chosen = {file: read, filter: parseFilter(words.join(' ')), count};
				await withLab(io, options.lab, async (client) => showFileJourneys(io, client, chosen, shown));
				return;
			}

			if (read === undefined) {
				const {captureLive} = await import('../capture-live.ts');
				await withLab(io, options.lab, async (client, {socket}) =>
					captureLive(io, {client, socket}, {words, interfaces: options.interface, write, count, shown, journeys}),
				);
				return;
			}

			refuseLive(options);
			const [{showFile, writeFile}, {parseFilter}] = await Promise.all([import('../capture-file.ts'), import('../../watch/filter/parse.ts')]);
			const chosen = {file: read, filter: parseFilter(words.join(' ')), count};
			if (write === undefined) {
				process.exitCode = await showFile(io, chosen, shown);
				return;
			}

			const written = await writeFile(io, chosen, write);
			io.stderr.write(`${written} packets written to ${write}\n`);
		});
}

/** Journeys are printed as they come, and need the lab that they are in. */
function refuseJourneys({journeys = false, read, write, hex = false, interface: interfaces, lab}: Options): void {
	if (!journeys) {
		return;
	}

	const doing = 'follow packets';
	if (read !== undefined && lab === undefined) {
		const said = '-r reads a file, which does not say how the lab was wired';
		throw new LabError('E_ARGUMENT', {doing, said, hint: 'name the lab, while it runs: vethlab capture -j -r FILE --lab NAME'});
	}

	const wrong =
		write !== undefined
			? '-w writes packets as they were seen, all of them'
			: hex
				? '-x shows the bytes of a packet as it was seen at one place'
				: read !== undefined && interfaces.length > 0
					? '-i chooses among the interfaces of a running lab'
					: undefined;
	if (wrong !== undefined) {
		throw new LabError('E_ARGUMENT', {doing, said: wrong, hint: 'leave one of them out; vethlab capture --journeys -V shows each place'});
	}
}

/** What means a running lab means nothing of a file. */
function refuseLive({interface: interfaces, lab}: Options): void {
	const said = interfaces.length > 0 ? '-i chooses among the interfaces of a running lab' : lab === undefined ? undefined : '--lab names a running lab';
	if (said !== undefined) {
		throw new LabError('E_ARGUMENT', {doing: 'read a capture file', said, hint: "leave one of them out; of a file, filter: 'ip.addr == 172.17.0.2'"});
	}
}
