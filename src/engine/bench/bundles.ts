// The containers of a floor: their folders, files and bundles, as the engine makes them.
import {mkdirSync, writeFileSync} from 'node:fs';
import {packageFile} from '../../base/paths.ts';
import type {Op, OpOf, Verb} from '../../plan/op.ts';
import {labWeb} from '../../plan/serve.ts';
import {bundle} from '../../runtime/bundle.ts';
import {containerCapabilities} from '../../runtime/capabilities.ts';
import {sysctlsFor} from '../../runtime/container.ts';
import {imageMounts, makeBase, makeRoot, type Base} from '../../runtime/image.ts';
import {fileMounts} from '../../runtime/script.ts';
import type {Surroundings} from '../../runtime/surroundings.ts';
import type {Native} from '../../../native/index.ts';

/** What all bundles share. */
export interface Workshop {
	readonly native: Native;
	/** The box's tmpfs. */
	readonly scratch: string;
	readonly base: Base;
	readonly around: Surroundings;
}

export function openWorkshop(native: Native, scratch: string, around: Surroundings): Workshop {
	const web = packageFile('native/build/lab-web');
	const base = makeBase(`${scratch}/base`, {kind: 'overlay', isRootless: around.isRootless}, {[labWeb]: web, '/usr/local/bin/httpd': web});
	return {native, scratch, base, around};
}

/** The ops of one verb. */
export function of<V extends Verb>(ops: readonly Op[], verb: V): readonly OpOf<V>[] {
	return ops.filter((op): op is OpOf<V> => op.do === verb);
}

/** Where a node's hosts, resolv.conf and hostname are. */
export function filesFolder(scratch: string, node: string): string {
	return `${scratch}/files/${node}`;
}

export function writeFiles(ops: readonly Op[], scratch: string): void {
	const files = of(ops, 'file.write');
	for (const node of new Set(files.map((op) => op.node))) {
		mkdirSync(filesFolder(scratch, node), {recursive: true});
	}

	for (const {node, file, content} of files) {
		writeFileSync(`${filesFolder(scratch, node)}/${file}`, content);
	}
}

/** Makes a container's bundle and returns its folder. `netns`: its network namespace as a path. */
export function makeBundle({container}: OpOf<'container.start'>, netns: string, {native, scratch, base, around}: Workshop): string {
	const folder = `${scratch}/containers/${container.name}`;
	makeRoot(native, base, folder);
	const text = bundle({
		...container,
		env: Object.entries({HOME: '/root', ...container.environment}).map(([name, value]) => `${name}=${value}`),
		cwd: container.workingDir,
		uid: 0,
		gid: 0,
		capabilities: containerCapabilities(container.capAdd, container.capDrop, around.capabilities),
		ownUts: container.uts === 'own',
		netns,
		sysctls: sysctlsFor(container, around),
		root: `${folder}/root`,
		mounts: [...imageMounts(base, folder, container.readOnly), ...fileMounts(filesFolder(scratch, container.filesOf))],
		ptsOptions: around.ptsOptions,
	});
	writeFileSync(`${folder}/config.json`, text);
	return folder;
}

/** crun's arguments that start a container of such a bundle; its own words go to `log`. */
export function crunArguments(id: string, folder: string, {scratch}: Workshop, log: string): readonly string[] {
	const state = `${scratch}/crun`;
	return ['--log', log, '--cgroup-manager', 'disabled', '--root', state, 'run', '--detach', '--no-new-keyring', '--bundle', folder, id];
}
