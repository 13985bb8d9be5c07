// `npm ci` refuses a lock that lacks a platform's package, even one for another system; npm writes such a lock when that package could not be looked up.
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';

interface Entry {
	readonly version?: string;
	readonly dev?: boolean;
	readonly license?: string;
	readonly engines?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = packageFile('package-lock.json');
const read = (): {packages: Record<string, Entry>} => JSON.parse(readFileSync(file, 'utf8')) as {packages: Record<string, Entry>};

/** Optional dependencies that no entry stands for: their path, and what npm would have written but for the checksum. */
function absent(packages: Readonly<Record<string, Entry>>): readonly (readonly [string, object])[] {
	return Object.entries(packages).flatMap(([path, {optionalDependencies = {}, dev, license, engines}]) =>
		Object.entries(optionalDependencies)
			.filter(([name]) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined)
			.map(([name, version]) => {
				// "@oxlint/binding-linux-arm64-musl", "@oxlint-tsgolint/win32-x64"
				const [os = '', cpu = '', abi = ''] = name.replace(/^.*\/(?:binding-)?/, '').split('-');
				const libc = os === 'linux' ? {gnu: ['glibc'], musl: ['musl']}[abi] : undefined;
				return [
					`node_modules/${name}`,
					{version, cpu: [cpu], dev, ...(libc === undefined ? {} : {libc}), license, optional: true, os: [os], engines},
				] as const;
			}),
	);
}

test('package-lock.json has an entry for every optional dependency (UPDATE=1 adds them)', (t) => {
	if (process.env['UPDATE'] === '1') {
		const {packages, ...rest} = read();
		const [root, ...others] = [...Object.entries(packages), ...absent(packages)];
		const sorted = others.toSorted(([a], [b]) => a.localeCompare(b, 'en'));
		writeFileSync(file, `${JSON.stringify({...rest, packages: Object.fromEntries(root === undefined ? sorted : [root, ...sorted])}, undefined, 2)}\n`);
	}

	t.deepEqual(
		absent(read().packages).map(([path]) => path),
		[],
	);
});

test('package-lock.json names no registry', (t) => {
	t.false(readFileSync(file, 'utf8').includes('"resolved"'));
});
