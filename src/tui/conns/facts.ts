// All that there is to say of one connection.
import {endText, halfText, marksText, protocolText, sourceText, destinationText, spanText} from '../../model/connections/words.ts';
import type {FlowTuple} from '../../model/observed.ts';
import type {Facts} from '../facts.ts';
import {short, timeOfDay} from '../text.ts';
import type {ConnsBook} from './book.ts';
import type {Conn} from './conn.ts';

export function connFacts(conn: Conn, book: ConnsBook, nowMs: number): Facts {
	const {node, flow, half, goneMs, bornMs} = conn;
	const {orig, reply, counters} = flow;
	const named = (address: string): string => {
		const name = book.nameOf(address);
		return name === undefined ? '' : ` (${name})`;
	};
	const way = (tuple: FlowTuple): string => `${sourceText(tuple)}${named(tuple.src)} → ${destinationText(tuple)}${named(tuple.dst)}`;
	const {rules} = book.natOf(conn);
	const marks = marksText(flow);
	const rows: readonly (readonly [label: string, value: string])[] = [
		['original', way(orig)],
		['reply', way(reply)],
		['NAT', natSentence(conn, book)],
		...rules.map(({command, why}) => ['made by', `${command} · ${why}`] as const),
		...(half === undefined ? [] : [['proxy', halfText(half)] as const]),
		['states', timelineText(conn)],
		['left', goneMs === undefined ? spanText((conn.expiresMs - nowMs) / 1000) : `gone since ${timeOfDay(goneMs)}`],
		...(bornMs === undefined ? [] : [['age', spanText(((goneMs ?? nowMs) - bornMs) / 1000)] as const]),
		...(counters === undefined
			? []
			: [
					[
						'carried',
						`▲ ${counters.orig.packets} packets ${short(counters.orig.bytes)}B  ▼ ${counters.reply.packets} packets ${short(counters.reply.bytes)}B`,
					] as const,
				]),
		...(marks === '' ? [] : [['marked', marks] as const]),
	];
	return {
		title: `${node} · ${protocolText(flow.protocol)} ${sourceText(orig)} → ${destinationText(orig)}`,
		summary: '',
		facts: rows.map(([label, value]) => ({label, value})),
		meter: undefined,
	};
}

/** What becomes of which address. */
function natSentence(conn: Conn, book: ConnsBook): string {
	const {orig, reply, nat} = conn.flow;
	const {words} = book.natOf(conn);
	const source = `source ${sourceText(orig)} becomes ${endText(reply.dst, reply.dport)}`;
	const destination = `destination ${endText(orig.dst, orig.dport)} becomes ${endText(reply.src, reply.sport)}`;
	switch (nat) {
		case 'none': {
			return 'none: both directions have the same addresses';
		}

		case 'source': {
			return `${words}: ${source}`;
		}

		case 'destination': {
			return `${words}: ${destination}`;
		}

		case 'both': {
			return `${words}: ${destination}, ${source}`;
		}
	}
}

/** The states that were seen, each with its time; of one that was there before only from then on. */
function timelineText({timeline, bornMs}: Conn): string {
	return timeline.map(({atMs, text}, index) => `${index === 0 && bornMs === undefined ? 'seen ' : ''}${timeOfDay(atMs)} ${text}`).join(' → ');
}
