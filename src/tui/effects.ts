// What commands do beyond changing the state: clipboard, files, shells, the engine, the end.
import process from 'node:process';
import type {Terminal} from './host/terminal.ts';
import {loadLogs} from './history.ts';
import type {Leaving, Receiver} from './input.ts';
import {saveFromDialog} from './packets/save.ts';
import {saveScreen} from './save.ts';
import type {Session} from './session.ts';
import type {Shells} from './shells.ts';
import type {State} from './state.ts';
import {clip} from './text.ts';

interface Parts {
	readonly session: Session;
	readonly state: State;
	readonly terminal: Terminal;
	readonly shells: Shells;
	readonly isAscii: boolean;
	readonly wasRunning: boolean;
	/** There is something new to draw. */
	changed(): void;
	say(text: string): void;
	end(how: Leaving | 'engine-gone'): void;
	/** A mistake of ours. */
	fail(error: unknown): void;
	mostHelpTop(): number;
}

export function receiverFor({session, state, terminal, shells, isAscii, wasRunning, changed, say, end, fail, mostHelpTop}: Parts): Receiver {
	return {
		state,
		// OSC 52: the terminal sets the clipboard, also of a machine far away (xterm's ctlseqs).
		copy: (text, what) => {
			terminal.write(`\u001B]52;c;${Buffer.from(text).toString('base64')}\u0007`);
			say(`copied ${what}`);
		},
		writeScreen: () => {
			saveScreen(state, isAscii).then(
				(path) => say(`wrote ${path}`),
				(error: unknown) => say(wordsOf(error)),
			);
		},
		openShell: (node) => shells.open(node),
		loadLogs: (node) => {
			loadLogs(session, state, node, changed).catch((error: unknown) => say(wordsOf(error)));
		},
		savePackets: (path, isReplacing) => {
			saveFromDialog(state, path, isReplacing)
				.then((said) => {
					say(said);
					changed();
				})
				.catch((error: unknown) => fail(error));
		},
		act: (action, service) => {
			const done = {start: 'started', stop: 'stopped', restart: 'restarted'}[action];
			session.call('act', {action: {do: action, service, at: {line: 0, column: 0}}}).then(
				() => say(`${done} ${service}`),
				(error: unknown) => say(wordsOf(error)),
			);
		},
		setMouse: (isOn) => terminal.mouse(isOn),
		suspend: () => process.kill(process.pid, 'SIGTSTP'),
		askToLeave: () => {
			if (state.isOver) {
				end('engine-gone');
			} else if (wasRunning) {
				end('quit');
			} else {
				state.dialog = {kind: 'quit'};
			}
		},
		say,
		leave: end,
		mostHelpTop,
	};
}

export function wordsOf(error: unknown): string {
	return clip(error instanceof Error ? error.message : String(error), 200);
}
