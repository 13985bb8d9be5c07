// vethlab capture -r FILE: the packets of a capture file.
import {type Command, InvalidArgumentError} from 'commander';
import type {Io} from '../command.ts';

interface Options {
	readonly read: string;
	readonly write?: string;
	readonly count?: number;
	readonly verbose?: boolean;
	readonly hex?: boolean;
	readonly json?: boolean;
}

function positive(text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) {
		throw new InvalidArgumentError('It must be a whole number, 1 or more.');
	}

	return value;
}

export function capture(program: Command, io: Io): void {
	program
		.command('capture')
		.description('the packets of a capture file (pcap or pcapng), a line each')
		.argument('[filter...]', "which packets: 'tcp.port == 80 && !(ip.addr == 10.0.0.2 || arp)', with the names that -V shows")
		.requiredOption('-r, --read <file>', 'the file; - is standard input')
		.option('-w, --write <file>', 'write them to this file (-: standard output) as pcapng, instead of printing them')
		.option('-c, --count <n>', 'only the first n packets that pass', positive)
		.option('-V, --verbose', 'also every header, with its fields')
		.option('-x, --hex', 'also the bytes')
		.option('--json', 'one JSON object a line; -V and -x add to it too')
		.action(async (words: readonly string[], {read, write, count, verbose = false, hex = false, json = false}: Options) => {
			const [{showFile, writeFile}, {parseFilter}] = await Promise.all([import('../capture-file.ts'), import('../../watch/filter/parse.ts')]);
			const chosen = {file: read, filter: parseFilter(words.join(' ')), count};
			if (write === undefined) {
				process.exitCode = await showFile(io, chosen, {verbose, hex, json});
				return;
			}

			const written = await writeFile(io, chosen, write);
			io.stderr.write(`${written} packets written to ${write}\n`);
		});
}
