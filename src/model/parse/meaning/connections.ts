// Connecting and disconnecting while the lab runs: steps are followed in order, so that it is known who is on which network when.
import type {Attachment} from '../../lab.ts';
import {joinedWords} from '../../overlay.ts';
import {entriesOf, get, itemsOf, textOf, type Entry, type Path} from '../tree.ts';
import {textAt} from '../lift/values.ts';
import type {Context} from './context.ts';
import {hostsOf} from './networks.ts';

/** How a container stands at some point of the scenario. */
interface State {
	readonly networks: ReadonlySet<string>;
	readonly isRunning: boolean;
}

export function checkConnections(context: Context): void {
	const states = new Map(
		context.lab.services.map(({name, attach}): [string, State] => [
			name,
			{networks: new Set(attach.mode === 'networks' ? attach.endpoints.map(({network}) => network) : []), isRunning: true},
		]),
	);
	for (const {action, path} of actionsOf(context)) {
		follow(action, path, states, context);
	}
}

interface Placed {
	readonly action: Entry;
	readonly path: Path;
}

/** The actions of all steps in order. */
function actionsOf({tree}: Context): readonly Placed[] {
	return itemsOf(tree.node('steps')).flatMap((step, index) => {
		const actions = get(step, 'do');
		const path = ['steps', index, 'do'];
		const items = actions?.kind === 'list' ? actions.items.map((node, at) => ({node, path: [...path, at]})) : [{node: actions, path}];
		return items.flatMap((item) => entriesOf(item.node).map((action) => ({action, path: [...item.path, action.key]})));
	});
}

function follow({key, value}: Entry, path: Path, states: Map<string, State>, context: Context): void {
	const service = value.kind === 'map' ? textAt(value, 'service') : textOf(value);
	const state = states.get(service ?? '');
	if (service === undefined || state === undefined) {
		return;
	}

	switch (key) {
		case 'connect':
		case 'disconnect': {
			const network = textAt(value, 'network') ?? '';
			if (context.networks.has(network)) {
				checkMove({key, service, network, state, path}, context);
			}

			const others = [...state.networks].filter((each) => each !== network);
			states.set(service, {...state, networks: new Set(key === 'connect' ? [...others, network] : others)});
			break;
		}

		case 'stop': {
			states.set(service, {...state, isRunning: false});
			break;
		}

		case 'start':
		case 'restart': {
			states.set(service, {...state, isRunning: true});
			break;
		}

		case 'remove': {
			states.delete(service);
			break;
		}

		default: {
			break;
		}
	}
}

interface Move {
	readonly key: 'connect' | 'disconnect';
	readonly service: string;
	readonly network: string;
	readonly state: State;
	readonly path: Path;
}

function checkMove({key, service, network, state, path}: Move, {tree, services, networks, report}: Context): void {
	const owner = services.get(service);
	const refused = owner && key === 'connect' ? modeRefusal(owner.attach) : undefined;
	const target = networks.get(network);
	const place = tree.place(...path, 'network');
	if (refused !== undefined) {
		report.error(tree.place(...path, 'service'), `"${service}" is in mode ${owner?.attach.mode ?? ''}, ${refused.why}`, `Docker: "${refused.said}"`);
	} else if (!state.isRunning) {
		report.error(tree.place(...path, 'service'), `"${service}" does not run at this point`, `start it before: "- start: ${service}"`);
	} else if (key === 'disconnect' && !state.networks.has(network)) {
		report.error(place, `"${service}" is not on network "${network}" at this point`, `Docker: "container … is not connected to network ${network}"`);
	} else if (key === 'connect' && state.networks.has(network)) {
		report.error(place, `"${service}" is on network "${network}" already`, `Docker: "${joinedWords(target?.driver, service, network)}"`);
	} else if (key === 'connect' && target?.driver === 'overlay' && owner !== undefined && !hostsOf(target).includes(owner.host)) {
		report.error(
			place,
			`the members of network "${network}" are ${hostsOf(target).join(', ')}, and "${service}" runs on "${owner.host}"`,
			`add "${owner.host}" to "networks.${network}.hosts"`,
		);
	} else if (key === 'connect' && target?.driver === 'bridge' && owner !== undefined && !hostsOf(target).includes(owner.host)) {
		report.error(
			place,
			`network "${network}" is a bridge on host "${target.host}", and "${service}" runs on "${owner.host}"`,
			'a bridge lives on one host; connect it to a network of its own host',
		);
	}
}

/** Docker's words (moby, daemon/container_operations.go); the one for none is measured. */
function modeRefusal({mode}: Attachment): {readonly why: string; readonly said: string} | undefined {
	switch (mode) {
		case 'none': {
			return {
				why: 'which is to be alone',
				said: 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
			};
		}

		case 'host':
		case 'container': {
			return {
				why: `and uses the network stack of ${mode === 'host' ? 'its host' : 'another container'}`,
				said: 'container sharing network namespace with another container or host cannot be connected to any other network',
			};
		}

		default: {
			return undefined;
		}
	}
}
