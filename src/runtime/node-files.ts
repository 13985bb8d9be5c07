// The files that the engine keeps for each host and container: hosts, resolv.conf and hostname. Nodes see these very files, bind-mounted.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {NodeFile} from '../plan/op.ts';

const all: readonly NodeFile[] = ['hosts', 'resolv.conf', 'hostname'];

export class NodeFiles {
	readonly #folder: string;

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** The folder of a node's files, all of them there. */
	of(node: string): string {
		const folder = join(this.#folder, node);
		mkdirSync(folder, {recursive: true});
		for (const file of all) {
			writeFileSync(join(folder, file), '', {flag: 'a'});
		}

		return folder;
	}

	/** Writes in place, so that who has it mounted sees it. */
	write(node: string, file: NodeFile, content: string): void {
		writeFileSync(join(this.of(node), file), content);
	}

	/** One that is not there is fine. */
	remove(node: string, file: NodeFile): void {
		rmSync(join(this.#folder, node, file), {force: true});
	}
}
