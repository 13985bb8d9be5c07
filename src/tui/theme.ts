// Colours by meaning. A role without colour prints nothing, so NO_COLOR, 16 and 256 colours cost the panes no thought.
// To add a role: a row in `palette`. Nothing may be told by colour alone.

/** Role -> SGR parameters with 16 colours and with 256 (middle tones, readable on dark and on light). */
const palette = {
	none: ['', ''],
	brand: ['1;36', '1;38;5;37'],
	title: ['1', '1'],
	dim: ['90', '38;5;245'],
	tab: ['7', '7'],
	selected: ['1;33', '1;38;5;172'],
	lan: ['34', '38;5;33'],
	host: ['90', '38;5;245'],
	bridge: ['36', '38;5;37'],
	overlay: ['35', '38;5;133'],
	card: ['', ''],
	wire: ['36', '38;5;37'],
	routed: ['33', '38;5;172'],
	veth: ['90', '38;5;245'],
	nat: ['33', '38;5;172'],
	rate: ['32', '38;5;71'],
	dot: ['1;33', '1;38;5;208'],
	tcp: ['1;34', '1;38;5;33'],
	udp: ['1;35', '1;38;5;133'],
	icmp: ['1;32', '1;38;5;71'],
	arp: ['1', '1'],
	rewritten: ['1;33', '1;38;5;208'],
	dropped: ['1;31', '1;38;5;160'],
	live: ['32', '38;5;71'],
	paused: ['1;33', '1;38;5;172'],
	key: ['1', '1'],
	match: ['7', '7'],
	error: ['31', '38;5;160'],
} as const satisfies Record<string, readonly [string, string]>;

export type Role = keyof typeof palette;

const names = Object.keys(palette) as readonly Role[];
const indexes = new Map(names.map((name, index) => [name, index]));

/** A role as the small number that a canvas keeps for each cell. */
export function roleIndex(role: Role): number {
	return indexes.get(role) ?? 0;
}

export interface Theme {
	readonly colours: 0 | 16 | 256;
	readonly isAscii: boolean;
	/** By role index: the escape sequence that switches to it from any other; '' without colour. */
	readonly sgr: readonly string[];
	/** By role index: whether a space shows it (reverse video). */
	readonly isSolid: readonly boolean[];
}

/** The theme for an environment: NO_COLOR, COLORTERM and TERM decide. */
export function themeFor(env: Readonly<Record<string, string | undefined>>, isAscii: boolean): Theme {
	return makeTheme(coloursOf(env), isAscii);
}

export function makeTheme(colours: Theme['colours'], isAscii: boolean): Theme {
	const parameters = names.map((name) => (colours === 0 ? '' : palette[name][colours === 16 ? 0 : 1]));
	return {
		colours,
		isAscii,
		sgr: parameters.map((text) => (colours === 0 ? '' : text === '' ? '\u001B[0m' : `\u001B[0;${text}m`)),
		isSolid: parameters.map((text) => text === '7'),
	};
}

function coloursOf(env: Readonly<Record<string, string | undefined>>): Theme['colours'] {
	if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') {
		return 0;
	}

	return (env['COLORTERM'] ?? '') !== '' || (env['TERM'] ?? '').includes('256') ? 256 : 16;
}

/** Styles a text for a dialog: its role's escape sequence, the text, and back to none. */
export function paint(theme: Theme, role: Role, text: string): string {
	const sgr = theme.sgr[roleIndex(role)] ?? '';
	return sgr === '' ? text : `${sgr}${text}\u001B[0m`;
}

/** Glyph -> what stands for it where only ASCII may be used; anything else is `?`. */
const ascii: Readonly<Record<string, string>> = {
	'▼': 'v',
	'▲': '^',
	'●': 'o',
	'○': 'o',
	'■': 'u',
	'□': '@',
	'◆': 'i',
	'◇': 'a',
	'◎': 'n',
	'→': '>',
	'⇄': '~',
	'…': '~',
	'▌': '>',
	'▾': 'v',
	'▸': '>',
	'←': '<',
	'·': '.',
	'✗': 'x',
	'✓': '+',
	'┊': ':',
	'≈': '~',
	'▯': '?',
	'⏸': '=',
	'─': '-',
	'│': '|',
	'═': '=',
	'├': '|',
	'└': '`',
	'▁': '_',
	'▂': '.',
	'▃': ',',
	'▄': '-',
	'▅': ':',
	'▆': '=',
	'▇': '+',
	'█': '#',
};

/** A UTF-16 unit as ASCII. */
export function asciiUnit(unit: number): number {
	return unit < 0x7f ? unit : (ascii[String.fromCharCode(unit)] ?? '?').charCodeAt(0);
}

/** A text in the theme's characters: unchanged, or in ASCII. */
export function inTheme(theme: Theme, text: string): string {
	return theme.isAscii ? text.replaceAll(/[^\u0000-\u007E]/g, (glyph) => ascii[glyph] ?? '?') : text;
}
