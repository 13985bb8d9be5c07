// What lab hosts and containers have as their root: this machine's own programs, copy on write, and nothing of its people or secrets.
// There are no images to fetch: `tools` and `web` are the same root. Not the mounts of /proc, /sys and /dev: host.ts and bundle.ts.
import {chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Native} from '../../native/index.ts';
import type {Mount} from './mounts.ts';

/** Where a distribution may keep programs and libraries; what is a link on this machine (usr-merge) is a link in the lab. */
const programFolders = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'nix', 'gnu'];

/** Empty in every node. */
const emptyFolders = ['proc', 'sys', 'dev', 'run', 'root', 'home', 'mnt', 'opt', 'srv', 'etc', 'var', 'var/cache', 'var/lib', 'var/log', 'var/tmp'];

/** What of /etc programs need and what is nobody's secret. */
const sharedSettings = [
	'alternatives',
	'ld.so.cache',
	'ld.so.conf',
	'ld.so.conf.d',
	'protocols',
	'services',
	'ethertypes',
	'rpc',
	'networks',
	'gai.conf',
	'host.conf',
	'inputrc',
	'terminfo',
	'iproute2',
	'localtime',
	'timezone',
	'os-release',
	'debian_version',
	'alpine-release',
	'magic',
	'xtables.conf',
	'ebtables.conf',
];

const writtenSettings: Readonly<Record<string, string>> = {
	// whom tcpdump becomes is root: it may then write its file where it was told to
	passwd: 'root:x:0:0:root:/root:/bin/bash\ntcpdump:x:0:0::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
	group: 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n',
	'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n',
	shells: '/bin/sh\n/bin/bash\n',
};

/** How folders get their copy on write. `plain`: overlayfs is refused, programs are read-only. */
export type Layering =
	| {readonly kind: 'overlay'; /** Overlayfs of a user namespace keeps its marks in user.* attributes (kernel 5.11). */ readonly isRootless: boolean}
	| {readonly kind: 'plain'};

/** What all nodes share, made once for each engine. */
export interface Base {
	/** Its folder on the scratch tmpfs: etc/ and usr/local/bin/. */
	readonly folder: string;
	readonly layering: Layering;
	/** Top-level folders of programs, e.g. "usr". */
	readonly programs: readonly string[];
	/** Top-level links, name -> target: bin -> usr/bin. */
	readonly links: ReadonlyMap<string, string>;
	/** What a node begins with, as paths from its folder, outer ones first. */
	readonly folders: readonly string[];
}

/**
 * Copies what nodes share. `programs`: path in every node below /usr/local/bin -> file of a program of ours. Paths are put together by hand, here and
 * below: path.join would be a third of the cost, and a lab makes hundreds of these files and folders.
 */
export function makeBase(folder: string, layering: Layering, programs: Readonly<Record<string, string>>): Base {
	const etc = `${folder}/etc`;
	mkdirSync(etc, {recursive: true});
	for (const name of sharedSettings) {
		copySetting(`/etc/${name}`, `${etc}/${name}`);
	}

	for (const [name, content] of Object.entries(writtenSettings)) {
		writeFileSync(`${etc}/${name}`, content);
	}

	symlinkSync('../proc/mounts', `${etc}/mtab`);
	for (const file of ['hosts', 'resolv.conf', 'hostname']) {
		writeFileSync(`${etc}/${file}`, '');
	}

	for (const [path, file] of Object.entries(programs)) {
		mkdirSync(dirname(`${folder}${path}`), {recursive: true});
		copyFileSync(file, `${folder}${path}`);
	}

	const layout = machineLayout();
	return {folder, layering, ...layout, folders: foldersOf(layering, layout.programs)};
}

/** A node's root, and with overlayfs the folders of its own layers beside it. */
function foldersOf(layering: Layering, programs: readonly string[]): readonly string[] {
	const layers = layering.kind === 'overlay' ? [...programs, 'etc'].map((name) => `layers/${name}`) : [];
	return [
		'root',
		...[...programs, ...emptyFolders, 'tmp'].map((name) => `root/${name}`),
		'layers',
		...layers.flatMap((layer) => [layer, `${layer}/upper`, `${layer}/work`]),
	];
}

/**
 * Makes a node's root folder and, with overlayfs, the folders of its own layers beside it. Leaves alone what is there already: a container that
 * starts again.
 */
export function makeRoot(native: Pick<Native, 'makeFolders'>, base: Base, node: string): void {
	const root = `${node}/root`;
	if (existsSync(`${root}/tmp`)) {
		return;
	}

	mkdirSync(node, {recursive: true});
	native.makeFolders(node, base.folders);
	chmodSync(`${root}/tmp`, 0o1777);
	symlinkSync('/run', `${root}/var/run`);
	for (const [name, target] of base.links) {
		symlinkSync(target, `${root}/${name}`);
	}
}

/** The mounts of a node's programs and settings, in order. */
export function imageMounts(base: Base, node: string, isReadOnly = false): readonly Mount[] {
	const own = `${base.folder}/usr`;
	const access = isReadOnly ? ['ro'] : [];
	if (base.layering.kind === 'plain') {
		return [
			...base.programs.map((name): Mount => ({destination: `/${name}`, type: 'bind', source: `/${name}`, options: ['rbind', 'ro']})),
			{destination: '/usr/local/bin', type: 'bind', source: `${own}/local/bin`, options: ['bind', 'ro']},
			{destination: '/etc', type: 'bind', source: `${base.folder}/etc`, options: ['bind', 'ro']},
		];
	}

	const {isRootless} = base.layering;
	return [...base.programs, 'etc'].map((name): Mount => {
		const lower = name === 'etc' ? [`${base.folder}/etc`] : name === 'usr' ? [own, '/usr'] : [`/${name}`];
		const layers = `${node}/layers/${name}`;
		return {
			destination: `/${name}`,
			type: 'overlay',
			source: 'overlay',
			options: [
				`lowerdir=${lower.map((path) => escapeColons(path)).join(':')}`,
				`upperdir=${layers}/upper`,
				`workdir=${layers}/work`,
				...(isRootless ? ['userxattr'] : []),
				...access,
			],
		};
	});
}

/** The shell that people get in a node. */
export function shell(): string {
	return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
}

function machineLayout(): Pick<Base, 'programs' | 'links'> {
	const programs: string[] = [];
	const links = new Map<string, string>();
	for (const name of programFolders) {
		const info = lstatSync(`/${name}`, {throwIfNoEntry: false});
		if (info?.isSymbolicLink() === true) {
			links.set(name, readlinkSync(`/${name}`));
		} else if (info?.isDirectory() === true) {
			programs.push(name);
		}
	}

	return {programs, links};
}

function copySetting(from: string, to: string): void {
	if (!existsSync(from)) {
		return;
	}

	if (!lstatSync(from).isDirectory()) {
		// a link such as localtime may lead anywhere: its content is what counts
		copyFileSync(from, to);
		return;
	}

	mkdirSync(to);
	for (const entry of readdirSync(from, {withFileTypes: true})) {
		const [inner, copy] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
		if (entry.isDirectory()) {
			copySetting(inner, copy);
		} else if (entry.isSymbolicLink()) {
			copyLink(inner, copy);
		} else {
			copyFileSync(inner, copy);
		}
	}
}

/** The pages of alternatives' manuals are not in a node. */
function copyLink(from: string, to: string): void {
	const target = readlinkSync(from);
	if (!target.includes('/man/')) {
		symlinkSync(target, to);
	}
}

/** In lowerdir a colon separates layers (overlayfs.rst). */
function escapeColons(path: string): string {
	return path.replaceAll(':', String.raw`\:`);
}
