// Frames in a line each, one after the other as they come.
import {Again} from './again.ts';
import {summarize, type Lasting, type Summary} from './index.ts';
import {Sequences} from './sequences.ts';

export class Summaries {
	/** Where connections began; who makes no line of a beginning notes it here. */
	readonly sequences = new Sequences();
	readonly #last = new Again<Summary>();

	/** Of the packet with this number. What is seen again at the next place is not decoded again. */
	of(number: number, frame: Lasting, linkType: number): Summary {
		const known = this.#last.of(frame, linkType);
		if (known !== undefined) {
			return known;
		}

		const {source, start, length, wireBytes} = frame;
		const bytes = start === 0 && length === source.length ? source : source.subarray(start, start + length);
		const summary = summarize({bytes, wireBytes, linkType}, this.sequences.at(number));
		this.#last.set(frame, linkType, summary);
		return summary;
	}
}
