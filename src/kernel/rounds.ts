// Does one round of netlink ops, or takes it back, for many namespaces at once. Says of each op what became of it; knows nothing of other rounds.
import type {LabError} from '../base/errors.ts';
import type {Native} from '../../native/index.ts';
import type {NetnsName} from '../plan/op.ts';
import {endsOf, type End} from './ends.ts';
import {laneOf, type Direction, type Run, type Step} from './lanes.ts';
import type {Held, Namespaces} from './namespaces.ts';
import {linkNumber, loopbackIndex, otherEnd} from './netlink/link.ts';
import {Outbox, type Mail, type Refused} from './netlink/outbox.ts';
import {isUndone, refusal, thrown} from './refusals.ts';
import {deleteMarked, doRequests, linkByName, linksNeeded, markForDeletion, undoRequests, type NetlinkOp, type Place} from './requests.ts';

/** ENODEV. */
const noSuchLink: Refused = {errno: 19, said: undefined};
/** From so many links of one namespace on, deleting them as a group is faster than one by one. */
const groupFrom = 8;

/** The errors of ops by index in the caller's list; an op that is not in it was done. */
export type Failures = Map<number, LabError>;

/** Numbers of links, by namespace and name. */
export type LinkNumbers = Map<NetnsName, Map<string, number>>;

export interface LaneTools {
	readonly native: Native;
	readonly namespaces: Namespaces;
}

/** Rounds that only make: the number of a link is asked for once. */
export interface DoTools extends LaneTools {
	readonly numbers: LinkNumbers;
}

/** A message on its way, and the ops that it is for: one, or all that are deleted as a group. */
interface Posted {
	readonly steps: readonly Step<NetlinkOp>[];
	/** Place among the op's messages. */
	readonly part: number;
}

/** Does a round of netlink ops. An op of several messages that failed after its first one is taken back, so that a failed op has changed nothing. */
export async function doNetlink(tools: DoTools, runs: readonly Run<NetlinkOp>[]): Promise<Failures> {
	const {failures, halfDone} = await round(tools, runs, 'do', tools.numbers);
	if (halfDone.length > 0) {
		await round(tools, halfDone, 'undo', new Map());
	}

	return failures;
}

/** Takes a round of netlink ops back. What is gone, or there again, is fine. */
export async function undoNetlink(tools: LaneTools, runs: readonly Run<NetlinkOp>[]): Promise<Failures> {
	return (await round(tools, runs, 'undo', new Map())).failures;
}

async function round(
	tools: LaneTools,
	runs: readonly Run<NetlinkOp>[],
	direction: Direction,
	numbers: LinkNumbers,
): Promise<{readonly failures: Failures; readonly halfDone: readonly Run<NetlinkOp>[]}> {
	const failures: Failures = new Map();
	const {open, held} = await openRoutes(tools, runs, failures);
	try {
		await askNumbers(tools.native, open, direction, numbers);
		const outbox = new Outbox();
		const posted = new Map<number, Posted>();
		for (const [run, fd] of open) {
			postRun({outbox, posted, failures, direction}, {run, fd, place: placeOf(tools.namespaces, numbers.get(run.netns))});
		}

		if (outbox.isEmpty) {
			return {failures, halfDone: []};
		}

		const mail = await outbox.post(tools.native);
		if (direction === 'do') {
			noteNumbers(mail, posted, numbers);
		}

		return {failures, halfDone: sortAnswers(mail, posted, {failures, direction})};
	} finally {
		for (const {release} of held) {
			release();
		}
	}
}

/** Opens the route socket of every run's namespace; where that fails the run's ops have failed. */
async function openRoutes(
	{namespaces}: LaneTools,
	runs: readonly Run<NetlinkOp>[],
	failures: Failures,
): Promise<{readonly open: readonly (readonly [Run<NetlinkOp>, number])[]; readonly held: readonly Held[]}> {
	const open: (readonly [Run<NetlinkOp>, number])[] = [];
	const held: Held[] = [];
	const take = (run: Run<NetlinkOp>, route: Held): void => {
		open.push([run, route.fd]);
		held.push(route);
	};
	const openFirst = async (run: Run<NetlinkOp>): Promise<void> => {
		try {
			take(run, await namespaces.holdRoute(run.netns));
		} catch (error) {
			run.steps.forEach(({index, op}) => failures.set(index, thrown(op, error)));
		}
	};
	const opening: Promise<void>[] = [];
	for (const run of runs) {
		const route = namespaces.holdOpenRoute(run.netns);
		if (route === undefined) {
			opening.push(openFirst(run));
		} else {
			take(run, route);
		}
	}

	await Promise.all(opening);
	return {open, held};
}

/** Adds the numbers of the links that each run's ops name and that are not known yet, in one trip. */
async function askNumbers(native: Native, open: readonly (readonly [Run<NetlinkOp>, number])[], direction: Direction, numbers: LinkNumbers): Promise<void> {
	const outbox = new Outbox();
	const asked = new Map<number, {readonly known: Map<string, number>; readonly name: string}>();
	for (const [{netns, steps}, fd] of open) {
		const known = numbersIn(numbers, netns);
		for (const name of new Set(steps.flatMap(({op}) => (isDeletion(op, direction) ? [] : linksNeeded(op))))) {
			if (!known.has(name)) {
				asked.set(outbox.add(fd, linkByName(name)), {known, name});
			}
		}
	}

	if (outbox.isEmpty) {
		return;
	}

	for (const {bytes, message} of (await outbox.post(native)).received) {
		const question = asked.get(message.seq);
		const number = linkNumber(bytes, message);
		if (question !== undefined && number !== undefined) {
			question.known.set(question.name, number);
		}
	}
}

/** Notes the numbers of new veths that the kernel tells while it makes them. */
function noteNumbers({received}: Mail, posted: ReadonlyMap<number, Posted>, numbers: LinkNumbers): void {
	const note = (end: End | undefined, number: number | undefined): void => {
		if (end !== undefined && number !== undefined) {
			numbersIn(numbers, end.netns).set(end.name, number);
		}
	};
	for (const {bytes, message} of received) {
		const [step] = posted.get(message.seq)?.steps ?? [];
		if (step?.op.do === 'link.add' && step.op.link.kind === 'veth') {
			const [own, peer] = endsOf(step.op);
			note(own, linkNumber(bytes, message));
			note(peer, otherEnd(bytes, message));
		}
	}
}

function numbersIn(numbers: LinkNumbers, netns: NetnsName): Map<string, number> {
	const known = numbers.get(netns);
	if (known !== undefined) {
		return known;
	}

	const made = new Map([['lo', loopbackIndex]]);
	numbers.set(netns, made);
	return made;
}

interface KnownPlace extends Place {
	readonly has: (link: string) => boolean;
}

function placeOf(namespaces: Namespaces, numbers: ReadonlyMap<string, number> = new Map()): KnownPlace {
	return {
		link: (name) => numbers.get(name) ?? 0,
		has: (name) => numbers.has(name),
		netnsFd: (name) => namespaces.fd(name),
		newNumber: () => namespaces.newLinkNumber(),
	};
}

interface Posting {
	readonly outbox: Outbox;
	readonly posted: Map<number, Posted>;
	readonly failures: Failures;
	readonly direction: Direction;
}

function postRun(
	{outbox, posted, failures, direction}: Posting,
	{run, fd, place}: {readonly run: Run<NetlinkOp>; readonly fd: number; readonly place: KnownPlace},
): void {
	const deleted = direction === 'undo' ? run.steps.filter(({op}) => op.do === 'link.add') : [];
	const asGroup = deleted.length > groupFrom;
	for (const step of run.steps) {
		const {index, op} = step;
		if (!isDeletion(op, direction) && linksNeeded(op).some((name) => !place.has(name))) {
			setFailure({failures, direction}, step, noSuchLink);
			continue;
		}

		try {
			const requests =
				op.do === 'link.add' && asGroup ? [markForDeletion(op.link.name)] : direction === 'do' ? doRequests(op, place) : undoRequests(op, place);
			for (const [part, send] of requests.entries()) {
				posted.set(outbox.add(fd, send), {steps: [step], part});
			}
		} catch (error) {
			failures.set(index, thrown(op, error));
		}
	}

	if (asGroup) {
		posted.set(outbox.add(fd, deleteMarked), {steps: deleted, part: 0});
	}
}

/** Deleting a link needs no number: not its own, and not that of its master or parent. */
function isDeletion(op: NetlinkOp, direction: Direction): boolean {
	return direction === 'undo' && op.do === 'link.add';
}

/** Notes failures. Returns the ops of which a part was done although they failed. */
function sortAnswers(
	mail: Mail,
	posted: ReadonlyMap<number, Posted>,
	report: {readonly failures: Failures; readonly direction: Direction},
): readonly Run<NetlinkOp>[] {
	const halfDone: Run<NetlinkOp>[] = [];
	for (const [seq, refused] of mail.refused) {
		const {steps, part} = posted.get(seq) ?? {steps: [], part: 0};
		for (const step of steps) {
			if (part > 0 && !report.failures.has(step.index)) {
				halfDone.push({netns: laneOf(step.op, 'undo'), steps: [step]});
			}

			setFailure(report, step, refused);
		}
	}

	return halfDone;
}

/** Sets the error of a refused op, unless it is undone and there is nothing left to undo, or has failed already. */
function setFailure(
	{failures, direction}: {readonly failures: Failures; readonly direction: Direction},
	{index, op}: Step<NetlinkOp>,
	{errno, said}: Refused,
): void {
	const isDone = direction === 'undo' && isUndone(op, errno);
	if (!isDone && !failures.has(index)) {
		failures.set(index, refusal(op, errno, said));
	}
}
