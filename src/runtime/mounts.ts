// Mounts as OCI bundles write them, and the same as commands for lab-init, which makes those of lab hosts. Pure.

/** One mount. Options are flags ("ro", "nosuid") and what the filesystem itself understands ("size=64k"), as in an OCI bundle. */
export interface Mount {
	readonly destination: string;
	readonly type: string;
	readonly source: string;
	readonly options: readonly string[];
}

/** mount(2), linux/mount.h */
const flags: Readonly<Record<string, number>> = {
	ro: 1,
	nosuid: 2,
	nodev: 4,
	noexec: 8,
	remount: 32,
	noatime: 1024,
	bind: 4096,
	rbind: 4096 + 16_384,
	relatime: 2_097_152,
	strictatime: 16_777_216,
};
const bindFlags = 4096 + 16_384;

/** Lines for `lab-init host` that make this mount below `root`. A read-only bind mount takes two steps (mount(2), MS_REMOUNT | MS_BIND). */
export function mountCommands(mount: Mount, root: string): readonly string[] {
	const known = mount.options.filter((option) => option in flags);
	const data = mount.options.filter((option) => !(option in flags)).join(',');
	const mask = known.reduce((sum, option) => sum | (flags[option] ?? 0), 0);
	const target = mount.destination === '/' ? root : `${root}${mount.destination}`;
	const bind = mask & bindFlags;
	if (bind === 0 || mask === bind) {
		return [command('mount', mount.type, mount.source, target, mask, data)];
	}

	return [
		command('mount', '', mount.source, target, bind, ''),
		command('mount', '', '', target, (mask & ~bindFlags) | (flags['bind'] ?? 0) | (flags['remount'] ?? 0), ''),
	];
}

/** One line for `lab-init host`: tab-separated fields. */
export function command(verb: string, ...fields: readonly (string | number)[]): string {
	return `${[verb, ...fields].join('\t')}\n`;
}
