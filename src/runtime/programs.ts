// Programs of this machine that the engine runs, by name, and the packages that bring them.
import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {LabError} from '../base/errors.ts';

/** The same names in Debian, Ubuntu, Fedora, Arch and Alpine. */
const packages: Readonly<Record<string, string>> = {
	crun: 'crun',
	'iptables-restore': 'iptables',
	'iptables-save': 'iptables',
	unshare: 'util-linux',
	ip: 'iproute2',
};

/** Path of a program. Throws E_PROGRAM_MISSING, naming its package. `path`: folders as in $PATH. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string {
	const file = path
		.split(delimiter)
		.filter((folder) => folder !== '')
		.map((folder) => join(folder, name))
		.find((candidate) => isProgram(candidate));
	if (file === undefined) {
		throw new LabError('E_PROGRAM_MISSING', {
			doing: `look for ${name}`,
			said: `${name} is not installed`,
			hint: `install the package ${packages[name] ?? name}; \`vethlab doctor\` names the command`,
		});
	}

	return file;
}

function isProgram(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return statSync(file).isFile();
	} catch {
		return false;
	}
}
