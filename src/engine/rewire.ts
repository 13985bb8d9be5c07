// Changes to what runs: a container's networks, an engine's rules after its restart. Takes plans apart into the applier's steps; plans nothing.
import {type planContainer, planDocker, type Allocations, type Rewiring} from '../drivers/index.ts';
import {LabError} from '../base/errors.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Lab, Service} from '../model/lab.ts';
import type {ObservedRules} from '../model/observed.ts';
import type {Op} from '../plan/op.ts';
import type {Applier} from './apply.ts';
import type {ContainerState} from './processes.ts';

/** A container's unit. */
export function unitOf(container: string): string {
	return `container:${container}`;
}

/** Makes a container's unit, and does what follows: all of it, or nothing. */
export async function makeAnew(applier: Applier, {unit, afterwards}: ReturnType<typeof planContainer>): Promise<void> {
	try {
		await applier.make([unit]);
		await applier.extend(unit.id, afterwards);
	} catch (error) {
		await applier.remove([unit.id]);
		throw error;
	}
}

/** Connects or disconnects a running container: either all of it is done, or it is wired as before. Throws the failed step's error. Returns what was taken away. */
export async function rewire(applier: Applier, unit: string, {first, gone, next, files}: Rewiring): Promise<readonly Op[]> {
	const parts = new Set(gone);
	await applier.extend(unit, first);
	const removed = await applier.removeOps(unit, ({part}) => part !== undefined && parts.has(part));
	try {
		await applier.extend(unit, next);
		await applier.extend(unit, files);
		return removed;
	} catch (error) {
		await applier.removeOps(unit, (op) => first.includes(op) || next.includes(op));
		await applier.extend(unit, removed);
		throw error;
	}
}

/** E_NAME_UNKNOWN when there is no such host, E_CONFLICT when it has no Docker engine. */
export function needDocker(lab: Lab, host: string, doing: string): void {
	const found = lab.hosts.find(({name}) => name === host);
	if (found?.docker === undefined) {
		throw new LabError(found === undefined ? 'E_NAME_UNKNOWN' : 'E_CONFLICT', {
			doing,
			said: found === undefined ? undefined : `${host} has no Docker engine`,
		});
	}
}

/** A Docker engine starts again on a host whose containers have all stopped: its rules and its networks' are made anew. */
export async function restartEngine(
	{applier, machine}: {readonly applier: Applier; readonly machine: Machine},
	{lab, allocations}: {readonly lab: Lab; readonly allocations: Allocations},
	host: string,
): Promise<Allocations> {
	const isRule = (op: Op): boolean => (op.do === 'rule.add' || op.do === 'chain.add') && op.netns === host;
	const left = outliving(await machine.rules(host));
	// rules of a network jump to chains of the engine, so they go first
	for (const unit of [...lab.networks.map(({name}) => `network:${name}`), `swarm:${host}`, `docker:${host}`]) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other, see above
		await applier.removeOps(unit, (op) => isRule(op) && !left.has(wordsOf(op)));
	}

	const planned = planDocker(lab, allocations, host, await machine.net(host));
	for (const {id, ops} of [planned.unit, ...planned.networks]) {
		// oxlint-disable-next-line no-await-in-loop -- in the plan's order
		await applier.extend(
			id,
			ops.filter((op) => !left.has(wordsOf(op))),
		);
	}

	return planned.allocations;
}

/**
 * The rules of nat POSTROUTING. A starting engine deletes the chains that it made and the jumps to them, but none of these: it asks for a rule before it
 * adds it (iptables -C), and that of a range which docker0 no longer has stays for ever.
 */
function outliving({rules}: ObservedRules): ReadonlySet<string> {
	const there = rules.filter(({table, chain}) => table === 'nat' && chain === 'POSTROUTING');
	return new Set(there.map(({family, table, chain, text}) => `${family} ${table} ${chain} ${text}`));
}

/** The words that `outliving` has for a rule; for any other op some that it never has. */
function wordsOf(op: Op): string {
	return op.do === 'rule.add' ? `${op.family} ${op.table} ${op.chain} ${op.rule}` : op.do;
}

/** E_CONFLICT when the engine of the service's host is stopped. */
export function needEngine(stopped: ReadonlySet<string>, {host}: Service, doing: string): void {
	if (stopped.has(host)) {
		throw new LabError('E_CONFLICT', {doing, said: `Cannot connect to the Docker daemon on ${host}: it is stopped`});
	}
}

/** E_CONFLICT when the container does not run. */
export function needRunning(state: ContainerState | undefined, doing: string): void {
	if (state?.is !== 'running') {
		throw new LabError('E_CONFLICT', {doing, said: 'the container is not running'});
	}
}
