// The Packets screen as a person sees it: a real capture, at all sizes. UPDATE=1 writes the pictures in test/golden/tui anew.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import {PacketBook} from '../../../src/tui/packets/book.ts';
import {openPacket} from '../../../src/tui/packets/commands.ts';
import {lineOf} from '../../../src/tui/packets/line-edit.ts';
import {RuleFinding} from '../../../src/tui/packets/rule-finding.ts';
import {screenText} from '../../../src/tui/save.ts';
import {screenLayers} from '../../../src/tui/screen.ts';
import type {State} from '../../../src/tui/state.ts';
import {width} from '../../../src/tui/text.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {bridgePublish} from '../samples.ts';
import {before, sampleRules} from '../rules-sample.ts';
import {busyState, sizes, type Sized} from '../scene.ts';
import {stripped} from '../terminal.ts';
import {arrival, captured, wiringAsCaptured} from './capture.ts';

process.env['TZ'] = 'UTC';
const golden = packageFile('test/golden/tui');

function filterBy(state: State, text: string): void {
	state.packets.type();
	state.packets.typed(lineOf(text));
}

/** What a person may have done. */
const situations: Readonly<Record<string, (state: State) => void>> = {
	list: () => {},
	layers: (state) => {
		state.packets.goTo(13);
		openPacket(state);
		state.packets.tree.cursor = 'TCP/tcp.dstport';
	},
	bytes: (state) => {
		state.packets.goTo(13);
		state.packets.isAbsolute = true;
		state.packets.focus = 'bytes';
		state.packets.tree.cursor = 'IPv4';
	},
	filtered: (state) => {
		filterBy(state, 'tcp.flags.syn == 1');
		state.packets.entry = undefined;
		state.packets.move(-2);
		state.packets.drops = 3201;
	},
	wrong: (state) => filterBy(state, 'tcp.port == 80 && ipp.adr == 1'),
	completing: (state) => filterBy(state, 'arp || tcp.fl'),
	over: (state) => {
		state.packets.phase = 'over';
		state.packets.trouble = 'the lab has ended';
		state.isOver = true;
		filterBy(state, 'icmp');
		state.packets.unfilter();
	},
	folded: (state) => {
		state.packets.fold();
		state.packets.goTo(9);
	},
	'folded-lost': (state) => {
		state.packets.fold();
		filterBy(state, 'tcp.port == 81');
		state.packets.entry = undefined;
	},
	hops: (state) => {
		state.packets.fold();
		state.packets.goTo(9);
		openPacket(state);
		state.packets.moveHop(4);
	},
	'in-hop': (state) => {
		state.packets.fold();
		state.packets.goTo(9);
		openPacket(state);
		state.packets.moveHop(4);
		openPacket(state);
	},
	empty: (state) => filterBy(state, 'dhcp'),
	ruled: (state) => showRule(state, 'nat', []),
	'ruled-doubtful': (state) => {
		showRule(state, 'filter', ['-i eth0 -m limit --limit 5/min -j DROP', '-m recent --rcheck -j ACCEPT']);
	},
	'ruled-open': (state) => {
		showRule(state, 'filter', [limited], {key: `FORWARD ${limited}`, title: 'FORWARD #1 · let pass: as long as there are no more than 5/min'});
	},
};

const limited = '-m limit --limit 5/min -j ACCEPT';
const shown = {
	nat: {
		key: 'DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
		title: 'DOCKER #2 · destination becomes 172.17.0.2:80 (web): tcp to port 8080',
	},
	filter: {key: 'FORWARD -j DOCKER-FORWARD', title: 'FORWARD #4 · go to DOCKER-FORWARD: all packets'},
};

/** The packets that hit a rule of h1, among others that cannot be judged. */
function showRule(state: State, table: 'nat' | 'filter', more: readonly string[], rule = shown[table]): void {
	const {chains, rules} = sampleRules('02-bridge-publish', before);
	const added = more.map((text, index) => ({family: 4 as const, table: 'filter', chain: 'FORWARD', number: index + 1, text, packets: 0, bytes: 0}));
	const all = {chains, rules: [...added, ...rules]};
	const {judged} = state.packets;
	judged.learn(wiringAsCaptured(bridgePublish()));
	judged.learnRules('h1', all, 0);
	judged.learnRules('h1', {...all, rules: all.rules.map((one) => ({...one, packets: one.packets + 1}))}, 1e13);
	judged.judge(Number.POSITIVE_INFINITY);
	state.packets.showRule(new RuleFinding({node: 'h1', key: `4 ${table} ${rule.key}`}, {title: `h1 ${table} ${rule.title}`}, judged));
	state.packets.search?.goOn(state.packets.store, () => {});
}

function stateIn(situation: string, size: Sized): State {
	const state: State = {...busyState(bridgePublish(), size), packets: new PacketBook(new PacketStore({packets: 1000}))};
	state.screen = 'packets';
	state.packets.phase = 'live';
	// a question that came no farther than h1's docker0: what follows is not there
	captured.slice(0, situation === 'folded-lost' ? 176 : undefined).forEach((packet) => state.packets.take(arrival(packet)));
	const {folds} = state.packets;
	folds.journeys.learn(wiringAsCaptured(bridgePublish()), () => true);
	folds.isKnown = true;
	folds.join(Number.POSITIVE_INFINITY);
	folds.endOfCapture();
	situations[situation]?.(state);
	if (state.packets.search?.tookMs !== undefined) {
		// what it took is another time each time
		Object.defineProperty(state.packets.search, 'tookMs', {value: 4});
	}

	return state;
}

const fills = test.macro({
	exec(t, size: Sized) {
		for (const situation of Object.keys(situations)) {
			for (const theme of ([0, 16, 256] as const).flatMap((colours) => [makeTheme(colours, false), makeTheme(colours, true)])) {
				const filled = Array.from({length: size.rows}, () => '');
				for (const {y, lines} of screenLayers(stateIn(situation, size), theme, 500)) {
					lines.forEach((line, index) => (filled[y + index] += line));
				}

				t.deepEqual(
					filled.map((row) => width(stripped(row))),
					Array.from({length: size.rows}, () => size.columns),
					`${situation} with ${theme.colours} colours`,
				);
				t.is(filled.join('').includes('\u001B'), theme.colours !== 0);
				t.is(/[^\u0020-\u007E]/.test(stripped(filled.join(''))), !theme.isAscii, `${situation}: only ASCII where it is asked for`);
			}
		}
	},
	title: (_, {columns, rows}: Sized) => `every row is exactly ${columns} cells wide at ${columns}x${rows}`,
});

for (const size of [...sizes, {columns: 60, rows: 30}, {columns: 79, rows: 18}, {columns: 100, rows: 17}]) {
	test(fills, size);
}

const looks = test.macro({
	exec(t, situation: string, {columns, rows}: Sized, isAscii: boolean) {
		const text = screenText(stateIn(situation, {columns, rows}), isAscii);
		const path = join(golden, `packets-${situation}-${columns}x${rows}${isAscii ? '-ascii' : ''}.txt`);
		if (process.env['UPDATE'] === '1') {
			writeFileSync(path, text);
		}

		t.is(text, readFileSync(path, 'utf8'));
	},
	title: (_, situation: string, {columns, rows}: Sized, isAscii: boolean) =>
		`${situation} at ${columns}x${rows}${isAscii ? ' in ASCII' : ''} looks as reviewed`,
});

for (const size of sizes) {
	test(looks, 'list', size, false);
	test(looks, 'layers', size, false);
	test(looks, 'folded', size, false);
	test(looks, 'hops', size, false);
}

for (const situation of ['folded-lost', 'in-hop', 'bytes', 'filtered', 'wrong', 'completing', 'over', 'empty', 'ruled', 'ruled-doubtful', 'ruled-open']) {
	test(looks, situation, {columns: 80, rows: 24}, false);
	test(looks, situation, {columns: 40, rows: 12}, false);
}

test(looks, 'layers', {columns: 80, rows: 24}, true);
