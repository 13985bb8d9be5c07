// The peers, and measuring those that are here beside vethlab itself, with the same n.
import {toLabError} from '../../../base/errors.ts';
import {table} from '../../table.ts';
import type {Io} from '../../command.ts';
import {benchLab} from '../lab.ts';
import {runVethlab, withUp} from '../up.ts';
import {containerlab} from './containerlab.ts';
import {docker, podman} from './docker.ts';
import {mininet} from './mininet.ts';
import {PeerShell, type Peer, type PeerTimes} from './peer.ts';
import {shell} from './shell.ts';

const peers: readonly Peer[] = [docker, podman, containerlab, mininet, shell];
/** For one peer and one n. */
const patienceMs = 120_000;

export interface PeerResult {
	readonly name: string;
	readonly makes: string;
	readonly count: number;
	readonly times: PeerTimes | undefined;
	/** Why there are none. */
	readonly why: string | undefined;
}

/** Measures vethlab, then every peer that is installed, for each n. What cannot be measured says why. */
export async function measurePeers(io: Io, sizes: readonly number[], tell: (what: string) => void): Promise<readonly PeerResult[]> {
	const results: PeerResult[] = [];
	for (const peer of [vethlab(io), ...peers]) {
		for (const count of sizes) {
			tell(`${peer.name}, ${count}`);
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			const result = await measurePeer(io, peer, count);
			results.push(result);
			if (result.times === undefined) {
				break;
			}
		}
	}

	return results;
}

async function measurePeer(io: Io, peer: Peer, count: number): Promise<PeerResult> {
	const run = new PeerShell(io.env, patienceMs);
	const about = {name: peer.name, makes: peer.makes, count};
	try {
		const why = await peer.missing(run);
		return {...about, times: why === undefined ? await peer.measure(run, count) : undefined, why};
	} catch (error) {
		return {...about, times: undefined, why: toLabError(error, `measure ${peer.name}`).message};
	}
}

function vethlab(io: Io): Peer {
	return {
		name: 'vethlab',
		makes: 'n containers on a bridge, a published port each, as a user types it',
		missing: async () => undefined,
		measure: async (_, count) =>
			withUp(io, benchLab(`bench-${process.pid}`, count), async ({name, cost}) => ({
				upMs: cost.wallMs,
				downMs: (await runVethlab(io, ['down', name])).wallMs,
			})),
	};
}

/** The results as people read them. Pure. */
export function peersReport(results: readonly PeerResult[]): string {
	const measured = results.filter(({times}) => times !== undefined);
	const absent = results.filter(({why}) => why !== undefined);
	return [
		table([
			['peer', 'n', 'up', 'down', 'what it makes'],
			...measured.map(({name, count, times, makes}) => [name, String(count), seconds(times?.upMs), seconds(times?.downMs), makes]),
		]),
		...(absent.length === 0 ? [] : ['', ...absent.map(({name, why}) => `not measured: ${name}: ${why}`)]),
	].join('\n');
}

function seconds(ms: number | undefined): string {
	return ms === undefined ? '' : `${(ms / 1000).toFixed(2)} s`;
}
