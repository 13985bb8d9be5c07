// Which labs run: by asking each socket. What a lab that is gone has left is swept away. Starting and ending them: launch.ts.
import {readdirSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import {setTimeout} from 'node:timers/promises';
import {LabError, toLabError} from '../base/errors.ts';
import {hash} from '../base/names.ts';
import {connect} from './client.ts';
import {labFiles, readRecord, removeFiles, runtimeDir, type Environment, type LabFiles} from './lab-files.ts';
import {protocolVersion} from './messages.ts';
import {childrenOf, type ProcessId} from './process-id.ts';

const helloTimeoutMs = 2000;

export interface RunningLab {
	readonly name: string;
	/** Absolute path of the file it was made from. */
	readonly file: string;
	/** The engine's, as the machine sees it. */
	readonly pid: number;
	readonly socket: string;
	/** ISO 8601, UTC. */
	readonly created: string;
}

/** The user's labs by name. Sweeps away what those that are gone have left. */
export async function listLabs(env: Environment): Promise<readonly RunningLab[]> {
	const folder = runtimeDir(env, process.getuid?.() ?? 0);
	// a lab that was killed before it had a socket has a log
	const names = new Set(readdirSync(folder).flatMap((entry) => (/\.(?:sock|log)$/.test(entry) ? [entry.replace(/\.\w+$/, '')] : [])));
	const labs = await Promise.all([...names].toSorted().map(async (name) => lookAt(folder, name)));
	return labs.flatMap((lab) => lab ?? []);
}

/** Does `work` while no other process starts or sweeps a lab of this name. Rejects with E_LAB_EXISTS when one does. */
export async function withLock<T>(files: LabFiles, work: () => Promise<T>): Promise<T> {
	const lock = await takeLock(files);
	try {
		return await work();
	} finally {
		lock.close();
	}
}

/** Removes a lab's files, unless it runs after all. False: nothing was done, as another command is starting or sweeping a lab of that name. */
export async function sweep(files: LabFiles): Promise<boolean> {
	try {
		await withLock(files, async () => {
			if (await isGone(files)) {
				removeFiles(files);
			}
		});
		return true;
	} catch (error) {
		if (toLabError(error, 'sweep').code === 'E_LAB_EXISTS') {
			return false;
		}

		throw error;
	}
}

/** Whether nobody listens on its socket and its box is gone. */
export async function isGone(files: LabFiles): Promise<boolean> {
	if (readRecord(files) !== undefined) {
		return false;
	}

	try {
		const client = await connect(files.socket);
		client.close();
		return false;
	} catch (error) {
		const {code} = toLabError(error, 'look for the lab');
		return code === 'E_NAME_UNKNOWN' || code === 'E_SOCKET_STALE';
	}
}

async function lookAt(folder: string, name: string): Promise<RunningLab | undefined> {
	const files = labFiles(folder, name);
	try {
		return await ask(files);
	} catch (error) {
		const known = toLabError(error, `ask lab ${name}`);
		const record = readRecord(files);
		if (record !== undefined) {
			// it hangs, or speaks another version: it is there, and `down` can end it
			return {name, file: record.file, pid: engineIn(record.box), socket: files.socket, created: new Date(record.createdMs).toISOString()};
		}

		if (known.code === 'E_SOCKET_STALE' || known.code === 'E_NAME_UNKNOWN') {
			await sweep(files);
		}

		return undefined;
	}
}

/** The engine is the first process that the init of a box starts; while there is none yet, the box stands for it. */
function engineIn(box: ProcessId): number {
	const [init] = childrenOf(box);
	const [engine] = init === undefined ? [] : childrenOf(init).toSorted((a, b) => Number(a.start) - Number(b.start) || a.pid - b.pid);
	return (engine ?? box).pid;
}

async function ask(files: LabFiles): Promise<RunningLab> {
	const client = await connect(files.socket);
	const timer = new AbortController();
	try {
		const hello = await Promise.race([
			client.call('hello', {protocol: protocolVersion}),
			setTimeout(helloTimeoutMs, undefined, {signal: timer.signal}).then(() => {
				throw new LabError('E_ENGINE_DEAD', {doing: `greet lab ${files.name}`, said: 'its engine does not answer'});
			}),
		]);
		return {name: files.name, file: hello.file, pid: hello.pid, socket: files.socket, created: new Date(hello.createdMs).toISOString()};
	} finally {
		timer.abort();
		client.close();
	}
}

/** A socket in the abstract namespace (unix(7)): the kernel gives each name to one process, and frees it when that ends. */
async function takeLock(files: LabFiles): Promise<Server> {
	const server = createServer();
	return new Promise((resolve, reject) => {
		server.once('error', (error) => {
			reject(
				new LabError('E_LAB_EXISTS', {
					doing: `start lab ${files.name}`,
					said: 'another command is starting or sweeping a lab of that name at this moment',
					cause: error,
				}),
			);
		});
		server.listen(`\0vethlab-${hash(32, files.folder, files.name)}`, () => {
			resolve(server);
		});
	});
}
