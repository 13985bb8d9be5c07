// Where something stands in a file. Of its own, because everything that is made from a file may say it.

/** Where in the file something stands; line and column count from 1, in UTF-16 units as editors do. */
export interface Position {
	readonly line: number;
	readonly column: number;
}
