// The one door to Linux: do ops, take them back, look. `linux.ts` is the real one, `fake.ts` keeps everything in memory; one contract test holds both.
import type {ObservedFlow, ObservedListener, ObservedNet, ObservedProcess, ObservedRules} from '../model/observed.ts';
import type {LabError} from '../base/errors.ts';
import type {NetnsName, Op} from '../plan/op.ts';
import type {FlowListener} from './flows.ts';

/** What became of one op. `skipped`: an earlier op of the call failed and this one was not tried. */
export type Outcome = {readonly is: 'done'} | {readonly is: 'skipped'} | {readonly is: 'failed'; readonly error: LabError};

export interface Machine {
	/**
	 * Does the ops. Links, addresses, routes and sysctls of one namespace are done in order, and so are its rules; everything else of a call may be done
	 * in any order and at the same time: plan/waves.ts puts what waits for something else into a later call.
	 * Returns one outcome per op. When one fails, others of the same call may already be done or may be skipped; each says which.
	 */
	do(ops: readonly Op[]): Promise<readonly Outcome[]>;
	/**
	 * Takes ops back: the caller lists them last first. What is already gone counts as done. Goes on after a failure.
	 */
	undo(ops: readonly Op[]): Promise<readonly Outcome[]>;

	/** Everything below throws E_NAME_UNKNOWN for a namespace or host that is not there. */
	net(netns: NetnsName): Promise<ObservedNet>;
	/** Only the links of `net`: what is asked for every second. */
	links(netns: NetnsName): Promise<ObservedNet['links']>;
	/** iptables-save and ip6tables-save with counters. */
	rules(netns: NetnsName): Promise<ObservedRules>;
	flows(netns: NetnsName): Promise<readonly ObservedFlow[]>;
	/** Tells what happens to the connections of a namespace, until the returned function is called. */
	listenToFlows(netns: NetnsName, listener: FlowListener): Promise<() => void>;
	/** Listening TCP and bound UDP sockets of the namespace, with the process that holds each (looked for among the host's processes). */
	listeners(netns: NetnsName, host: string): Promise<readonly ObservedListener[]>;
	processes(host: string): Promise<readonly ObservedProcess[]>;
}
