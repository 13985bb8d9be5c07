// Linux capabilities by name and bit, and which of them containers and lab hosts have. Pure.

/** By bit number (linux/capability.h). */
const names = [
	'CHOWN',
	'DAC_OVERRIDE',
	'DAC_READ_SEARCH',
	'FOWNER',
	'FSETID',
	'KILL',
	'SETGID',
	'SETUID',
	'SETPCAP',
	'LINUX_IMMUTABLE',
	'NET_BIND_SERVICE',
	'NET_BROADCAST',
	'NET_ADMIN',
	'NET_RAW',
	'IPC_LOCK',
	'IPC_OWNER',
	'SYS_MODULE',
	'SYS_RAWIO',
	'SYS_CHROOT',
	'SYS_PTRACE',
	'SYS_PACCT',
	'SYS_ADMIN',
	'SYS_BOOT',
	'SYS_NICE',
	'SYS_RESOURCE',
	'SYS_TIME',
	'SYS_TTY_CONFIG',
	'MKNOD',
	'LEASE',
	'AUDIT_WRITE',
	'AUDIT_CONTROL',
	'SETFCAP',
	'MAC_OVERRIDE',
	'MAC_ADMIN',
	'SYSLOG',
	'WAKE_ALARM',
	'BLOCK_SUSPEND',
	'AUDIT_READ',
	'PERFMON',
	'BPF',
	'CHECKPOINT_RESTORE',
] as const;

type Capability = (typeof names)[number];

/** What Docker gives a container that asks for nothing (moby oci/caps/defaults.go). */
const dockerDefault: readonly Capability[] = [
	'CHOWN',
	'DAC_OVERRIDE',
	'FSETID',
	'FOWNER',
	'MKNOD',
	'NET_RAW',
	'SETGID',
	'SETUID',
	'SETFCAP',
	'SETPCAP',
	'NET_BIND_SERVICE',
	'SYS_CHROOT',
	'KILL',
	'AUDIT_WRITE',
];

/** Rights over the machine below, which no namespace confines: a root shell of a lab host must not set its clock or load modules. */
const machineWide: readonly Capability[] = [
	'SYS_MODULE',
	'SYS_RAWIO',
	'SYS_BOOT',
	'SYS_TIME',
	'MKNOD',
	'MAC_OVERRIDE',
	'MAC_ADMIN',
	'SYSLOG',
	'WAKE_ALARM',
	'BLOCK_SUSPEND',
	'AUDIT_CONTROL',
	'AUDIT_READ',
];

const bits: ReadonlyMap<string, bigint> = new Map(names.map((name, bit) => [name, 1n << BigInt(bit)]));
const all: bigint = (1n << BigInt(names.length)) - 1n;
const defaultMask = mask(dockerDefault);
const machineWideMask = mask(machineWide);

/**
 * A container's capabilities as a bit mask: Docker's default, plus `add`, less `drop` (names with or without CAP_, or ALL), never more than `held`.
 * As in Docker, dropping ALL and adding some leaves those.
 */
export function containerCapabilities(add: readonly string[], drop: readonly string[], held: bigint): bigint {
	const base = includesAll(add) ? all : includesAll(drop) ? 0n : defaultMask;
	return (base | mask(add)) & ~mask(drop.filter((name) => !isAll(name))) & held;
}

/** What of `held` no namespace confines taken away: without a user namespace a device made by hand would be the machine's disk, whoever makes it. */
export function confined(held: bigint): bigint {
	return held & ~machineWideMask;
}

/** A lab host's: everything over its own namespaces, nothing over the machine below. */
export function hostCapabilities(held: bigint): bigint {
	return all & confined(held);
}

/** "CAP_NET_RAW", … of a mask, as OCI bundles have them. */
export function capabilityNames(capabilities: bigint): readonly string[] {
	return names.filter((_, bit) => (capabilities & (1n << BigInt(bit))) !== 0n).map((name) => `CAP_${name}`);
}

/** The bounding set in the text of /proc/PID/status. */
export function heldCapabilities(status: string): bigint {
	const digits = /^CapBnd:\s*([\da-f]+)$/m.exec(status)?.[1];
	return digits === undefined ? all : BigInt(`0x${digits}`);
}

function mask(wanted: readonly string[]): bigint {
	return wanted.reduce((sum, name) => sum | (bits.get(bare(name)) ?? 0n), 0n);
}

function bare(name: string): string {
	return name.toUpperCase().replace(/^CAP_/, '');
}

function isAll(name: string): boolean {
	return bare(name) === 'ALL';
}

function includesAll(list: readonly string[]): boolean {
	return list.some((name) => isAll(name));
}
