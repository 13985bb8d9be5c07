// The OCI bundle of one container (opencontainers/runtime-spec 1.0.2, config.md), as Docker writes it. Pure: files are written by container.ts.
import {capabilityNames} from './capabilities.ts';
import type {Mount} from './mounts.ts';

export interface BundlePlan {
	readonly args: readonly string[];
	/** "NAME=value" */
	readonly env: readonly string[];
	readonly cwd: string;
	readonly uid: number;
	readonly gid: number;
	readonly capabilities: bigint;
	readonly hostname: string;
	readonly domainname: string | undefined;
	/** false: the UTS namespace of whoever runs the runtime, which is the host's. */
	readonly ownUts: boolean;
	/** A netns as a path. */
	readonly netns: string;
	/** Keys below net., set in the container's netns. */
	readonly sysctls: Readonly<Record<string, string>>;
	/** The root folder, absolute. */
	readonly root: string;
	readonly readOnly: boolean;
	/** Programs, settings and the container's own files. */
	readonly mounts: readonly Mount[];
	/** "gid=5" where the box has that group. */
	readonly ptsOptions: readonly string[];
}

const kernelMounts = (ptsOptions: readonly string[]): readonly Mount[] => [
	{destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev']},
	{destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k']},
	{destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...ptsOptions]},
	{destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev']},
	{destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864']},
	{destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro']},
];

/** moby oci/defaults.go */
const maskedPaths = [
	'/proc/acpi',
	'/proc/asound',
	'/proc/interrupts',
	'/proc/kcore',
	'/proc/keys',
	'/proc/latency_stats',
	'/proc/sched_debug',
	'/proc/scsi',
	'/proc/timer_list',
	'/proc/timer_stats',
	'/sys/devices/virtual/powercap',
	'/sys/firmware',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The text of config.json. */
export function bundle(plan: BundlePlan): string {
	const capabilities = capabilityNames(plan.capabilities);
	return JSON.stringify({
		ociVersion: '1.0.2',
		process: {
			user: {uid: plan.uid, gid: plan.gid},
			args: plan.args,
			env: plan.env,
			cwd: plan.cwd,
			// As Docker, root has them all; for another user the kernel drops what it has at exec (capabilities(7)).
			capabilities: {bounding: capabilities, effective: capabilities, permitted: capabilities},
		},
		root: {path: plan.root, readonly: plan.readOnly},
		...(plan.ownUts ? {hostname: plan.hostname} : {}),
		...(plan.ownUts && plan.domainname !== undefined ? {domainname: plan.domainname} : {}),
		mounts: [...kernelMounts(plan.ptsOptions), ...plan.mounts],
		linux: {
			namespaces: [{type: 'pid'}, {type: 'mount'}, {type: 'ipc'}, ...(plan.ownUts ? [{type: 'uts'}] : []), {type: 'network', path: plan.netns}],
			sysctl: plan.sysctls,
			maskedPaths,
			readonlyPaths,
		},
	});
}
