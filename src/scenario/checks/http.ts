// http: a request from a node, and what the answer must be. `peer_seen`: the server (echo: peer) saw the request come from this address.
import type {ProbeResult} from '../../api/messages.ts';
import type {Checker, CheckOf} from '../scene.ts';
import {words} from './reach.ts';

export const http: Checker<'http'> = {
	title: (check) =>
		`http ${check.from} -> ${check.url}${check.peerSeen === undefined ? '' : `, seen as ${check.peerSeen}`}${check.result === 'ok' ? '' : `: ${check.result}`}`,
	retries: (check) => check.result === 'ok',
	async look(check, scene) {
		const result = await scene.call('probe', {kind: 'http', from: check.from, url: check.url, timeoutMs: scene.patienceMs});
		const wrong = differences(check, result);
		return {ok: wrong.length === 0, expected: expected(check), got: got(result), evidence: wrong};
	},
};

function differences(check: CheckOf<'http'>, result: ProbeResult): readonly string[] {
	if (check.result !== 'ok') {
		const ok = check.result === 'fail' ? result.result !== 'ok' : result.result === check.result;
		return ok ? [] : [`the request ended with ${words(result)}`];
	}

	const body = result.body ?? '';
	return [
		result.result === 'ok' ? undefined : `the request ended with ${words(result)}`,
		check.status === undefined || result.status === check.status ? undefined : `status is ${result.status ?? 'missing'}`,
		check.body === undefined || body === check.body ? undefined : 'the body differs',
		check.contains === undefined || body.includes(check.contains) ? undefined : `the body does not contain ${JSON.stringify(check.contains)}`,
		check.peerSeen === undefined || body.trim() === check.peerSeen ? undefined : `the server saw ${body.trim() || 'nobody'}`,
	].filter((line) => line !== undefined);
}

function expected(check: CheckOf<'http'>): string {
	const parts = [
		check.status === undefined ? undefined : `status ${check.status}`,
		check.body === undefined ? undefined : `body ${JSON.stringify(check.body)}`,
		check.contains === undefined ? undefined : `a body with ${JSON.stringify(check.contains)}`,
		check.peerSeen === undefined ? undefined : `seen as ${check.peerSeen}`,
	].filter((part) => part !== undefined);
	return parts.length === 0 ? check.result : parts.join(', ');
}

function got(result: ProbeResult): string {
	return result.result === 'ok' ? `status ${result.status}, body ${JSON.stringify((result.body ?? '').slice(0, 200))}` : words(result);
}
