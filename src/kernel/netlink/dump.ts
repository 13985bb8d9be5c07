// Dumps: every row of some kinds, asked for in one trip. What changed while it was read (NLM_F_DUMP_INTR) is read again.
import type {Native} from '../../../native/index.ts';
import type {Table} from './codec.ts';
import type {Fixed} from './values.ts';
import {flags, readBody, writeMessage, type Body, type Format} from './message.ts';
import {Outbox, type Mail, type Send} from './outbox.ts';

type Fields = Readonly<Record<string, readonly [number, Fixed<unknown>]>>;

/** A namespace that changes without end is read as it comes after so many tries. */
const mostTries = 5;

/** A request for a dump, with the header fields and attributes that narrow it. */
export function dumpOf<Header extends Fields, Rows extends Table>(
	type: number,
	format: Format<Header, Rows>,
	header: Partial<Body<Header, Rows>['header']>,
): Send {
	return (out, seq) => writeMessage(out, {type, flags: flags.request | flags.dump, seq}, format, {header, attributes: {}});
}

/** The answers to all `dumps`; what was refused is under its place among them, counted from 1. */
export async function dump(native: Pick<Native, 'netlinkRequest'>, fd: number, dumps: readonly Send[]): Promise<Mail> {
	for (let tries = 1; ; tries++) {
		const outbox = new Outbox();
		for (const send of dumps) {
			outbox.addDump(fd, send);
		}

		// oxlint-disable-next-line no-await-in-loop -- again only because the first answer was torn
		const mail = await outbox.post(native);
		if (tries === mostTries || !mail.received.some(({message}) => (message.flags & flags.dumpInterrupted) !== 0)) {
			return mail;
		}
	}
}

/** The rows of one message type, in the kernel's order. */
export function rows<Header extends Fields, Rows extends Table>({received}: Mail, type: number, format: Format<Header, Rows>): readonly Body<Header, Rows>[] {
	return received.flatMap(({bytes, message}) => (message.type === type ? (readBody(bytes, message, format) ?? []) : []));
}
