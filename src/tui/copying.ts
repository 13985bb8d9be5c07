// What `y` and `Y` copy: the line, the address, the details or the commands that one is at; or all lines that are shown.
import type {Effects} from './commands.ts';
import {factsOf, stepsOf} from './facts.ts';
import {scriptOf} from './panes/oplog.ts';
import {shownLogs, shownOplog} from './screen.ts';
import {screens} from './screens.ts';
import {bare, timeOfDay} from './text.ts';

export function copySelected({state, copy, say}: Effects): void {
	if (state.screen !== 'map') {
		const other = screens[state.screen];
		const {cursor} = state.lists[state.focus];
		const text = other !== undefined ? other.copied(state) : state.focus === 'logs' ? shownLogs(state)[cursor]?.text : shownOplog(state)[cursor]?.command;
		if (text === undefined) {
			say(other === undefined ? 'no line to copy' : 'nothing to copy here');
		} else {
			copy(text, text.split('\n')[0] ?? '');
		}

		return;
	}

	const facts = factsOf(state.view, state.selected);
	if (state.details === 'commands') {
		const steps = stepsOf(state.view, state.selected, state.oplog);
		copy(scriptOf(state.view.lab, steps), `${steps.length} commands`);
	} else if (facts !== undefined) {
		const address = facts.facts.find(({label, value}) => (label === 'address' || label === 'subnet' || label.startsWith('eth')) && value !== 'none');
		const short = address === undefined ? facts.title : bare(address.value.split(' ')[0] ?? '');
		const all = facts.facts.map(({label, value}) => `${label}: ${value}`).join('\n');
		copy(state.details === 'facts' ? `${facts.title}\n${all}\n` : short, state.details === 'facts' ? 'the details' : short);
	}
}

export function copyAll({state, copy}: Effects): void {
	if (state.focus === 'logs') {
		const lines = shownLogs(state);
		copy(lines.map((line) => `${timeOfDay(line.atMs)} ${line.node} ${line.text}\n`).join(''), `${lines.length} lines`);
	} else {
		const entries = shownOplog(state);
		copy(scriptOf(state.view.lab, entries), `${entries.length} commands as a script`);
	}
}
