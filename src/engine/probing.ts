// Probes: connection attempts by the lab-web program inside a node. Its command line here, its answer there.
import type {Probe, ProbeResult} from '../api/messages.ts';
import {LabError} from '../base/errors.ts';
import {unreachable} from '../base/unreachable.ts';

/** More than this and a probe holds up whoever asked, in milliseconds. */
const longestMs = 60_000;

/** The arguments of `lab-web probe` for a probe. */
export function probeArguments(probe: Probe): readonly string[] {
	return [...targetOf(probe), '--timeout', String(patience(probe))];
}

/** How long to wait for the program, in milliseconds: its own patience per packet and a second for a busy machine. */
export function programPatience(probe: Probe): number {
	return patience(probe) * (probe.kind === 'ping' ? Math.max(1, probe.count) : 2) + 5000;
}

/** Reads the program's one line. Throws E_RUNTIME when it is none. */
export function probeResult(stdout: string, stderr: string): ProbeResult {
	const nothing = {said: undefined, status: undefined, body: undefined, address: undefined, micros: undefined};
	try {
		return {...nothing, ...(JSON.parse(stdout) as ProbeResult)};
	} catch (error) {
		throw new LabError('E_RUNTIME', {doing: 'probe', said: stderr.trim() || 'the probing program said nothing', cause: error});
	}
}

function patience(probe: Probe): number {
	return Math.min(Math.max(1, Math.round(probe.timeoutMs)), longestMs);
}

function targetOf(probe: Probe): readonly string[] {
	switch (probe.kind) {
		case 'ping': {
			return ['ping', probe.to, '--count', String(probe.count), ...option('--size', probe.size), ...(probe.df ? ['--df'] : [])];
		}

		case 'http': {
			return ['http', probe.url, ...option('--count', probe.count)];
		}

		case 'tcp':
		case 'udp': {
			return [probe.kind, probe.to, String(probe.port), ...option('--send', probe.send), ...option('--source-port', probe.sourcePort)];
		}

		case 'dns': {
			return ['dns', probe.name, '--type', probe.type, ...option('--server', probe.server)];
		}

		default: {
			return unreachable(probe);
		}
	}
}

function option(name: string, value: string | number | undefined): readonly string[] {
	return value === undefined ? [] : [name, String(value)];
}
