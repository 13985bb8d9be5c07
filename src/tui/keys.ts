// The one table of keys: what decoder events do, what the hint bar, the help and the palette show. To add a command: a row here, and its function in commands.ts.

export type Screen = 'map' | 'logs';

interface KeyRow {
	readonly command: string;
	/** Names as the decoder gives them; the first is shown. None: only in the palette. */
	readonly keys: readonly string[];
	readonly on: readonly Screen[];
	/** What it does, for help and palette. */
	readonly about: string;
	/** Its word in the hint bar; the table's order is the order of importance. */
	readonly hint?: string;
}

const both: readonly Screen[] = ['map', 'logs'];
const onMap: readonly Screen[] = ['map'];
const onLogs: readonly Screen[] = ['logs'];

export const keyTable = [
	{command: 'help', keys: ['?', 'F1'], on: both, about: 'the keys of this screen', hint: 'help'},
	{command: 'open', keys: ['Enter'], on: onMap, about: 'details of the selected thing', hint: 'details'},
	{command: 'shell', keys: ['s'], on: onMap, about: 'shell in the selected thing (Ctrl-] comes back)', hint: 'shell'},
	{command: 'explain', keys: ['x'], on: onMap, about: 'the commands that made the selected thing', hint: 'commands'},
	{command: 'logs', keys: ['l'], on: onMap, about: 'logs of the selected container', hint: 'logs'},
	{command: 'filter', keys: ['/'], on: onLogs, about: 'show only lines with a text; ! in front inverts', hint: 'filter'},
	{command: 'palette', keys: [':', 'Ctrl-K'], on: both, about: 'every command, by name', hint: 'command'},
	{command: 'copy', keys: ['y'], on: both, about: 'copy the selected line, address or details', hint: 'copy'},
	{command: 'pane', keys: ['Tab', 'Shift-Tab'], on: onLogs, about: 'the other pane', hint: 'pane'},
	{command: 'pause', keys: ['Space'], on: both, about: 'pause or follow', hint: 'pause'},
	{command: 'all', keys: ['a'], on: onLogs, about: 'logs of all containers', hint: 'all'},
	{command: 'quit', keys: ['q', 'Ctrl-C'], on: both, about: 'leave', hint: 'quit'},
	{command: 'write', keys: ['w'], on: both, about: 'write this screen to a text file', hint: 'write'},
	{command: 'copy.all', keys: ['Y'], on: onLogs, about: 'copy all lines shown, commands as a script'},
	{command: 'next', keys: ['n'], on: onLogs, about: 'next line with the text', hint: 'next'},
	{command: 'previous', keys: ['N'], on: onLogs, about: 'previous line with the text'},
	{command: 'screen.map', keys: ['1'], on: both, about: 'the map of the lab'},
	{command: 'screen.logs', keys: ['6'], on: both, about: 'logs, and the commands that vethlab did'},
	{command: 'up', keys: ['Up', 'k'], on: both, about: 'to the neighbour above; the line above'},
	{command: 'down', keys: ['Down', 'j'], on: both, about: 'to the neighbour below; the line below'},
	{command: 'left', keys: ['Left'], on: both, about: 'to the neighbour on the left; long lines sideways'},
	{command: 'right', keys: ['Right'], on: both, about: 'to the neighbour on the right; long lines sideways'},
	{command: 'page.up', keys: ['PageUp'], on: both, about: 'a page up'},
	{command: 'page.down', keys: ['PageDown'], on: both, about: 'a page down'},
	{command: 'first', keys: ['Home', 'g'], on: both, about: 'to the beginning'},
	{command: 'last', keys: ['End', 'G'], on: both, about: 'to the end; lists follow again'},
	{command: 'back', keys: ['Escape'], on: both, about: 'one step back: close details, clear the filter, return to the map'},
	{command: 'mouse', keys: ['m'], on: both, about: 'mouse on or off (off: the terminal selects text)'},
	{command: 'start', keys: [], on: onMap, about: 'start the selected container'},
	{command: 'stop', keys: [], on: onMap, about: 'stop the selected container'},
	{command: 'restart', keys: [], on: onMap, about: 'restart the selected container'},
	{command: 'suspend', keys: ['Ctrl-Z'], on: both, about: 'suspend to your shell; fg comes back'},
] as const satisfies readonly KeyRow[];

export type Command = (typeof keyTable)[number]['command'];

export interface KeyBinding extends KeyRow {
	readonly command: Command;
}

/** The rows of a screen, in the table's order. */
export function bindingsOf(screen: Screen): readonly KeyBinding[] {
	const rows: readonly KeyBinding[] = keyTable;
	return rows.filter((row) => row.on.includes(screen));
}

/** What a key does on a screen. */
export function commandFor(screen: Screen, key: string): Command | undefined {
	return bindingsOf(screen).find((row) => row.keys.includes(key))?.command;
}
