// Journeys of a lab's packets, as `vethlab capture --journeys --json` prints them: what a test sends meanwhile, and what it says of it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import type {ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {eventually, type Lab, type Sandbox} from './lab.ts';

export interface PrintedHop {
	readonly at: string;
	readonly direction: 'in' | 'out';
	readonly packet?: string;
	readonly from?: number;
	readonly sinceNanoseconds?: number;
	readonly changes: readonly {readonly what: string; readonly text: string}[];
}

export interface Printed {
	readonly number: number;
	readonly time: string;
	readonly protocol: string;
	readonly source: string;
	readonly destination: string;
	readonly sourcePort?: number;
	readonly destinationPort?: number;
	readonly info: string;
	readonly end: 'reached' | 'joined' | 'left' | 'last seen';
	readonly endedAt: readonly {readonly at: string; readonly direction: string}[];
	readonly reasons: readonly string[];
	readonly links: readonly {readonly is: string; readonly number: number}[];
	readonly proxied?: {readonly node: string; readonly other?: string; readonly among: number};
	readonly hops: readonly PrintedHop[];
}

/** Captures while `send` sends; the journeys that began meanwhile, in that order. Rings are opened one by one: what was under way then is not whole. */
export async function journeysOf(
	t: ExecutionContext,
	{sandbox, lab, words = []}: {sandbox: Sandbox; lab: Lab; words?: readonly string[]},
	send: () => Promise<unknown>,
) {
	const child = spawn(process.execPath, [packageFile('dist/cli.js'), 'capture', '--journeys', '--json', '--lab', lab.name, ...words], {
		env: {...process.env, ...sandbox.env},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	const said = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', (text: string) => {
			said[name] += text;
		});
	}

	const closed = once(child, 'close');
	await eventually(() => said.stderr.includes('capturing at'));
	// without the Z: packets have nanoseconds, and one of this millisecond is not from before
	const since = new Date().toISOString().slice(0, -1);
	await send();
	child.kill('SIGINT');
	t.deepEqual(await closed, [0, null], said.stdout.slice(-1000) + said.stderr);
	t.regex(said.stderr, /, 0 dropped$/m);
	const lines = said.stdout.split('\n').filter((line) => line !== '');
	const journeys = lines.map((line) => JSON.parse(line) as Printed).filter(({time}) => time >= since);
	return journeys.toSorted((a, b) => a.number - b.number);
}

/** The way to the last hop, an interface a word, with what NAT, tunnels and fragmentation did. Names of veths are made up by the engine. */
export function way({hops}: Printed, last = hops.length - 1): string {
	const hop = hops[last];
	if (hop === undefined) {
		return '';
	}

	const notes = hop.changes.filter(({what}) => what !== 'MAC' && what !== 'TTL').map(({what, text}) => `[${what} ${text}] `);
	const word = `${notes.join('')}${hop.at.replace(/veth[\da-f]{7}/, 'veth')} ${hop.direction}`;
	return hop.from === undefined ? word : `${way({hops} as Printed, hop.from)} > ${word}`;
}

/** Journeys that begin where no packet can: something before was not joined to them. */
export function orphans(journeys: readonly Printed[]): readonly string[] {
	return journeys.flatMap((journey) => {
		const [first] = journey.hops;
		// a VXLAN answers ARP itself (proxy)
		const isOwn = first?.at.endsWith('/lo') === true || (first?.at.endsWith('/vxlan0') === true && journey.info.includes(' is at '));
		return first?.direction === 'in' && !isOwn ? [`${first.at} in: ${journey.source} > ${journey.destination} ${journey.info}`] : [];
	});
}
