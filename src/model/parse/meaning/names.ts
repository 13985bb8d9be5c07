// Names: hosts, services and LANs share one set, and a host's containers have names of their own.
import {implicitHost} from '../lift/hosts.ts';
import type {Context} from './context.ts';

export function checkNames(context: Context): void {
	checkNodes(context);
	checkContainers(context);
}

function checkNodes({tree, report}: Context): void {
	const taken = new Map<string, {readonly what: string; readonly line: number | undefined}>();
	if (!tree.has('hosts')) {
		taken.set(implicitHost, {what: 'the host that is there when a file has none', line: undefined});
	}

	for (const [section, what] of [
		['lans', 'a LAN'],
		['hosts', 'a host'],
		['services', 'a service'],
	] as const) {
		const node = tree.node(section);
		for (const name of node?.kind === 'map' ? node.entries.keys() : []) {
			const before = taken.get(name);
			const place = tree.key(section, name);
			if (before === undefined) {
				taken.set(name, {what, line: place.position.line});
			} else {
				const line = before.line === undefined ? '' : ` (line ${before.line})`;
				report.error(
					place,
					`"${name}" is already the name of ${before.what}${line}`,
					'hosts, services and LANs share one set of names; call one of them something else',
				);
			}
		}
	}
}

function checkContainers({lab, tree, report}: Context): void {
	const taken = new Map<string, string>();
	for (const {name, containerName, host} of lab.services) {
		const key = `${host}\0${containerName}`;
		const other = taken.get(key);
		if (other === undefined) {
			taken.set(key, name);
		} else {
			const named = tree.has('services', name, 'container_name') ? name : other;
			report.error(
				tree.place('services', named, 'container_name'),
				`the container of "${named === name ? other : name}" is already called "${containerName}"`,
				`Docker: "Conflict. The container name "/${containerName}" is already in use"`,
			);
		}
	}
}
