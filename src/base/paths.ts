// Where vethlab's own files are, whether it runs from its sources or bundled in dist/.
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Absolute path of a file of the package: `packageFile('native/build/lab-init')`. */
export function packageFile(relative: string): string {
	// dist/ has a package.json too
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, 'native')) && folder !== dirname(folder)) {
		folder = dirname(folder);
	}

	return join(folder, relative);
}
