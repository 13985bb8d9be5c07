// What each network mode refuses, as the engine refuses it.
import type {Attachment, Service} from '../../lab.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkModes(context: Context): void {
	for (const service of context.lab.services) {
		checkBothGiven(service, context);
		checkNics(service, context);
		switch (service.attach.mode) {
			case 'container': {
				checkShared(service, service.attach, context);
				break;
			}

			case 'host': {
				checkHostMode(service, context);
				break;
			}

			case 'none': {
				checkNone(service, context);
				break;
			}

			case 'networks': {
				checkPorts(service, context);
				break;
			}

			case 'bridge': {
				break;
			}
		}
	}
}

function checkBothGiven({name}: Service, {tree, report}: Context): void {
	if (tree.has('services', name, 'network_mode') && tree.has('services', name, 'networks')) {
		report.error(
			{...tree.place('services', name, 'network_mode'), where: `services.${name}`},
			'"network_mode" and "networks" cannot both be given',
			'Docker Compose refuses this too; keep one',
		);
	}
}

function checkNics({name, attach, nics}: Service, {tree, report}: Context): void {
	if (nics.length > 0 && attach.mode !== 'none') {
		report.error(
			tree.key('services', name, 'nics'),
			`interfaces are put in by hand only in mode none, and this is ${attach.mode === 'networks' ? 'on user-defined networks' : `mode ${attach.mode}`}`,
			'write "network_mode: none"',
		);
	}
}

/** What a container cannot have of its own when it uses another's network stack, and the engine's words for it (moby, runconfig/errors.go). */
const ofTheOwner = [
	{key: 'hostname', what: 'and with it the hostname', said: 'hostname and the network mode'},
	{key: 'dns', what: 'and with it the resolv.conf', said: 'dns and the network mode'},
	{key: 'extra_hosts', what: 'and with it the hosts file', said: 'custom host-to-IP mapping and the network mode'},
	{key: 'mac_address', what: 'and with it the MAC', said: 'mac-address and the network mode'},
	{key: 'expose', what: 'so it has no ports of its own to expose', said: 'port exposing and the container type network mode'},
] as const;

function checkShared({name}: Service, {of}: Extract<Attachment, {readonly mode: 'container'}>, {tree, services, report}: Context): void {
	const mode = tree.place('services', name, 'network_mode');
	if (of === name) {
		report.error(mode, 'a service cannot share its own network stack');
	} else if (!services.has(of)) {
		report.error(mode, `there is no service "${of}"`, didYouMean(of, services.keys()));
	}

	if (tree.has('services', name, 'ports')) {
		report.error(
			tree.key('services', name, 'ports'),
			`it shares the network stack of "${of}", so it has no ports of its own to publish`,
			`publish them on "${of}" (Docker: "conflicting options: port publishing and the container type network mode")`,
		);
	}

	for (const {key, what, said} of ofTheOwner) {
		if (tree.has('services', name, key)) {
			report.error(
				tree.key('services', name, key),
				`it shares the network stack of "${of}", ${what}`,
				`set it on "${of}" (Docker: "conflicting options: ${said}")`,
			);
		}
	}
}

function checkHostMode({name, host, sysctls}: Service, {hosts, tree, report}: Context): void {
	if (tree.has('services', name, 'ports')) {
		report.note(tree.key('services', name, 'ports'), 'Published ports are discarded when using host network mode');
	}

	const place = tree.key('services', name, 'mac_address');
	if (tree.has('services', name, 'mac_address') && hosts.get(host)?.docker?.engine === '20.10') {
		report.error(
			place,
			'mode host has no interface of its own to give a MAC',
			'remove it (Docker: "conflicting options: mac-address and the network mode")',
		);
	} else if (tree.has('services', name, 'mac_address')) {
		report.note(place, 'mode host has no interface of its own to give a MAC: Docker 28 takes it without a word, and does nothing');
	}

	if (Object.keys(sysctls).length > 0) {
		report.error(
			tree.key('services', name, 'sysctls'),
			'in mode host these settings would be those of the host itself',
			'write them under the host: "sysctls: {…}"',
		);
	}
}

function checkNone({name}: Service, {tree, report}: Context): void {
	for (const key of ['ports', 'mac_address']) {
		if (tree.has('services', name, key)) {
			report.note(tree.key('services', name, key), 'mode none has no interface for it; Docker accepts it and does nothing');
		}
	}
}

function checkPorts({name, publish}: Service, {tree, report}: Context): void {
	if (tree.has('services', name, 'ports') && publish.length === 0) {
		report.note(tree.key('services', name, 'ports'), 'its networks publish nothing, being internal or macvlan; Docker accepts it and does nothing');
	}
}
