import {execFileSync} from 'node:child_process';
import {cpSync} from 'node:fs';
import {join} from 'node:path';
import {packageFile} from '../src/base/paths.ts';

/** Copies parts of the package, named from its root, to a folder that becomes readable for every user: a checkout may be where only its owner can read. */
export function copyForOthers(parts: readonly string[], folder: string): void {
	for (const part of ['package.json', ...parts]) {
		cpSync(packageFile(part), join(folder, part), {recursive: true});
	}

	execFileSync('chmod', ['-R', 'a+rX', folder]);
}
