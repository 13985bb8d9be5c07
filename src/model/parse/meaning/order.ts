// In which order services start: nobody may wait for itself.
import {entriesOf} from '../tree.ts';
import type {Context} from './context.ts';

export function checkOrder(context: Context): void {
	const waits = new Map(context.lab.services.map(({name, dependsOn}) => [name, dependsOn]));
	const stuck = stuckServices(waits);
	const seen = new Set<string>();
	for (const start of stuck) {
		const cycle = cycleFrom(start, waits, stuck, seen);
		if (cycle !== undefined) {
			reportCycle(cycle, context);
		}
	}

	noteConditions(context);
}

/** The services that can never start: those on a cycle, and those that wait for one. */
function stuckServices(waits: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
	const followers = new Map<string, string[]>();
	const open = new Map<string, number>();
	for (const [name, dependsOn] of waits) {
		const known = dependsOn.filter((each) => waits.has(each));
		open.set(name, known.length);
		for (const each of known) {
			const list = followers.get(each) ?? [];
			list.push(name);
			followers.set(each, list);
		}
	}

	const ready = [...open].filter(([, count]) => count === 0).map(([name]) => name);
	for (const name of ready) {
		open.delete(name);
		for (const follower of followers.get(name) ?? []) {
			const left = (open.get(follower) ?? 0) - 1;
			open.set(follower, left);
			if (left === 0) {
				ready.push(follower);
			}
		}
	}

	return new Set(open.keys());
}

/** The cycle that a stuck service runs into, unless it was found before: ["a", "b", "a"]. */
function cycleFrom(start: string, waits: ReadonlyMap<string, readonly string[]>, stuck: ReadonlySet<string>, seen: Set<string>): readonly string[] | undefined {
	const way: string[] = [];
	const onWay = new Set<string>();
	let name: string | undefined = start;
	while (name !== undefined && !seen.has(name)) {
		seen.add(name);
		way.push(name);
		onWay.add(name);
		name = waits.get(name)?.find((each) => stuck.has(each));
	}

	return name === undefined || !onWay.has(name) ? undefined : [...way.slice(way.indexOf(name)), name];
}

function reportCycle(cycle: readonly string[], {tree, services, report}: Context): void {
	const [first = '', second = ''] = cycle;
	const attach = services.get(first)?.attach;
	if (attach?.mode === 'container' && attach.of === first) {
		return;
	}

	const node = tree.node('services', first, 'depends_on');
	const isListed =
		node?.kind === 'map' ? node.entries.has(second) : node?.kind === 'list' && node.items.some((item) => item.kind === 'scalar' && item.text === second);
	const words =
		cycle.length === 2
			? `"${first}" waits for itself`
			: `these services wait for each other: ${cycle.slice(0, 12).join(' → ')}${cycle.length > 12 ? ' → …' : ''}`;
	const isLinked = services.get(first)?.links.some(({service}) => service === second) === true;
	report.error(
		tree.place('services', first, isListed ? 'depends_on' : isLinked ? 'links' : 'network_mode'),
		words,
		'one of them must start without the others',
	);
}

function noteConditions({lab, tree, report}: Context): void {
	for (const {name} of lab.services) {
		for (const {key} of entriesOf(tree.node('services', name, 'depends_on'))) {
			const condition = tree.node('services', name, 'depends_on', key, 'condition');
			if (condition?.kind === 'scalar' && condition.text !== 'service_started') {
				report.note(tree.place('services', name, 'depends_on', key, 'condition'), 'the lab waits until it has started, and no longer');
			}
		}
	}
}
