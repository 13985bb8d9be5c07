// The row below the map: what the dots on it are, or what became of a packet that was lost.
import {Canvas} from '../layout/canvas.ts';
import {clip, width} from '../text.ts';
import type {Theme} from '../theme.ts';
import {dotLooks, type MapDot} from './map.ts';

export interface LegendFrame {
	readonly columns: number;
	/** What dots are made of. */
	readonly from: 'packets' | 'counters' | 'nothing';
	/** Of so many packets one is shown. */
	readonly oneIn: number;
	/** What is known of a packet that was lost just now; '': nothing. */
	readonly loss: string;
	/** Why packets cannot be captured. */
	readonly trouble: string;
}

const shown: readonly (readonly [MapDot['look'], string])[] = [
	['tcp', 'TCP'],
	['udp', 'UDP'],
	['icmp', 'ICMP'],
	['arp', 'ARP'],
	['rewritten', 'after NAT'],
	['other', 'other'],
];

export function drawLegend({columns, from, oneIn, loss, trouble}: LegendFrame, theme: Theme): string[] {
	const canvas = new Canvas(columns, 1);
	if (loss !== '') {
		const {glyph, role} = dotLooks.lost;
		canvas.text(canvas.text(1, 0, glyph, role), 0, clip(` ${loss}`, columns - 3), role);
	} else if (from === 'packets') {
		let x = 1;
		for (const [look, name] of shown) {
			x = canvas.text(canvas.text(x, 0, dotLooks[look].glyph, dotLooks[look].role), 0, ` ${name}`, 'dim') + 2;
		}

		const how = oneIn === 1 ? 'in slow motion' : `in slow motion, 1 in ${oneIn}`;
		canvas.text(Math.max(x, columns - width(how) - 1), 0, clip(how, columns - x), 'dim');
	} else if (from === 'counters') {
		const x = canvas.text(1, 0, dotLooks.counted.glyph, dotLooks.counted.role);
		canvas.text(x, 0, clip(` traffic by the counters; packets cannot be captured: ${trouble}`, columns - x - 1), 'dim');
	}

	return canvas.rows(theme);
}
