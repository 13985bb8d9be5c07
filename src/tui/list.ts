// A list on the screen: the line one is on, what is scrolled to, whether it follows the end, and its filter.

/** A list as one sees it at a moment. */
export interface ListPlace {
	readonly cursor: number;
	readonly top: number;
	readonly shift: number;
	readonly isFollowing: boolean;
	readonly filter: string;
}

export class ListBox {
	cursor = 0;
	top = 0;
	/** Cells that long lines are moved to the left. */
	shift = 0;
	isFollowing = true;
	filter = '';

	/** Where it stands now, for a pane. */
	get place(): ListPlace {
		const {cursor, top, shift, isFollowing, filter} = this;
		return {cursor, top, shift, isFollowing, filter};
	}

	/** Keeps cursor and scroll inside `count` lines on `rows` rows. */
	settle(count: number, rows: number): void {
		const last = Math.max(0, count - 1);
		this.cursor = this.isFollowing ? last : Math.min(this.cursor, last);
		this.top = Math.max(0, Math.min(Math.max(this.top, this.cursor - rows + 1), this.cursor, count - rows));
	}

	/** Moves by so many lines; moving onto the last one follows again. */
	move(by: number, count: number): void {
		const last = Math.max(0, count - 1);
		const from = this.isFollowing ? last : Math.min(this.cursor, last);
		this.cursor = Math.max(0, Math.min(last, from + by));
		this.isFollowing = by > 0 && this.cursor === last;
	}

	sideways(by: number): void {
		this.shift = Math.max(0, this.shift + by);
	}
}

/** What a filter means: lines with that text, whatever its case; after `!` lines without it. Empty: all. */
export function matcher(filter: string): (text: string) => boolean {
	const isInverted = filter.startsWith('!');
	const wanted = (isInverted ? filter.slice(1) : filter).toLowerCase();
	return wanted === '' ? (): boolean => true : (text): boolean => text.toLowerCase().includes(wanted) !== isInverted;
}
