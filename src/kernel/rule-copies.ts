// The rules of one namespace made again in others: iptables-restore has made them once, the kernel says what came of it, and who wants the very same gets that.
// A process of iptables for each of a hundred containers would cost more than their network. What cannot be copied is for iptables to say: nothing here fails.
import type {Native} from '../../native/index.ts';
import type {Family, NetnsName} from '../plan/op.ts';
import type {Held, Namespaces} from './namespaces.ts';
import {batch, batchMessage, nftChain, nftMessage, nftRule, nftTable, subsystem} from './netlink/nftables.ts';
import {dump, dumpOf, rows} from './netlink/dump.ts';
import {askForAck, flags, readAnswer, readMessages, writeMessage} from './netlink/message.ts';
import {Writer} from './netlink/writer.ts';
import {renewed} from './nft-expressions.ts';

/** NETLINK_NETFILTER (linux/netlink.h), and the protocol families of its header (bits/socket.h). */
const netfilterProtocol = 12;
const protocolFamily = {4: 2, 6: 10} as const;
/** NLM_F_APPEND. */
const append = 0x8_00;

/** Longer ones are a host's own and come once; so many different ones are remembered. */
const longestText = 16_384;
const mostKept = 32;
/** Sockets that are open at a time. */
const socketsAtOnce = 64;

/** The same rules for each of these namespaces. */
export interface Wanted {
	readonly family: Family;
	/** As iptables-restore reads it. */
	readonly text: string;
	readonly places: readonly NetnsName[];
}

export class RuleCopies {
	readonly #native: Pick<Native, 'netlinkSocket' | 'netlinkRequest' | 'close'>;
	readonly #namespaces: Pick<Namespaces, 'hold'>;
	/** By family and text, the longest unused first. undefined: seen once, and nothing was learned. */
	readonly #known = new Map<string, Buffer | undefined>();

	constructor(native: Pick<Native, 'netlinkSocket' | 'netlinkRequest' | 'close'>, namespaces: Pick<Namespaces, 'hold'>) {
		this.#native = native;
		this.#namespaces = namespaces;
	}

	/** The namespaces where the rules are now. In the others nothing has changed: rules are there already, or what they look like is not known. */
	async copy({family, text, places}: Wanted): Promise<ReadonlySet<NetnsName>> {
		const change = this.#known.get(`${family} ${text}`);
		const done = new Set<NetnsName>();
		if (change === undefined) {
			return done;
		}

		for (let at = 0; at < places.length; at += socketsAtOnce) {
			// oxlint-disable-next-line no-await-in-loop -- so many at once and no more
			await this.#send(change, places.slice(at, at + socketsAtOnce), done);
		}

		return done;
	}

	/**
	 * Has `restore` make the rules in the first of the places, and learns what they look like where others want the same, or somebody has wanted it before.
	 * Only where there are no rules yet, else it could not be told what is new; and only when `restore` says that it has made all of them.
	 */
	async learn({family, text, places}: Wanted, restore: () => Promise<boolean>): Promise<void> {
		const key = `${family} ${text}`;
		const [place] = places;
		const isWorthIt = text.length <= longestText && (places.length > 1 || this.#known.has(key));
		const watched = place === undefined || !isWorthIt ? undefined : await this.#open(place);
		try {
			const isEmpty = watched !== undefined && (await this.#tables(watched.fd, family)) === 0;
			const isWhole = await restore();
			this.#remember(key, isEmpty && isWhole ? await this.#read(watched.fd, family) : undefined, text.length);
		} finally {
			watched?.close();
		}
	}

	#remember(key: string, change: Buffer | undefined, length: number): void {
		const known = this.#known.get(key);
		this.#known.delete(key);
		if (length <= longestText) {
			this.#known.set(key, change ?? known);
		}

		for (const oldest of this.#known.keys()) {
			if (this.#known.size <= mostKept) {
				break;
			}

			this.#known.delete(oldest);
		}
	}

	/** undefined: it cannot be opened, which whoever makes the rules will find out and say. */
	async #open(place: NetnsName): Promise<{readonly fd: number; readonly close: () => void} | undefined> {
		let held: Held | undefined;
		try {
			held = this.#namespaces.hold(place);
			const {release} = held;
			const fd = await this.#native.netlinkSocket(held.fd, netfilterProtocol);
			return {
				fd,
				close: () => {
					this.#native.close(fd);
					release();
				},
			};
		} catch {
			held?.release();
			return undefined;
		}
	}

	/** How many there are of a family. NaN: the kernel does not say. */
	async #tables(fd: number, family: Family): Promise<number> {
		const mail = await dump(this.#native, fd, [dumpOf(nftMessage.getTable, nftTable, {family: protocolFamily[family]})]);
		return mail.refused.size > 0 ? Number.NaN : rows(mail, nftMessage.addTable, nftTable).length;
	}

	/** All rules of a family as one change that makes them; undefined when there are none, or the kernel says other things than are understood here. */
	async #read(fd: number, family: Family): Promise<Buffer | undefined> {
		const of = {family: protocolFamily[family]};
		const mail = await dump(this.#native, fd, [
			dumpOf(nftMessage.getTable, nftTable, of),
			dumpOf(nftMessage.getChain, nftChain, of),
			dumpOf(nftMessage.getRule, nftRule, of),
		]);
		const tables = rows(mail, nftMessage.addTable, nftTable);
		const rules = rows(mail, nftMessage.addRule, nftRule).map((rule) => renewed(rule.attributes));
		if (mail.refused.size > 0 || tables.length === 0) {
			return undefined;
		}

		const change = new Change(of.family);
		for (const {attributes} of tables) {
			const {handle: _handle, use: _use, ...rest} = attributes;
			change.add(nftMessage.addTable, flags.exclusive, (out, head) => writeMessage(out, head, nftTable, {header: of, attributes: rest}));
		}

		for (const {attributes} of rows(mail, nftMessage.addChain, nftChain)) {
			const {handle: _handle, use: _use, counters: _counters, ...rest} = attributes;
			change.add(nftMessage.addChain, flags.exclusive, (out, head) => writeMessage(out, head, nftChain, {header: of, attributes: rest}));
		}

		for (const attributes of rules) {
			change.add(nftMessage.addRule, append, (out, head) => writeMessage(out, head, nftRule, {header: of, attributes}));
		}

		return change.bytes();
	}

	async #send(change: Buffer, places: readonly NetnsName[], done: Set<NetnsName>): Promise<void> {
		const sockets = await Promise.all(places.map(async (place) => ({place, open: await this.#open(place)})));
		try {
			const ready = sockets.flatMap(({place, open}) => (open === undefined ? [] : [{place, fd: open.fd}]));
			const replies = await this.#native.netlinkRequest(ready.map(({fd}) => ({fd, bytes: change})));
			for (const [index, reply] of replies.entries()) {
				const place = ready[index]?.place;
				if (place !== undefined && 'bytes' in reply && isDone(reply.bytes)) {
					done.add(place);
				}
			}
		} finally {
			sockets.forEach(({open}) => open?.close());
		}
	}
}

/** Messages that are done all together or not at all, between a begin and an end. */
class Change {
	readonly #out = new Writer();
	readonly #family: number;
	#seq = 0;
	#last = 0;

	constructor(family: number) {
		this.#family = family;
		this.#frame(batchMessage.begin);
	}

	add(type: number, more: number, write: (out: Writer, head: {readonly type: number; readonly flags: number; readonly seq: number}) => number): void {
		this.#seq++;
		this.#last = write(this.#out, {type, flags: flags.request | flags.create | more, seq: this.#seq});
	}

	/** Its last message asks for an answer. The end is answered by newer kernels only: it has that message's number, so that this answer is the one waited for. */
	bytes(): Buffer {
		askForAck(this.#out, this.#last);
		this.#frame(batchMessage.end);
		return this.#out.bytes.subarray(0, this.#out.length);
	}

	#frame(type: number): void {
		const head = {type, flags: flags.request, seq: this.#seq};
		writeMessage(this.#out, head, batch, {header: {family: this.#family, resource: subsystem}, attributes: {}});
	}
}

function isDone(reply: Buffer): boolean {
	return readMessages(reply).every((message) => (readAnswer(reply, message)?.errno ?? 0) === 0);
}
