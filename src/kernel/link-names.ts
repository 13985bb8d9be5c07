// The names of a namespace's interfaces by their number, those of interfaces that are gone among them: a packet outlives the interface it came by.
import type {Native} from '../../native/index.ts';
import {link, linkMessage} from './netlink/link.ts';
import {readBody, readMessages} from './netlink/message.ts';

/** NETLINK_ROUTE and its group RTNLGRP_LINK (linux/rtnetlink.h). */
const routeProtocol = 0;
const linkGroup = 1;

export type ListeningNative = Pick<Native, 'netlinkSocket' | 'netlinkEvents' | 'close'>;

export class LinkNames {
	readonly #heard = new Map<number, string>();
	#hangUp: () => void = () => undefined;

	/** Listens in the namespace from now on. Rejects with the kernel's error when that cannot be. */
	static async listen(native: ListeningNative, netns: number): Promise<LinkNames> {
		const names = new LinkNames();
		const socket = await native.netlinkSocket(netns, routeProtocol, [linkGroup]);
		const stop = native.netlinkEvents(
			socket,
			(bytes) => {
				names.#hear(bytes);
			},
			() => {
				// what was missed is there still, or has had no packet that anybody saw
			},
		);
		names.#hangUp = () => {
			stop();
			native.close(socket);
		};
		return names;
	}

	/** All that were heard of, and `there`, which are there now and have the say. */
	with(there: readonly {readonly index: number; readonly name: string}[]): ReadonlyMap<number, string> {
		return new Map([...this.#heard, ...there.map(({index, name}) => [index, name] as const)]);
	}

	/** Listens no more. What was heard stays. */
	close(): void {
		this.#hangUp();
		this.#hangUp = () => undefined;
	}

	#hear(bytes: Buffer): void {
		for (const message of readMessages(bytes)) {
			const body = message.type === linkMessage.add ? readBody(bytes, message, link) : undefined;
			if (body?.attributes.name !== undefined) {
				this.#heard.set(body.header.index, body.attributes.name);
			}
		}
	}
}
