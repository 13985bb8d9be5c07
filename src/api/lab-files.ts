// Where a lab's socket, log and mount point are, and who may have made them. Nothing else of a lab is on the machine.
import {accessSync, constants, lstatSync, mkdirSync, readFileSync, rmdirSync, statSync, unlinkSync, type Stats} from 'node:fs';
import {isAbsolute, join} from 'node:path';
import {LabError, toLabError} from '../base/errors.ts';
import {isAlive, type ProcessId} from './process-id.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** sockaddr_un.sun_path less its closing zero (unix(7)). */
const longestSocketPathBytes = 107;
const labName = /^[a-zA-Z\d][\w.-]{0,40}$/;

export interface LabFiles {
	readonly name: string;
	readonly folder: string;
	readonly socket: string;
	readonly log: string;
	/** Where the box mounts its tmpfs. Outside it is a folder with the box's record in it. */
	readonly scratch: string;
	readonly record: string;
}

/** What the machine knows of a box even when its engine does not answer. */
export interface BoxRecord {
	/** The `unshare` that made it: it ends when everything in it has. */
	readonly box: ProcessId;
	readonly file: string;
	/** Milliseconds since the epoch. */
	readonly createdMs: number;
}

/** The user's folder of labs, made if need be. Throws E_SOCKET_FOREIGN when what is there is not ours alone. */
export function runtimeDir(env: Environment, uid: number): string {
	const folder = folderFor(env, uid);
	makeFolder(folder);
	const info = lstatSync(folder);
	if (!info.isDirectory() || info.uid !== uid || (info.mode & 0o022) !== 0) {
		throw new LabError('E_SOCKET_FOREIGN', {doing: `use ${folder} for the labs' sockets`, said: 'it is not a folder that only you can write to'});
	}

	return folder;
}

/** Throws E_ARGUMENT for a name that no lab can have. */
export function labFiles(folder: string, name: string): LabFiles {
	if (!labName.test(name)) {
		throw new LabError('E_ARGUMENT', {
			doing: `name a lab ${JSON.stringify(name)}`,
			said: "a lab's name is 1 to 41 letters, digits, _, . and -, and begins with a letter or digit",
		});
	}

	const base = join(folder, name);
	const socket = `${base}.sock`;
	const length = Buffer.byteLength(socket);
	if (length > longestSocketPathBytes) {
		throw new LabError('E_ARGUMENT', {
			doing: `name a lab ${name}`,
			said: `its socket's path would be ${length} bytes long, and ${longestSocketPathBytes} are possible: ${socket}`,
			hint: 'choose a shorter name',
		});
	}

	return {name, folder, socket, log: `${base}.log`, scratch: base, record: join(base, 'box.json')};
}

/** undefined: there is none, or it is no longer true. */
export function readRecord(files: LabFiles): BoxRecord | undefined {
	try {
		const record = JSON.parse(readFileSync(files.record, 'utf8')) as BoxRecord;
		return isAlive(record.box) ? record : undefined;
	} catch {
		return undefined;
	}
}

/** Removes what a lab that is gone has left. Only what a lab makes, and only if it is what a lab makes. */
export function removeFiles(files: LabFiles): void {
	removeIf(files.socket, (info) => info.isSocket());
	removeIf(files.log, (info) => info.isFile());
	removeIf(files.record, (info) => info.isFile());
	try {
		rmdirSync(files.scratch);
	} catch {
		// not there, not empty, or a mount point: somebody else's
	}
}

function makeFolder(folder: string): void {
	try {
		// not `recursive`: that calls every refusal ENOENT
		mkdirSync(folder, {mode: 0o700});
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		const doing = `make ${folder} for the labs' sockets`;
		if (code === 'ENOENT') {
			throw new LabError('E_ARGUMENT', {
				doing,
				said: 'the folder that it belongs in is not there',
				hint: 'make that folder, or set VETHLAB_RUNTIME_DIR to another',
				cause: error,
			});
		}

		// EEXIST: the caller looks at what is there
		if (code !== 'EEXIST') {
			throw toLabError(error, doing);
		}
	}
}

/** VETHLAB_RUNTIME_DIR, else where the system keeps such things. */
function folderFor(env: Environment, uid: number): string {
	const chosen = env['VETHLAB_RUNTIME_DIR'];
	if (chosen !== undefined && chosen !== '') {
		if (!isAbsolute(chosen)) {
			throw new LabError('E_ARGUMENT', {doing: "use VETHLAB_RUNTIME_DIR for the labs' sockets", said: `${chosen} is not an absolute path`});
		}

		return chosen;
	}

	// the root of a user namespace has no right to the machine's /run
	if (uid === 0 && isWritable('/run')) {
		return '/run/vethlab';
	}

	const session = env['XDG_RUNTIME_DIR'];
	return session !== undefined && isAbsolute(session) && statSync(session, {throwIfNoEntry: false})?.isDirectory() === true
		? join(session, 'vethlab')
		: `/tmp/vethlab-${uid}`;
}

function removeIf(path: string, isOurs: (info: Stats) => boolean): void {
	const info = lstatSync(path, {throwIfNoEntry: false});
	if (info !== undefined && isOurs(info)) {
		unlinkSync(path);
	}
}

function isWritable(folder: string): boolean {
	try {
		accessSync(folder, constants.W_OK);
		return true;
	} catch {
		return false;
	}
}
