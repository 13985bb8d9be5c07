// vethlab bench: the figures of the README, measured again here. It judges nothing by its exit code: machines differ.
import {type Command, InvalidArgumentError, Option} from 'commander';
import type {PartName} from '../bench/run.ts';
import {type Io, print, printJson} from '../command.ts';

/** A Linux bridge takes so many ports (BR_MAX_PORTS, net/bridge/br_private.h). */
const mostContainers = 1023;

interface Options {
	readonly sizes?: readonly number[];
	readonly only?: readonly PartName[];
	readonly quick?: boolean;
	readonly peers?: boolean;
	readonly json?: boolean;
	readonly open?: string;
}

export function bench(program: Command, io: Io): void {
	program
		.command('bench')
		.description('measure vethlab here: against the floor, and with --peers against other tools')
		.addOption(new Option('--sizes <list>', 'how many containers (default: 50,100,500; with --peers 10,50)').argParser(sizesOf))
		.addOption(
			new Option('--only <parts...>', 'measure only these').choices([
				'up',
				'modes',
				'names',
				'network',
				'down',
				'first',
				'memory',
				'tui',
				'capture',
				'decode',
				'journeys',
				'filter',
				'open',
			]),
		)
		.option('--quick', 'one round, 50 containers')
		.option('--peers', 'measure other tools that are installed, instead: docker, podman, containerlab, mininet, a shell script')
		.option('--json', 'print the figures as JSON')
		// of the part `open`, in a process of its own
		.addOption(new Option('--open <file>', 'open a capture file and print what that cost').hideHelp())
		.action(async (options: Options) => {
			if (options.open !== undefined) {
				const {openHere} = await import('../bench/measure-open.ts');
				printJson(io, await openHere(options.open));
				return;
			}

			const tell = (what: string): void => {
				io.stderr.write(`measuring ${what} …\n`);
			};
			if (options.peers === true) {
				const {measurePeers, peersReport} = await import('../bench/peers/index.ts');
				const results = await measurePeers(io, options.quick === true ? [10] : (options.sizes ?? [10, 50]), tell);
				print(io, options.json === true ? JSON.stringify(results, null, 2) : peersReport(results));
				return;
			}

			const {partNames, runBench} = await import('../bench/run.ts');
			const {reportOf} = await import('../bench/report.ts');
			const quick = options.quick === true;
			const report = await runBench(io, {parts: options.only ?? partNames, sizes: quick ? [50] : (options.sizes ?? [50, 100, 500]), quick}, tell);
			if (options.json === true) {
				printJson(io, report);
			} else {
				print(io, reportOf(report));
			}
		});
}

/** "50,100". Throws what commander shows. */
function sizesOf(text: string): readonly number[] {
	const sizes = text.split(',').map(Number);
	if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > mostContainers)) {
		throw new InvalidArgumentError(`Whole numbers from 1 to ${mostContainers}, with commas between.`);
	}

	return sizes.toSorted((a, b) => a - b);
}
