// The programs of ours that every node finds on its PATH. To add one: native/lab/NAME.c, and a line here.
import {packageFile} from '../base/paths.ts';
import {labWeb} from '../plan/serve.ts';

/** Path in a node -> file of the package. `mayChangeGroups`: as surroundings.ts has it. */
export function ownPrograms(mayChangeGroups: boolean): Readonly<Record<string, string>> {
	const web = packageFile('native/build/lab-web');
	const ask = packageFile('native/build/lab-ask');
	const forOneUser = {
		'/usr/local/bin/tcpdump': packageFile('native/build/tcpdump.sh'),
		'/usr/local/bin/one-user.so': packageFile('native/build/one-user.so'),
	};
	return {[labWeb]: web, '/usr/local/bin/httpd': web, '/usr/local/bin/pipework': ask, ...(mayChangeGroups ? {} : forOneUser)};
}
