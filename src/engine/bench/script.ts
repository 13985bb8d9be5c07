// The floor as an expert writes it: a shell script of `ip -batch`, iptables-restore, docker-proxy and crun, and before it the containers' folders and files.
// The script itself and its batches are there when the clock starts, and hosts get a network namespace but no first process: it does less than a lab.
import {execFile} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {promisify} from 'node:util';
import type {Native} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import {restoreFile, type RuleStep} from '../../kernel/iptables/restore.ts';
import {sysctlPath} from '../../kernel/sysctls.ts';
import {proxyArguments} from '../../plan/docker-proxy.ts';
import type {Family, NetnsName, Op, Unit} from '../../plan/op.ts';
import {line} from '../../plan/shell.ts';
import {commandOf} from '../../plan/words.ts';
import {findProgram} from '../../runtime/programs.ts';
import {lookAround} from '../../runtime/surroundings.ts';
import {probeArguments, probeResult} from '../probing.ts';
import {crunArguments, makeBundle, of, openWorkshop, writeFiles} from './bundles.ts';
import {crunAtOnce} from './floor.ts';
import type {Job} from './main.ts';

/** Where ip(8) keeps named namespaces; on a tmpfs of the box, so that the machine's stay as they are. */
const netnsFolder = '/run/netns';

interface ScriptPlan {
	readonly native: Native;
	/** The box's tmpfs. */
	readonly scratch: string;
	readonly units: readonly Unit[];
	readonly requests: readonly {readonly from: string; readonly url: string}[];
}

/** Writes the script and all it reads. */
export function prepareScript({native, scratch, units, requests}: ScriptPlan): Job {
	const ops = units.flatMap((unit) => unit.ops);
	const workshop = openWorkshop(native, scratch, lookAround());
	const folder = `${scratch}/script`;
	mkdirSync(folder);
	const text = [
		'set -eu',
		...ownRun(scratch),
		`cd ${folder}`,
		...wiring(ops, folder),
		...proxies(ops, folder),
		`xargs -P ${crunAtOnce} -L 1 ${findProgram('crun')} <containers >output 2>&1 || { tail -n 3 output >&2; exit 1; }`,
	];
	return {
		async go() {
			writeFiles(ops, scratch);
			const lines = of(ops, 'container.start').map((op) => {
				const bundle = makeBundle(op, netnsPath(op.container.netns), workshop);
				return line(...crunArguments(op.container.id, bundle, workshop, `${bundle}/crun.log`));
			});
			writeFileSync(`${folder}/containers`, `${lines.join('\n')}\n`);
			await sh(text.join('\n'), 'run the script');
		},
		async check() {
			for (const {from, url} of requests) {
				const args = [packageFile('native/build/lab-web'), 'probe', ...probeArguments({from, kind: 'http', url, timeoutMs: 5000})];
				// oxlint-disable-next-line no-await-in-loop -- one or two
				const {stdout, stderr} = await sh(line('nsenter', `--net=${netnsPath(from)}`, ...args), `ask ${url}`);
				const {result, said} = probeResult(stdout, stderr);
				if (result !== 'ok') {
					return `${url} from ${from}: ${said ?? result}`;
				}
			}

			return undefined;
		},
	};
}

/** An empty /run of the box's own, in which the scratch folder is where it was. */
function ownRun(scratch: string): readonly string[] {
	const run = `${scratch}/run`;
	const again = `${run}${scratch.slice('/run'.length)}`;
	return [
		`mkdir ${run}`,
		`mount -n -t tmpfs tmpfs ${run}`,
		`mkdir ${run}/netns`,
		...(scratch.startsWith('/run/') ? [`mkdir -p ${again}`, `mount -n --bind ${scratch} ${again}`] : []),
		`mount -n --move ${run} /run`,
	];
}

/** Namespaces, then each one's links and addresses by one `ip -batch`, its settings, and its rules by one iptables-restore for each family. */
function wiring(ops: readonly Op[], folder: string): readonly string[] {
	const names = of(ops, 'netns.add').map(({netns}) => netns);
	writeFileSync(`${folder}/namespaces`, names.map((name) => `netns add ${name}\n`).join(''));
	const each = names.map((name, place) => {
		const own = ops.filter((op) => 'netns' in op && op.netns === name);
		writeFileSync(`${folder}/${place}.ip`, own.flatMap((op) => ipLines(op, name)).join(''));
		const settings = of(own, 'sysctl.set').map(({key, value}) => `echo ${value} >${sysctlPath(key)}`);
		return [`ip -n ${name} -batch ${place}.ip`, ...(settings.length === 0 ? [] : [inside(name, line('sh', '-c', settings.join('; ')))])];
	});
	// LANs and hosts come first, one after the other; containers hang on a bridge that is there and do not wait for each other
	const hosts = of(ops, 'host.start').map(({host}) => host);
	const last = Math.max(...hosts.map((host) => names.indexOf(host)));
	writeFileSync(
		`${folder}/nodes`,
		each
			.slice(last + 1)
			.map((commands) => `${commands.join(' && ')}\n`)
			.join(''),
	);
	return ['ip -batch namespaces', ...each.slice(0, last + 1).flat(), ...rules(ops, folder), `tr '\\n' '\\0' <nodes | xargs -0 -P ${crunAtOnce} -n 1 sh -c`];
}

function rules(ops: readonly Op[], folder: string): readonly string[] {
	const steps = ops.flatMap((op, index): readonly RuleStep[] =>
		op.do === 'chain.add' || op.do === 'policy.set' || op.do === 'rule.add' ? [{op, index}] : [],
	);
	const places = new Map(steps.map(({op: {netns, family}}) => [`${family} ${netns}`, {netns, family}]));
	return [...places.values()].map(({netns, family}, place) => {
		const own = steps.filter(({op}) => op.netns === netns && op.family === family);
		writeFileSync(`${folder}/${place}.rules`, restoreFile(own, 'do').text);
		return inside(netns, `${findProgram(restoreName(family))} --noflush ${place}.rules`);
	});
}

function restoreName(family: Family): 'iptables-restore' | 'ip6tables-restore' {
	return family === 4 ? 'iptables-restore' : 'ip6tables-restore';
}

function proxies(ops: readonly Op[], folder: string): readonly string[] {
	const program = packageFile('native/build/docker-proxy');
	return of(ops, 'host.start').flatMap(({host}) => {
		const own = of(ops, 'proxy.start').filter((op) => op.host === host);
		writeFileSync(`${folder}/${host}.proxies`, own.map((op) => `${line(program, ...proxyArguments(op))} </dev/null >/dev/null 2>&1 &\n`).join(''));
		return own.length === 0 ? [] : [inside(host, `sh ${host}.proxies`)];
	});
}

/** An op as lines for `ip -batch`; none for what is no business of ip(8). Throws E_INTERNAL for a command that the batch cannot take. */
function ipLines(op: Op, name: NetnsName): readonly string[] {
	switch (op.do) {
		case 'link.add':
		case 'link.set':
		case 'addr.add':
		case 'addr.del':
		case 'route.add': {
			const prefix = `ip -n ${name} `;
			return commandOf(op, 'script').map((command) => {
				if (!command.startsWith(prefix)) {
					throw new LabError('E_INTERNAL', {doing: 'write the script', said: `this is not for ip -batch: ${command}`});
				}

				return `${command.slice(prefix.length)}\n`;
			});
		}

		default: {
			return [];
		}
	}
}

function inside(name: NetnsName, command: string): string {
	return `nsenter --net=${netnsPath(name)} ${command}`;
}

function netnsPath(name: NetnsName): string {
	return `${netnsFolder}/${name}`;
}

/** Throws E_RUNTIME with what the script said last. */
async function sh(text: string, doing: string): Promise<{readonly stdout: string; readonly stderr: string}> {
	try {
		return await promisify(execFile)('/bin/sh', ['-c', text], {env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin'}});
	} catch (error) {
		throw new LabError('E_RUNTIME', {doing, said: lastWords(error), cause: error});
	}
}

/** What it wrote to stderr last. */
function lastWords(error: unknown): string {
	return typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim().split('\n').slice(-3).join('; ') : String(error);
}
