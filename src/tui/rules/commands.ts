// What keys do on the Rules screen.
import {commandFor} from '../../explain/made-by.ts';
import {hostOf} from '../../explain/reading.ts';
import type {View} from '../../api/messages.ts';
import type {Effects} from '../commands.ts';
import type {Unseen} from '../../explain/unseen.ts';
import {RuleFinding} from '../packets/rule-finding.ts';
import type {ScreenCommands} from '../screens.ts';
import {itemsOf, select, type State} from '../state.ts';
import type {RuleLine} from './lines.ts';
import {placeOf} from './screen.ts';

/** Whose rules can be looked at: hosts, and the containers that have rules of their own, for the name server of user-defined networks. */
export function nodesOf({hosts}: View): readonly string[] {
	return hosts.flatMap(({name, containers}) => [
		name,
		...containers
			.filter(({state, interfaces}) => state === 'running' && interfaces.some(({network}) => network !== undefined && network !== 'bridge'))
			.map((container) => container.name),
	]);
}

/** To the rules of the host that the selected thing is, or is on; to those that were shown last, if they are of that host, too. */
export function openRules(state: State): void {
	const {view, rules, selected} = state;
	const chosen = hostOf(view, selected.replace(/^\w+:/, '').split('/')[0] ?? '');
	const shown = rules.node === undefined ? undefined : hostOf(view, rules.node);
	const first = view.hosts.find(({engine}) => engine !== undefined) ?? view.hosts[0];
	if (shown === undefined || (chosen !== undefined && shown !== chosen)) {
		rules.show(chosen ?? first?.name ?? '');
	}

	state.screen = 'rules';
}

/** The line under the cursor. */
function lineOf(state: State) {
	return state.rules.lines[placeOf(state).cursor];
}

export const rulesCommands: ScreenCommands = {
	move: (state, by) => {
		const {rules} = state;
		const {cursor} = placeOf(state);
		rules.cursor = rules.lines[Math.max(0, Math.min(rules.lines.length - 1, cursor + by))]?.key ?? '';
	},
	sideways: (state, by) => {
		const nodes = nodesOf(state.view);
		const node = nodes[Math.max(0, Math.min(nodes.length - 1, nodes.indexOf(state.rules.node ?? '') + by))];
		const item = itemsOf(state).find(({id}) => id === `host:${node ?? ''}` || id === `container:${node ?? ''}`);
		if (node !== undefined) {
			state.rules.show(node);
		}

		if (item !== undefined) {
			select(state, item);
		}
	},
	pageRows: (state) => placeOf(state).rows - 1,
	back: (state) => {
		const {rules} = state;
		if (rules.isCommands) {
			rules.isCommands = false;
		} else if (rules.box.filter !== '') {
			rules.box.filter = '';
		} else if (rules.zeroMs === undefined) {
			return false;
		} else {
			rules.count(undefined);
		}

		return true;
	},
	copied: (state) => {
		const line = lineOf(state);
		return line?.is === 'rule' ? commandFor(line.rule) : undefined;
	},
};

/** To the packets of the capture that hit the selected rule, or that the policy of the selected chain decided on. */
export function packetsOfRule({state, say}: Effects): void {
	const line = lineOf(state);
	const {node} = state.rules;
	const title = line === undefined ? undefined : titleOf(line);
	if (line === undefined || node === undefined || title === undefined) {
		say('select a rule, or a chain with a policy, for that');
		return;
	}

	const {packets} = state;
	packets.showRule(new RuleFinding({node, key: line.key}, {title: `${node} ${title}`, unseen: unseenOf(line)}, packets.judged));
	state.screen = 'packets';
	if (packets.phase === 'none') {
		say('packets are captured from now on');
	}
}

function unseenOf(line: RuleLine): Unseen | undefined {
	return line.is === 'rule' ? line.rule.unseen : line.is === 'chain' ? line.chain.unseen : undefined;
}

/** "nat DOCKER #2 · destination becomes 172.17.0.2:80 (web)"; undefined: packets do not hit it. */
function titleOf(line: RuleLine): string | undefined {
	switch (line.is) {
		case 'rule': {
			const {family, table, chain, number, text, words} = line.rule;
			return `${family === 6 ? 'IPv6 ' : ''}${table} ${chain} #${number} · ${words === undefined ? text : `${words.action}: ${words.packets}`}`;
		}

		case 'chain': {
			const {family, table, chain, policy} = line.chain;
			return policy === undefined ? undefined : `${family === 6 ? 'IPv6 ' : ''}${table} ${chain} · policy ${policy}`;
		}

		default: {
			return undefined;
		}
	}
}

/** To the first line of the next table, or of the one before; from the last to the first. */
export function toTable(state: State, by: 1 | -1): void {
	const {lines} = state.rules;
	const {cursor} = placeOf(state);
	const starts = lines.flatMap((line, index) => (line.is === 'table' ? [index] : []));
	const current = starts.findLastIndex((start) => start <= cursor);
	const next = starts[(current + by + starts.length) % Math.max(1, starts.length)];
	if (next !== undefined) {
		state.rules.cursor = lines[next]?.key ?? '';
		// the whole table comes onto the screen, as far as there is room
		state.rules.top = next;
	}
}
