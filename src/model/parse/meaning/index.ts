// The checks of meaning, one subject each. They run when the structure holds, all of them, so that all problems are told at once.
// To add one: a file here and a line in the table.
import {checkCaptures} from './captures.ts';
import {checkConnections} from './connections.ts';
import type {Context} from './context.ts';
import {checkEndpoints} from './endpoints.ts';
import {checkExtraHosts} from './extra-hosts.ts';
import {checkHandNics} from './hand-nics.ts';
import {checkHosts} from './hosts.ts';
import {checkEngines} from './engines.ts';
import {checkLans} from './lans.ts';
import {checkLinks} from './links.ts';
import {checkModes} from './modes.ts';
import {checkNames} from './names.ts';
import {checkNetworks} from './networks.ts';
import {checkOrder} from './order.ts';
import {checkOverlaps} from './overlaps.ts';
import {checkOverlays} from './overlays.ts';
import {checkParents} from './parents.ts';
import {checkPlacement} from './placement.ts';
import {checkPublish} from './publish.ts';
import {checkReferences} from './references.ts';
import {checkServers} from './servers.ts';
import {checkSteps} from './steps.ts';
import {checkSubnets} from './subnets.ts';

const subjects: readonly ((context: Context) => void)[] = [
	checkNames,
	checkReferences,
	checkLans,
	checkHosts,
	checkEngines,
	checkPlacement,
	checkModes,
	checkNetworks,
	checkParents,
	checkOverlays,
	checkSubnets,
	checkOverlaps,
	checkEndpoints,
	checkLinks,
	checkOrder,
	checkPublish,
	checkServers,
	checkHandNics,
	checkExtraHosts,
	checkSteps,
	checkCaptures,
	checkConnections,
];

/** Reports everything about the lab that cannot be. */
export function checkMeaning(context: Context): void {
	for (const check of subjects) {
		check(context);
	}
}
