// The bench's figures as people read them. Pure.
import {table} from '../table.ts';
import {isReached, type Figure} from './figure.ts';
import type {Speed} from './machine.ts';
import {ratio, type Sample} from './statistics.ts';

export interface Surroundings {
	readonly version: string;
	readonly node: string;
	readonly kernel: string;
	readonly cores: number;
	/** Of the last minute, when the bench began. */
	readonly load: number;
	readonly user: 'root' | 'rootless';
}

/** Why a figure is not there. */
export interface Absence {
	readonly what: string;
	readonly why: string;
}

export interface Report {
	readonly surroundings: Surroundings;
	/** Of the machine before each part, and after the last. */
	readonly speeds: readonly Speed[];
	readonly figures: readonly Figure[];
	readonly absent: readonly Absence[];
}

const explanation = [
	'Ours is the whole command, from its start to its return. Both floors make the same lab in the same kind of box from the same plan; they undo nothing,',
	'log nothing and answer nobody. "A script" is what an expert would write: `ip -batch`, iptables-restore, docker-proxy, and crun, four at a time. "Raw',
	'netlink" is as tight as we know how: a program of our own that is running and warm already when its clock starts. Everything counts once requests',
	'through the last published port were answered, and CPU is user and system time of everything that ran or still runs: command, engine, crun,',
	'containers. Cells: median (minimum); ratios are of medians (of minima).',
	'What a container costs in a mode stands beside one on docker0 with a published port instead, and a look-up of a name beside a server that only gives',
	'back what it gets; a capture beside tcpdump at the same interface at the same time, and an opened file beside termshark, or tshark.',
];

/** The whole report. */
export function reportOf({surroundings: here, speeds, figures, absent}: Report): string {
	const busy = here.load > here.cores ? ', which is busy: believe ratios and minima more than medians' : '';
	return [
		`vethlab ${here.version}, Node ${here.node}, Linux ${here.kernel}, ${here.user}, ${here.cores} cores, load ${here.load.toFixed(1)}${busy}`,
		speedText(speeds),
		'',
		...explanation,
		'',
		table([['', 'what', 'vethlab', 'floor', 'ratio', 'goal'], ...figures.map(rowOf)]),
		...(absent.length === 0 ? [] : ['', ...absent.map(({what, why}) => `not measured: ${what}: ${why}`)]),
	].join('\n');
}

/** By it two runs can be compared: with other neighbours the same code takes up to twice as long. */
function speedText(speeds: readonly Speed[]): string {
	const range = (of: (speed: Speed) => number, digits: number): string => {
		const values = speeds.map((speed) => of(speed));
		const [least, most] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
		return least === most ? least : `${least} to ${most}`;
	};
	return `meanwhile a read of memory that no cache has took ${range(({readNs}) => readNs, 0)} ns, a multiplication ${range(({multiplyNs}) => multiplyNs, 2)} ns`;
}

function rowOf(figure: Figure): readonly string[] {
	const {what, unit, ours, floor, goal} = figure;
	const reached = isReached(figure);
	return [
		reached === undefined ? ' ' : reached ? '✔' : '✘',
		what,
		cell(ours, unit),
		floor === undefined ? '' : cell(floor, unit),
		floor === undefined ? '' : cell(ratio(ours, floor), 'times'),
		goal === undefined ? '' : `<= ${amount(goal.atMost, goal.of === 'ratio' ? 'times' : unit)}`,
	];
}

function cell({median, minimum}: Sample, unit: Figure['unit']): string {
	const [middle, least] = [amount(median, unit), amount(minimum, unit)];
	return middle === least ? middle : `${middle} (${least.replace(/ .*$/, '')})`;
}

function amount(value: number, unit: Figure['unit']): string {
	if (Number.isNaN(value)) {
		return 'none';
	}

	switch (unit) {
		case 'times': {
			return `${value.toFixed(2)}x`;
		}

		case 'ms': {
			return `${value.toFixed(value < 1 ? 3 : value < 20 ? 1 : 0)} ms`;
		}

		case 'us': {
			return `${value.toFixed(value < 1 ? 3 : 1)} us`;
		}

		case 'MB': {
			return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} MB`;
		}

		case 'count': {
			return value.toFixed(0);
		}

		case 'bytes': {
			return `${value.toFixed(0)} bytes`;
		}

		case '%': {
			return `${value.toFixed(1)} %`;
		}
	}
}
