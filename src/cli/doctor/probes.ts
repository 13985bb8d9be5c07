// What this machine can and cannot do for labs, found out by trying. It changes nothing: what it makes is in a scratch namespace that ends with it.
// To add a kernel feature: a row in features.ts; a program: a row in programs.ts.
import {existsSync} from 'node:fs';
import {userInfo} from 'node:os';
import {loadNative} from '../../../native/index.ts';
import {packageFile} from '../../base/paths.ts';
import {featureRows} from './features.ts';
import {aptInstall, programFindings} from './programs.ts';
import {rightsFindings} from './rights.ts';
import {roomFindings} from './room.ts';
import {run} from './run.ts';
import {readScratch, scratchCommand} from './scratch.ts';
import type {Finding} from './finding.ts';

export type {Finding} from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Looks at everything, in about half a second. Never rejects: what cannot be found out is a finding too. */
export async function probe(env: Env = process.env): Promise<readonly Finding[]> {
	const {uid, username} = userInfo();
	const findings = await Promise.all([rightsFindings(uid, username, env), programFindings(uid, env), featureFindings(uid, env), roomFindings(uid, env)]);
	return [nodeFinding(), nativeFinding(), await libpcapFinding(uid), ...findings.flat()];
}

function nodeFinding(): Finding {
	const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
	const finding = {name: 'node', detail: process.versions.node, neededFor: 'vethlab itself'};
	return major > 20 || (major === 20 && minor >= 19) ? {...finding, level: 'ok'} : {...finding, level: 'missing', fix: 'install Node 20.19 or newer'};
}

function nativeFinding(): Finding {
	const finding = {name: 'native parts', neededFor: 'namespaces, netlink, and the programs inside containers'};
	const absent = ['lab-init', 'docker-proxy', 'lab-web'].filter((name) => !existsSync(packageFile(`native/build/${name}`)));
	try {
		loadNative();
	} catch (error) {
		return {...finding, level: 'missing', detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), fix: 'npm run build'};
	}

	return absent.length === 0
		? {...finding, level: 'ok', detail: 'built'}
		: {...finding, level: 'missing', detail: `not built: ${absent.join(', ')}`, fix: 'npm run build'};
}

/** Loaded by the addon when the first filter comes. */
async function libpcapFinding(uid: number): Promise<Finding> {
	const finding = {name: 'libpcap', neededFor: 'capture filters: vethlab capture, checks on packets'};
	try {
		await loadNative().compileFilter('ip');
		return {...finding, level: 'ok', detail: 'loads'};
	} catch (error) {
		const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOPKG';
		return {
			...finding,
			level: 'limited',
			detail: isAbsent ? 'not installed' : String(error),
			fix: isAbsent ? aptInstall('libpcap0.8', uid) : 'npm run build',
		};
	}
}

async function featureFindings(uid: number, env: Env): Promise<readonly Finding[]> {
	const rows = featureRows();
	const trials = rows.map(([name, {commands}]) => ({name, commands}));
	const {file, args} = scratchCommand(uid, trials);
	const {stdout, said} = await run(file, args, env);
	const answers = readScratch(trials, stdout, `not tried: ${said}`);
	return rows.map(([name, {neededFor, isEssential, module, option}]): Finding => {
		const refusal = answers.get(name);
		const shown = {name: `kernel: ${name}`, neededFor};
		return refusal === undefined
			? {...shown, level: 'ok', detail: 'works'}
			: {
					...shown,
					level: isEssential ? 'missing' : 'limited',
					detail: refusal,
					fix: `${uid === 0 ? '' : 'sudo '}modprobe ${module}   (if that fails, this kernel was built without ${option})`,
				};
	});
}
