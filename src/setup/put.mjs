// Files that others may read while they are made.
import {chmodSync, renameSync, writeFileSync} from 'node:fs';

/** A program that starts meanwhile sees the old file or the new one, whole. @param {string} path @param {string | Uint8Array} contents */
export function put(path, contents, mode = 0o644) {
	const fresh = `${path}.new`;
	writeFileSync(fresh, contents);
	chmodSync(fresh, mode);
	renameSync(fresh, path);
}
