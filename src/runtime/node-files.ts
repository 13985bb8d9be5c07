// The files that the engine keeps for each host and container: hosts, resolv.conf and hostname. Nodes see these very files, bind-mounted.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import type {NodeFile} from '../plan/op.ts';

const all: readonly NodeFile[] = ['hosts', 'resolv.conf', 'hostname'];

export class NodeFiles {
	readonly #folder: string;
	/** What is there: nobody else makes or removes files here, and asking the kernel thrice for each container is what most of a start would be. */
	readonly #present = new Map<string, Set<NodeFile>>();

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** The folder of a node's files, all of them there. */
	of(node: string): string {
		const present = this.#node(node);
		for (const file of all) {
			if (!present.has(file)) {
				this.write(node, file, '');
			}
		}

		return this.#path(node);
	}

	/** Writes in place, so that who has it mounted sees it. */
	write(node: string, file: NodeFile, content: string): void {
		const present = this.#node(node);
		writeFileSync(`${this.#path(node)}/${file}`, content);
		present.add(file);
	}

	/** One that is not there is fine. */
	remove(node: string, file: NodeFile): void {
		rmSync(`${this.#path(node)}/${file}`, {force: true});
		this.#present.get(node)?.delete(file);
	}

	#node(node: string): Set<NodeFile> {
		const known = this.#present.get(node);
		if (known !== undefined) {
			return known;
		}

		mkdirSync(this.#path(node), {recursive: true});
		const fresh = new Set<NodeFile>();
		this.#present.set(node, fresh);
		return fresh;
	}

	#path(node: string): string {
		return `${this.#folder}/${node}`;
	}
}
