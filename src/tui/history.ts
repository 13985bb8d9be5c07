// What happened before the UI was there: fetched from the engine and put before what it tells from then on.
import type {Session} from './session.ts';
import type {State} from './state.ts';

/** Fetches the whole command log; entries that came by event in the meantime stay behind it. */
export async function loadOplog(session: Session, state: State): Promise<void> {
	const entries = await session.call('oplog', {from: 0});
	const last = entries.at(-1)?.number ?? -1;
	const newer = state.oplog.filter((entry) => entry.number > last);
	state.oplog.splice(0, state.oplog.length, ...entries, ...newer);
}

/** How many containers' logs are fetched for the view of all logs; the others are shown from now on. */
const mostHistories = 100;

/** Fetches what a node printed, or all containers, once each; `loaded` is called after every one. */
export async function loadLogs(session: Session, state: State, node: string | undefined, loaded: () => void): Promise<void> {
	const nodes = node === undefined ? state.view.hosts.flatMap((host) => host.containers.map(({name}) => name)) : [node];
	for (const name of nodes.filter((one) => !state.logs.isLoaded(one)).slice(0, mostHistories)) {
		// oxlint-disable-next-line no-await-in-loop -- one answer at a time, so that the engine is not flooded
		state.logs.load(name, await session.call('logs', {node: name}));
		loaded();
	}
}
