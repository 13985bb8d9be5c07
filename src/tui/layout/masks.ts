// Lines as a weight for each of a cell's four sides, so that junctions come out right by themselves. Text is the canvas's business.

/** 0 none, 1 light, 2 double, 3 heavy. */
export type Weight = 0 | 1 | 2 | 3;

/** One cell's lines in a byte: two bits each for north, east, south, west. */
export function sides(north: Weight, east: Weight, south: Weight, west: Weight): number {
	return north | (east << 2) | (south << 4) | (west << 6);
}

/** `over` laid on `under`: a side that `over` has wins. */
export function join(under: number, over: number): number {
	let joined = under;
	for (let shift = 0; shift < 8; shift += 2) {
		const weight = (over >> shift) & 3;
		joined = weight === 0 ? joined : (joined & ~(3 << shift)) | (weight << shift);
	}

	return joined;
}

/** Glyphs with their weights north, east, south, west (Unicode box drawing, U+2500 to U+257F). */
const glyphs =
	'─0101 │1010 ┌0110 ┐0011 └1100 ┘1001 ├1110 ┤1011 ┬0111 ┴1101 ┼1111 ╴0001 ╵1000 ╶0100 ╷0010 ' +
	'═0202 ║2020 ╔0220 ╗0022 ╚2200 ╝2002 ╠2220 ╣2022 ╦0222 ╩2202 ╬2222 ═0200 ═0002 ║2000 ║0020 ' +
	'╒0210 ╓0120 ╕0012 ╖0021 ╘1200 ╙2100 ╛1002 ╜2001 ╞1210 ╟2120 ╡1012 ╢2021 ╤0212 ╥0121 ╧1202 ╨2101 ╪1212 ╫2121 ' +
	'━0303 ┃3030 ┏0330 ┓0033 ┗3300 ┛3003 ┣3330 ┫3033 ┳0333 ┻3303 ╋3333 ╸0003 ╹3000 ╺0300 ╻0030 ' +
	'┷1303 ┯0313 ┲0331 ┱0133 ┿1313 ┠3130 ┨3031 ╂3131 ┸3101 ┰0131 ┝1310 ┥1013';

function weightsOf(mask: number): number[] {
	return [0, 2, 4, 6].map((shift) => (mask >> shift) & 3);
}

/** Mask -> UTF-16 unit; a mix that Unicode lacks becomes light for heavy, then double throughout. */
export function glyphTable(isAscii: boolean): Uint16Array {
	const known = new Map(glyphs.split(' ').map((row) => [row.slice(1), row.charCodeAt(0)]));
	const table = new Uint16Array(256).fill(0x20);
	for (let mask = 1; mask < 256; mask++) {
		const weights = weightsOf(mask);
		const light = weights.map((weight) => (weight === 3 ? 1 : weight));
		const double = weights.map((weight) => (weight === 0 ? 0 : 2));
		table[mask] = isAscii
			? asciiOf(weights).charCodeAt(0)
			: (known.get(weights.join('')) ?? known.get(light.join('')) ?? known.get(double.join('')) ?? 0x3f);
	}

	return table;
}

function asciiOf([north = 0, east = 0, south = 0, west = 0]: readonly number[]): string {
	const isAcross = north === 0 && south === 0;
	const isUpright = east === 0 && west === 0;
	if ([north, east, south, west].includes(3)) {
		return '#';
	}

	return isAcross ? (east === 2 || west === 2 ? '=' : '-') : isUpright ? '|' : '+';
}
