// dns: a question from a node, what the server says of it (rcode), and the answers, in any order.
import type {ProbeResult} from '../../api/messages.ts';
import {addressOf, type Checker, type CheckOf} from '../scene.ts';
import {words} from './reach.ts';

export const dns: Checker<'dns'> = {
	title: (check) =>
		`dns ${check.from} asks ${check.server === undefined ? '' : `${check.server} `}for ${check.name}${check.type === 'A' ? '' : ` ${check.type}`}: ${wanted(check)}`,
	retries: (check) => check.rcode === undefined || check.rcode === 'NOERROR',
	async look(check, scene) {
		const {from, type, server} = check;
		const name = type === 'PTR' ? addressOf(check.name, scene.view) : check.name;
		const result = await scene.call('probe', {kind: 'dns', from, name, type, server, timeoutMs: scene.patienceMs});
		const ok = isRcode(check, result) && (check.answers === undefined || isSame(check.answers, result.answers ?? []));
		return {ok, expected: wanted(check), got: answered(result), evidence: result.address === undefined ? [] : [`asked ${result.address}`]};
	},
};

/** What the server said: "172.18.0.3", "NOERROR without an answer", "NXDOMAIN", "timeout (no answer)". */
export function answered(result: ProbeResult): string {
	const {rcode, answers = []} = result;
	return rcode === undefined ? words(result) : answers.length > 0 ? answers.join(', ') : rcode === 'NOERROR' ? 'NOERROR without an answer' : rcode;
}

function isRcode(check: CheckOf<'dns'>, result: ProbeResult): boolean {
	return check.rcode === undefined || (check.rcode === 'TIMEOUT' ? result.result === 'timeout' : result.rcode === check.rcode);
}

/** The same answers, each as often; names and IPv6 addresses in any case. */
function isSame(one: readonly string[], other: readonly string[]): boolean {
	const sorted = (answers: readonly string[]): string =>
		answers
			.map((answer) => answer.toLowerCase())
			.toSorted()
			.join(' ');
	return sorted(one) === sorted(other);
}

function wanted({answers, rcode}: CheckOf<'dns'>): string {
	return answers === undefined ? (rcode ?? 'any answer') : answers.length > 0 ? answers.join(', ') : `${rcode ?? 'NOERROR'} without an answer`;
}
