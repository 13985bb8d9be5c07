// The floor's namespaces, links, addresses, routes, settings and rules: raw netlink in as few trips as there can be, and one iptables-restore for each family.
import type {Native} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {grouped} from '../../base/grouped.ts';
import {endsOf, type End} from '../../kernel/ends.ts';
import {run} from '../../kernel/iptables/program.ts';
import {restoreFile, type RuleStep} from '../../kernel/iptables/restore.ts';
import {linkNumber, loopbackIndex, otherEnd} from '../../kernel/netlink/link.ts';
import {Outbox} from '../../kernel/netlink/outbox.ts';
import {doRequests, linkByName, type NetlinkOp} from '../../kernel/requests.ts';
import {sysctlPath} from '../../kernel/sysctls.ts';
import type {Family, NetnsName, Op, OpOf} from '../../plan/op.ts';

/** One trip each. Bridges are there before their ports, links before what names them by number. */
const stages = ['machine settings', 'bridges', 'cables', 'link settings', 'addresses'] as const;
type Stage = (typeof stages)[number];

interface Opened {
	readonly fd: number;
	readonly route: number;
	readonly numbers: Map<string, number>;
}

export class FloorNetwork {
	readonly #native: Native;
	readonly #names: readonly NetnsName[];
	readonly #netlink: ReadonlyMap<Stage, readonly NetlinkOp[]>;
	readonly #sysctls: ReadonlyMap<Stage, readonly OpOf<'sysctl.set'>[]>;
	readonly #restores: readonly {readonly netns: NetnsName; readonly family: Family; readonly text: string}[];
	readonly #programs: Readonly<Record<Family, string>>;
	readonly #opened = new Map<NetnsName, Opened>();

	/** Sorts the plan and words its rules; both are not what the floor measures. */
	constructor(native: Native, ops: readonly Op[], programs: Readonly<Record<Family, string>>) {
		this.#native = native;
		this.#programs = programs;
		this.#names = ops.flatMap((op) => (op.do === 'netns.add' ? [op.netns] : []));
		const bridges = new Set(ops.flatMap((op) => (op.do === 'link.add' && op.link.kind === 'bridge' ? [op.link.name] : [])));
		const sysctls = ops.filter((op) => op.do === 'sysctl.set');
		this.#sysctls = grouped(sysctls, ({key}): Stage => (/\.conf\.(?!all|default)/.test(key) ? 'link settings' : 'machine settings'));
		// those of a namespace together: they share one message
		const netlink = ops.filter((op) => isNetlink(op)).toSorted((a, b) => this.#names.indexOf(a.netns) - this.#names.indexOf(b.netns));
		this.#netlink = grouped(netlink, (op) => stageOf(op, bridges));
		const rules = ops.filter((op) => op.do === 'chain.add' || op.do === 'policy.set' || op.do === 'rule.add');
		const steps = grouped(
			rules.map((op, index): RuleStep => ({op, index})),
			({op}) => `${op.family} ${op.netns}`,
		);
		this.#restores = [...steps.values()].flatMap((own) =>
			own.slice(0, 1).map(({op: {netns, family}}) => ({netns, family, text: restoreFile(own, 'do').text})),
		);
		// so that what is measured is not how the compiler of JavaScript warms up
		this.#encode(netlink, new Outbox());
	}

	fd(name: NetnsName): number {
		return this.#of(name).fd;
	}

	/** As other programs open it; `procDir`: the /proc of the box where they are. */
	path(name: NetnsName, procDir: string): string {
		return `${procDir}/${process.pid}/fd/${this.fd(name)}`;
	}

	/** The links of a namespace that the kernel has numbered when it was asked. */
	links(name: NetnsName): readonly string[] {
		return [...this.#of(name).numbers.keys()];
	}

	async addNamespaces(): Promise<void> {
		const {netns, route} = await this.#native.netnsCreate(this.#names.length);
		for (const [place, name] of this.#names.entries()) {
			this.#opened.set(name, {fd: netns[place] ?? -1, route: route[place] ?? -1, numbers: new Map([['lo', loopbackIndex]])});
		}
	}

	/** Makes everything but the rules. Throws E_KERNEL with the first refusal. */
	async wire(): Promise<void> {
		for (const stage of stages) {
			const sysctls = this.#sysctls.get(stage) ?? [];
			const netlink = this.#netlink.get(stage) ?? [];
			// oxlint-disable-next-line no-await-in-loop -- a stage stands on the one before it
			await this.#write(sysctls);
			// oxlint-disable-next-line no-await-in-loop -- as above
			await this.#send(netlink);
		}
	}

	/** Throws E_RULES with iptables' own words. */
	async restore(): Promise<void> {
		await Promise.all(
			this.#restores.map(async ({netns, family, text}) => {
				const name = family === 4 ? 'iptables-restore' : 'ip6tables-restore';
				const {code, stderr} = await run(this.#native, this.fd(netns), {file: this.#programs[family], name, args: ['--noflush'], stdin: text});
				if (code !== 0) {
					throw new LabError('E_RULES', {doing: `load the rules of ${netns}`, said: stderr});
				}
			}),
		);
	}

	async #write(ops: readonly OpOf<'sysctl.set'>[]): Promise<void> {
		const errors = await this.#native.writeFilesIn(ops.map(({netns, key, value}) => ({netns: this.fd(netns), path: sysctlPath(key), value})));
		const failed = errors.findIndex((errno) => errno !== 0);
		if (failed !== -1) {
			throw new LabError('E_KERNEL', {doing: `set ${ops[failed]?.key}`, said: `error ${errors[failed]}`});
		}
	}

	async #send(ops: readonly NetlinkOp[]): Promise<void> {
		const outbox = new Outbox();
		const sent = this.#encode(ops, outbox);
		const made = ops.filter((op) => op.do === 'link.add');
		// the kernel tells the numbers of a new cable by itself; those of other links come back by the same trip
		await this.#post(outbox, {sent, asked: this.#ask(made.filter(({link}) => link.kind !== 'veth').flatMap(endsOf), outbox)});
		// older ones do not
		const again = new Outbox();
		const untold = made.flatMap(endsOf).filter(({netns, name}) => !this.#of(netns).numbers.has(name));
		await this.#post(again, {sent: new Map(), asked: this.#ask(untold, again)});
	}

	#ask(ends: readonly End[], outbox: Outbox): ReadonlyMap<number, End> {
		return new Map(ends.map((end) => [outbox.add(this.#of(end.netns).route, linkByName(end.name)), end]));
	}

	async #post(outbox: Outbox, {sent, asked}: {readonly sent: ReadonlyMap<number, NetlinkOp>; readonly asked: ReadonlyMap<number, End>}): Promise<void> {
		if (outbox.isEmpty) {
			return;
		}

		const {refused, received} = await outbox.post(this.#native);
		const [first] = refused.values();
		if (first !== undefined) {
			throw new LabError('E_KERNEL', {doing: 'wire the floor', said: first.said ?? `error ${first.errno}`});
		}

		for (const {bytes, message} of received) {
			const op = sent.get(message.seq);
			const [own = asked.get(message.seq), peer] = op?.do === 'link.add' ? endsOf(op) : [];
			this.#note(own, linkNumber(bytes, message));
			this.#note(peer, otherEnd(bytes, message));
		}
	}

	#note(end: End | undefined, number: number | undefined): void {
		if (end !== undefined && number !== undefined) {
			this.#of(end.netns).numbers.set(end.name, number);
		}
	}

	/** What was put into the outbox, by sequence number. Before there are namespaces it stands for them with zeros. */
	#encode(ops: readonly NetlinkOp[], outbox: Outbox): ReadonlyMap<number, NetlinkOp> {
		const sent = new Map<number, NetlinkOp>();
		for (const op of ops) {
			const here = this.#opened.get(op.netns);
			const requests = doRequests(op, {
				link: (name) => here?.numbers.get(name) ?? 0,
				netnsFd: (name) => this.#opened.get(name)?.fd ?? 0,
				newNumber: () => 0,
			});
			for (const send of requests) {
				sent.set(outbox.add(here?.route ?? 0, send), op);
			}
		}

		return sent;
	}

	#of(name: NetnsName): Opened {
		const found = this.#opened.get(name);
		if (found === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look for namespace ${name}`});
		}

		return found;
	}
}

function isNetlink(op: Op): op is Op & NetlinkOp {
	return op.do === 'link.add' || op.do === 'link.set' || op.do === 'addr.add' || op.do === 'addr.del' || op.do === 'route.add';
}

function stageOf(op: NetlinkOp, bridges: ReadonlySet<string>): Stage {
	if (op.do === 'link.add') {
		return op.link.kind === 'bridge' ? 'bridges' : 'cables';
	}

	const dev = op.do === 'route.add' ? undefined : op.dev;
	return dev === 'lo' ? 'bridges' : dev !== undefined && bridges.has(dev) ? 'cables' : 'addresses';
}
