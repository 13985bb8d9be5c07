// A whole plan as text: a shell script of `ip` and `iptables` with the reasons as comments, the docker commands, or JSON.
import type {Op, Unit, Verb} from './op.ts';
import {line} from './shell.ts';
import {commandOf, whereOf} from './words.ts';

export type PlanForm = 'ip' | 'docker' | 'json';

/** Ends with a newline. The `ip` form runs as root on a machine with iproute2 and iptables, and makes the same network there, without the processes. */
export function renderPlan(units: readonly Unit[], as: PlanForm): string {
	switch (as) {
		case 'json': {
			return `${JSON.stringify(units, undefined, '\t')}\n`;
		}

		case 'docker': {
			return text(units.flatMap((unit) => (unit.docker === undefined ? [] : ['', `# ${unit.id}`, ...unit.docker])));
		}

		case 'ip': {
			return text([
				'#!/bin/sh',
				'# The network of the lab, made by hand. A line after "#" is a process that the network does not need.',
				'set -eu',
				...units.flatMap(scriptOf),
			]);
		}
	}
}

const processes: ReadonlySet<Verb> = new Set(['host.start', 'serve.start', 'proxy.start', 'container.start', 'port.bind', 'dns.start']);

function scriptOf(unit: Unit): readonly string[] {
	const folders = new Set(unit.ops.flatMap((op) => (op.do === 'file.write' ? [`/etc/netns/${op.node}`] : [])));
	return ['', `# ---- ${unit.id}`, ...[...folders].map((folder) => line('mkdir', '-p', folder)), ...unit.ops.flatMap(stepOf)];
}

function stepOf(op: Op): readonly string[] {
	const commands = commandOf(op, 'script');
	return [`# ${whereOf(op)}: ${op.why}`, ...(isProcess(op) ? commands.map((command) => (command.startsWith('#') ? command : `#   ${command}`)) : commands)];
}

function isProcess(op: Op): boolean {
	return processes.has(op.do);
}

function text(lines: readonly string[]): string {
	return `${lines.join('\n').replace(/^\n/, '')}\n`;
}
