// What a lab host's first process (native/lab/lab-init.c) is told to do before people may enter: the host's mounts, devices and name. Pure but for a look at /dev.
import {existsSync} from 'node:fs';
import type {Ask} from './door.ts';
import {imageMounts, type Base} from './image.ts';
import {command, mountCommands, type Mount} from './mounts.ts';

const commonMounts: readonly Mount[] = [
	{destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec']},
	{destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'nodev', 'noexec']},
	{destination: '/sys/fs/cgroup', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'noexec', 'size=64k', 'mode=0755']},
];

/** What is not the host's own: the machine's settings are read-only, the network's are the host's. Not every kernel has every file. */
const machineMounts: readonly Mount[] = [
	{destination: '/proc', type: 'bind', source: '/proc', options: ['bind']},
	{destination: '/proc/sys', type: 'bind', source: '/proc/sys', options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec']},
	{destination: '/proc/sys/net', type: 'bind', source: '/proc/sys/net', options: ['bind']},
	{destination: '/proc/sysrq-trigger', type: 'bind', source: '/proc/sysrq-trigger', options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec']},
	{destination: '/proc/kcore', type: 'bind', source: '/dev/null', options: ['bind']},
	{destination: '/sys', type: 'bind', source: '/sys', options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec']},
	{destination: '/sys/devices/virtual/net', type: 'bind', source: '/sys/devices/virtual/net', options: ['bind']},
	{destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'size=64k', 'mode=0755']},
];

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'net/tun'];
const deviceLinks: Readonly<Record<string, string>> = {
	ptmx: 'pts/ptmx',
	fd: '/proc/self/fd',
	stdin: '/proc/self/fd/0',
	stdout: '/proc/self/fd/1',
	stderr: '/proc/self/fd/2',
};

export interface HostPlan {
	readonly name: string;
	readonly netns: number;
	/** Holds root/ and layers/. */
	readonly folder: string;
	/** Holds hosts, resolv.conf and hostname. */
	readonly files: string;
	readonly base: Base;
	/** "gid=5" where the box has that group. */
	readonly ptsOptions: readonly string[];
	readonly labInit: string;
	/** Does the commands of the lab that people type on the host. */
	readonly ask: Ask;
}

/** The commands, one a line. */
export function hostScript(plan: HostPlan): string {
	const root = `${plan.folder}/root`;
	return [
		command('hostname', plan.name),
		...commonMounts.flatMap((mount) => mountCommands(mount, '')),
		command('view'),
		...mountCommands({destination: '/', type: 'bind', source: root, options: ['bind']}, root),
		...[...imageMounts(plan.base, plan.folder), ...fileMounts(plan.files), ...machineMounts.filter(({destination}) => existsSync(destination))].flatMap(
			(mount) => mountCommands(mount, root),
		),
		...deviceCommands(`${root}/dev`, plan.ptsOptions),
		command('pivot', root),
		command('ready'),
	].join('');
}

/** A node's own hosts, resolv.conf and hostname, which the engine keeps. */
export function fileMounts(files: string): readonly Mount[] {
	return ['hosts', 'resolv.conf', 'hostname'].map((name) => ({destination: `/etc/${name}`, type: 'bind', source: `${files}/${name}`, options: ['bind']}));
}

function deviceCommands(dev: string, ptsOptions: readonly string[]): readonly string[] {
	const present = devices.filter((name) => existsSync(`/dev/${name}`));
	return [
		...['net', 'pts', 'shm'].map((name) => command('mkdir', `${dev}/${name}`)),
		...present.map((name) => command('touch', `${dev}/${name}`)),
		...present.flatMap((name) => mountCommands({destination: `/${name}`, type: 'bind', source: `/dev/${name}`, options: ['bind']}, dev)),
		...mountCommands(
			{destination: '/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...ptsOptions]},
			dev,
		),
		...mountCommands({destination: '/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'nodev', 'noexec', 'mode=1777', 'size=64m']}, dev),
		...Object.entries(deviceLinks).map(([name, target]) => command('symlink', target, `${dev}/${name}`)),
	];
}
