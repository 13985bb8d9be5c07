// The unit `fault:NAME`: what a fault of the lab does to it. Clearing is taking the unit back.
import {LabError} from '../base/errors.ts';
import {interfaceName} from '../base/names.ts';
import type {Lab} from '../model/lab.ts';
import type {Unit} from '../plan/op.ts';

/** E_NAME_UNKNOWN. */
export function planFault(lab: Lab, name: string): Unit {
	const fault = lab.faults.find((one) => one.name === name);
	if (fault === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for fault ${name}`});
	}

	const {host, devs} = fault;
	const cables = lab.hosts.find((one) => one.name === host)?.nics.filter(({dev}) => devs.includes(dev)) ?? [];
	return {
		id: `fault:${name}`,
		after: [],
		ops: cables.map(({dev, lan}) => ({
			do: 'link.set',
			netns: `lan:${lan}`,
			dev: interfaceName(`${host}-${dev}`),
			up: false,
			why: `the cable of ${host}'s ${dev} is out of the switch of ${lan}: ${host} itself sees only that there is no signal`,
		})),
	};
}
