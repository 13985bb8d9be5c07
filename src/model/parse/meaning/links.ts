// Links: to whom a container may be linked, by what name. On docker0 they are lines and variables, on user-defined networks names.
import type {Service, ServiceLink} from '../../lab.ts';
import type {Place} from '../tree.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

export function checkLinks(context: Context): void {
	for (const service of context.lab.services) {
		service.links.forEach((link, index) => {
			checkLink(service, link, index, context);
		});
	}
}

function checkLink(service: Service, link: ServiceLink, index: number, context: Context): void {
	const {tree, services, report} = context;
	const place = tree.place('services', service.name, 'links', index);
	const target = services.get(link.service);
	const refused = refusal(service);
	if (refused !== undefined) {
		report.error(place, refused, 'remove it: names and ports are those of the stack that it uses');
	} else if (target === undefined) {
		report.error(
			place,
			`there is no service "${link.service}"`,
			didYouMean(link.service, services.keys()) ?? `Docker: "could not get container for ${link.service}"`,
		);
	} else if (service.links.findIndex(({alias}) => alias === link.alias) < index) {
		report.error(place, `"${link.alias}" is the name of two links`, `give one of them another: "${link.service}:NAME"`);
	} else if (target.host !== service.host) {
		report.error(place, `"${link.service}" runs on ${target.host}, and an engine links only its own containers`, 'put both on one host, or use an address');
	} else if (target !== service) {
		checkTarget(service, target, place, context);
	}
}

/** Docker's words (runconfig/errors.go). */
function refusal({attach}: Service): string | undefined {
	switch (attach.mode) {
		case 'host': {
			return 'Docker: "conflicting options: host type networking can\'t be used with links. This would result in undefined behavior"';
		}

		case 'container': {
			return 'Docker: "conflicting options: container type network can\'t be used with links. This would result in undefined behavior"';
		}

		default: {
			return undefined;
		}
	}
}

function checkTarget(service: Service, target: Service, place: Place, {report}: Context): void {
	if (target.attach.mode === 'host') {
		report.error(place, `"${target.name}" has the network of its host: there is nothing to link to`, "give the host's address");
	} else if (service.attach.mode === 'none') {
		report.note(place, 'mode none has no network on which it would do anything; Docker accepts it and does nothing');
	} else if (service.attach.mode === 'bridge' && target.attach.mode !== 'bridge') {
		report.error(
			place,
			`"${target.name}" is not on docker0, and links are only among its containers`,
			`Docker: "container ${target.containerName} not attached to default bridge network"`,
		);
	} else if (service.attach.mode === 'networks' && !networksOf(target).some((network) => networksOf(service).includes(network))) {
		report.note(place, `"${service.name}" and "${target.name}" have no network in common: the name is not known`);
	}
}

function networksOf({attach}: Service): readonly string[] {
	return attach.mode === 'networks' ? attach.endpoints.map(({network}) => network) : [];
}
