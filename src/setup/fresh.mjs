// Is a step's result newer than all it is made of? By modification times, as make does it; folders count, so that a removed file is noticed.
import {mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

/**
 * @typedef {object} Made
 * @property {readonly string[]} from files and folders it is made of (folders with all they hold)
 * @property {readonly string[]} [except] folders to leave out
 * @property {readonly string[]} results files that must be there
 * @property {string} stamp file whose time says when the last whole run began
 */

/** @param {string} path modification time in milliseconds; 0 when it is not there */
function changed(path) {
	return statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0;
}

/**
 * @param {string} path @param {readonly string[]} except
 * @returns {number} the newest modification time of the file, or of all in the folder
 */
function newest(path, except) {
	const stat = statSync(path, {throwIfNoEntry: false});
	if (stat === undefined || except.includes(path)) {
		return 0;
	}

	if (!stat.isDirectory()) {
		return stat.mtimeMs;
	}

	// The folder that holds an excepted one changes when that is made: its own time says nothing.
	const own = except.some((folder) => dirname(folder) === path) ? 0 : stat.mtimeMs;
	return Math.max(own, ...readdirSync(path).map((name) => newest(join(path, name), except)));
}

/** @param {string} root @param {Made} made */
export function isFresh(root, {from, except = [], results, stamp}) {
	const made = changed(join(root, stamp));
	const left = except.map((folder) => join(root, folder));
	return made > 0 && results.every((path) => changed(join(root, path)) > 0) && from.every((path) => newest(join(root, path), left) <= made);
}

/**
 * Runs a step that makes something. The stamp is taken away before and set after, to the time of the beginning: what is killed half-way, or edited meanwhile, is made again.
 * @param {string} root @param {Made} made @param {() => Promise<void>} body
 */
export async function making(root, {stamp}, body) {
	const path = join(root, stamp);
	const began = new Date();
	rmSync(path, {force: true});
	await body();
	mkdirSync(dirname(path), {recursive: true});
	writeFileSync(path, '');
	utimesSync(path, began, began);
}
