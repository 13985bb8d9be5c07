// The one table of keys: what decoder events do, what the hint bar, the help and the palette show. To add a command: a row here, and its function in commands.ts.

export type Screen = 'map' | 'packets' | 'rules' | 'conns' | 'logs';

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

const everywhere: readonly Screen[] = ['map', 'packets', 'rules', 'conns', 'logs'];
const onMap: readonly Screen[] = ['map'];
const onPackets: readonly Screen[] = ['packets'];
const onRules: readonly Screen[] = ['rules'];
const onConns: readonly Screen[] = ['conns'];
const inLists: readonly Screen[] = ['packets', 'logs'];
const onLogs: readonly Screen[] = ['logs'];

export const keyTable = [
	{command: 'help', keys: ['?', 'F1'], on: everywhere, about: 'the keys of this screen', hint: 'help'},
	{command: 'open', keys: ['Enter'], on: ['map', 'conns'], about: 'details of the selected thing', hint: 'details'},
	{command: 'packet.open', keys: ['Enter'], on: onPackets, about: 'into the headers of the packet; open or fold a header', hint: 'layers'},
	{command: 'rule.packets', keys: ['Enter'], on: onRules, about: 'the packets of the capture that hit the selected rule', hint: 'packets'},
	{command: 'shell', keys: ['s'], on: onMap, about: 'shell in the selected thing (Ctrl-] comes back)', hint: 'shell'},
	{command: 'explain', keys: ['x'], on: ['map', 'rules'], about: 'the commands that made the selected thing', hint: 'commands'},
	{command: 'logs', keys: ['l'], on: onMap, about: 'logs of the selected container', hint: 'logs'},
	{command: 'packets.of', keys: ['p'], on: onMap, about: 'packets of the selected thing', hint: 'packets'},
	{command: 'filter', keys: ['/'], on: ['rules', 'conns', 'logs'], about: 'show only lines with a text; ! in front inverts', hint: 'filter'},
	{command: 'packets.filter', keys: ['/'], on: onPackets, about: 'show only packets that pass a filter: tcp.port == 80 && !arp', hint: 'filter'},
	{command: 'connection', keys: ['f'], on: onPackets, about: 'follow the connection of the packet: a filter for both its directions', hint: 'follow'},
	{command: 'fold', keys: ['='], on: onPackets, about: 'fold the sightings of each packet into one row, with its way; and back', hint: 'fold'},
	{command: 'packets.save', keys: ['w'], on: onPackets, about: 'write the packets that are shown as pcapng, for Wireshark', hint: 'write'},
	{command: 'palette', keys: [':', 'Ctrl-K'], on: everywhere, about: 'every command, by name', hint: 'command'},
	{command: 'copy', keys: ['y'], on: everywhere, about: 'copy the selected line, address or details', hint: 'copy'},
	{command: 'pane', keys: ['Tab', 'Shift-Tab'], on: onLogs, about: 'the other pane', hint: 'pane'},
	{command: 'packets.pane', keys: ['Tab'], on: onPackets, about: 'the next pane: list, layers, bytes', hint: 'pane'},
	{command: 'packets.pane.back', keys: ['Shift-Tab'], on: onPackets, about: 'the pane before'},
	{command: 'table', keys: ['Tab'], on: onRules, about: 'the next table', hint: 'table'},
	{command: 'table.back', keys: ['Shift-Tab'], on: onRules, about: 'the table before'},
	{command: 'zero', keys: ['0'], on: onRules, about: 'count from now on; Escape shows all again', hint: 'zero'},
	{command: 'pause', keys: ['Space'], on: everywhere, about: 'pause or follow', hint: 'pause'},
	{command: 'all', keys: ['a'], on: ['conns', 'logs'], about: 'those of all nodes', hint: 'all'},
	{command: 'sort', keys: ['o'], on: onConns, about: 'sort by another column: begun, left, state, packets', hint: 'sort'},
	{command: 'quit', keys: ['q', 'Ctrl-C'], on: everywhere, about: 'leave', hint: 'quit'},
	{command: 'write', keys: ['w'], on: ['map', 'rules', 'conns', 'logs'], about: 'write this screen to a text file', hint: 'write'},
	{command: 'copy.all', keys: ['Y'], on: onLogs, about: 'copy all lines shown, commands as a script'},
	{command: 'next', keys: ['n'], on: inLists, about: 'next line with the text; next packet that was found', hint: 'next'},
	{command: 'previous', keys: ['N'], on: inLists, about: 'previous line with the text; previous packet that was found'},
	{command: 'screen.map', keys: ['1'], on: everywhere, about: 'the map of the lab'},
	{command: 'screen.packets', keys: ['2'], on: everywhere, about: 'the packets of the lab, at all its points'},
	{command: 'screen.rules', keys: ['3', 'r'], on: everywhere, about: 'the rules of the selected host, as packets hit them'},
	{command: 'screen.conns', keys: ['4'], on: everywhere, about: 'the connections of the selected host, live'},
	{command: 'screen.logs', keys: ['6'], on: everywhere, about: 'logs, and the commands that vethlab did'},
	{command: 'up', keys: ['Up', 'k'], on: everywhere, about: 'to the neighbour above; the line above'},
	{command: 'down', keys: ['Down', 'j'], on: everywhere, about: 'to the neighbour below; the line below'},
	{command: 'left', keys: ['Left'], on: everywhere, about: 'to the neighbour on the left; the host before; long lines sideways'},
	{command: 'right', keys: ['Right'], on: everywhere, about: 'to the neighbour on the right; the next host; long lines sideways'},
	{command: 'page.up', keys: ['PageUp'], on: everywhere, about: 'a page up'},
	{command: 'page.down', keys: ['PageDown'], on: everywhere, about: 'a page down'},
	{command: 'first', keys: ['Home', 'g'], on: everywhere, about: 'to the beginning'},
	{command: 'last', keys: ['End', 'G'], on: everywhere, about: 'to the end; lists follow again'},
	{command: 'back', keys: ['Escape'], on: everywhere, about: 'one step back: close details, clear the filter, count all, return to the map'},
	{command: 'time', keys: ['t'], on: onPackets, about: 'time since the first packet, or time of day', hint: 'time'},
	{command: 'mouse', keys: ['m'], on: everywhere, about: 'mouse on or off (off: the terminal selects text)'},
	{command: 'start', keys: [], on: onMap, about: 'start the selected container'},
	{command: 'stop', keys: [], on: onMap, about: 'stop the selected container'},
	{command: 'restart', keys: [], on: onMap, about: 'restart the selected container'},
	{command: 'suspend', keys: ['Ctrl-Z'], on: everywhere, about: 'suspend to your shell; fg comes back'},
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
