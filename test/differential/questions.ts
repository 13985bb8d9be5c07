// What the name server of containers (127.0.0.11) answers, asked by the same program on both sides: the questions of a situation are its `dns` checks.
import {packageFile} from '../../src/base/paths.ts';
import type {Check, Lab} from '../../src/model/lab.ts';
import {run} from '../e2e/lab.ts';
import type {NodeAt} from './collect.ts';
import type {Facts} from './normal.ts';

type Question = Extract<Check, {readonly check: 'dns'}>;

const server = '127.0.0.11';

export function questionsOf({steps}: Lab): readonly Question[] {
	return steps.flatMap(({expect}) => expect).filter((one): one is Question => one.check === 'dns');
}

/** "c1 dns web AAAA" -> "NOERROR fd00:77::2"; whoever does not run is not asked. All at once: an engine may wait long for servers that it passes a question on to. */
export async function answers(nodes: readonly NodeAt[], questions: readonly Question[]): Promise<Facts> {
	const found = nodes.flatMap(({name: from, net}) =>
		questions
			.filter((one) => one.from === from)
			.map(async ({name, type}): Promise<readonly [string, string]> => {
				const asked = [packageFile('native/build/lab-web'), 'probe', 'dns', name, '--type', type, '--server', server, '--timeout', '2000'];
				return [`${from} dns ${name} ${type}`, told((await run(['nsenter', `--net=${net}`, ...asked])).stdout)];
			}),
	);
	return new Map(await Promise.all(found));
}

/** In any order: an engine shuffles the addresses of a name. */
function told(said: string): string {
	const {result, rcode, answers: all = []} = JSON.parse(said) as {readonly result: string; readonly rcode?: string; readonly answers?: readonly string[]};
	return [rcode ?? result, ...all.toSorted()].join(' ');
}
