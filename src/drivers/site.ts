// Where a container is planned: its host, engine and profile, looked up by name.
import {LabError} from '../base/errors.ts';
import type {Host, Lab, Service} from '../model/lab.ts';
import type {Site} from './driver.ts';
import {profiles} from './profiles.ts';

/** E_CONFLICT when no Docker engine runs on the host. */
export function siteOf(lab: Lab, host: Host | undefined, service: Service, {ledger, start}: Pick<Site, 'ledger' | 'start'>): Site {
	if (host?.docker === undefined) {
		throw new LabError('E_CONFLICT', {doing: `run ${service.name} on ${service.host}`, said: 'no Docker engine runs there'});
	}

	return {lab, host, engine: host.docker, profile: profiles[host.docker.engine], service, ledger, start};
}

/** E_NAME_UNKNOWN. */
export function serviceOf(lab: Lab, name: string, doing: string): Service {
	const found = lab.services.find((service) => service.name === name);
	if (found === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing});
	}

	return found;
}

export function hostOf(lab: Lab, {host}: Service): Host | undefined {
	return lab.hosts.find(({name}) => name === host);
}
