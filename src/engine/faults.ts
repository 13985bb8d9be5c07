// Applies the faults of a lab, and clears them.
import {LabError} from '../base/errors.ts';
import {planFault} from '../drivers/index.ts';
import type {Action, Lab} from '../model/lab.ts';
import type {Applier} from './apply.ts';

/** E_NAME_UNKNOWN, E_CONFLICT when it is applied already, or is not. */
export async function doFault(applier: Applier, lab: Lab, {verb, fault}: Extract<Action, {readonly do: 'fault'}>): Promise<void> {
	const unit = planFault(lab, fault);
	const isApplied = applier.opsOf(unit.id).length > 0;
	if (isApplied === (verb === 'apply')) {
		throw new LabError('E_CONFLICT', {doing: `${verb} fault ${fault}`, said: isApplied ? 'it is applied already' : 'it is not applied'});
	}

	await (verb === 'apply' ? applier.make([unit]) : applier.remove([unit.id]));
}
