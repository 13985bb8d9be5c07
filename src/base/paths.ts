// Where vethlab's own files are, whether it runs bundled in dist/ or in .tests/.
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Absolute path of a file of the package: `packageFile('native/build/lab-init')`. */
export function packageFile(relative: string): string {
	// dist/ has a package.json too, and .tests/ a folder native/
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, 'native/build')) && folder !== dirname(folder)) {
		folder = dirname(folder);
	}

	return join(folder, relative);
}
