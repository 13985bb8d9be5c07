// Who may import whom: the table below is the law, and a new edge is a decision. Also what every file and folder of src/ has in common.
import {readdirSync, readFileSync} from 'node:fs';
import {builtinModules} from 'node:module';
import {dirname, join, normalize, relative} from 'node:path';
import test from 'ava';
import {packageFile} from '../src/base/paths.ts';
import {codes} from '../src/base/errors.ts';

interface Row {
	/** Folders of src/, or `native` for the addon's typed face. */
	readonly may: readonly string[];
	/** Packages and Node's modules. What computes or names paths only (node:path, node:crypto, node:url, node:util, node:timers) is everybody's. */
	readonly outside: readonly string[];
}

/** A longer path wins: `cli/doctor` has a row of its own. */
const table: Readonly<Record<string, Row>> = {
	base: {may: [], outside: ['node:fs', 'node:v8']},
	model: {may: ['base'], outside: ['yaml', 'ajv', 'ip-address']},
	plan: {may: ['base', 'model'], outside: []},
	explain: {may: ['base', 'model', 'api/messages.ts'], outside: []},
	drivers: {may: ['base', 'model', 'plan'], outside: ['ip-address']},
	diagnose: {may: ['base', 'model'], outside: ['ip-address']},
	kernel: {may: ['base', 'model', 'plan', 'native'], outside: ['node:fs', 'node:child_process', 'node:net', 'node:os']},
	runtime: {may: ['base', 'model', 'plan', 'kernel', 'native'], outside: ['node:fs', 'node:net', 'node:tty']},
	watch: {may: ['base', 'model', 'native'], outside: ['ip-address']},
	'watch/decode': {may: ['base/mixed.ts', 'base/recent.ts', 'kernel/netlink/ip.ts'], outside: ['cap', 'dns-packet']},
	'watch/files': {may: ['base', 'watch/decode/again.ts'], outside: []},
	'watch/journey': {
		may: [
			'base/linked.ts',
			'base/mixed.ts',
			'base/recent.ts',
			'model/wiring.ts',
			'model/observed.ts',
			'model/connections/news.ts',
			'model/connections/proxied.ts',
			'kernel/netlink/ip.ts',
			'watch/decode',
		],
		outside: [],
	},
	'watch/hits': {
		may: [
			'explain/change.ts',
			'explain/tokens.ts',
			'model/connections/news.ts',
			'model/observed.ts',
			'model/wiring.ts',
			'watch/decode/bytes.ts',
			'watch/journey',
		],
		outside: [],
	},
	'watch/filter': {may: ['base', 'model/parse/words.ts', 'watch/decode'], outside: []},
	'watch/store': {may: ['base', 'kernel/netlink/ip.ts', 'watch/decode', 'watch/files', 'watch/filter'], outside: []},
	engine: {
		may: ['base', 'model', 'plan', 'drivers', 'kernel', 'runtime', 'watch', 'diagnose', 'api/messages.ts', 'api/parameters.ts', 'api/frames.ts', 'native'],
		outside: ['node:net', 'node:dgram', 'node:http', 'node:fs', 'dns-packet'],
	},
	'engine/bench': {
		may: ['base', 'model', 'plan', 'drivers', 'kernel', 'runtime', 'engine/probing.ts', 'native'],
		outside: ['node:fs', 'node:readline', 'node:process', 'node:child_process'],
	},
	api: {may: ['base', 'model'], outside: ['node:net', 'node:fs', 'node:child_process', 'node:http']},
	scenario: {may: ['base', 'model', 'api', 'watch/bpf', 'watch/decode', 'watch/files'], outside: ['node:fs']},
	lesson: {may: ['base', 'model', 'api'], outside: ['node:fs', 'yaml']},
	cli: {
		may: [
			'base',
			'model',
			'plan',
			'drivers',
			'explain',
			'api',
			'scenario',
			'lesson',
			'watch/bpf',
			'watch/decode',
			'watch/files',
			'watch/filter',
			'watch/journey',
			'watch/store',
		],
		outside: ['commander', 'node:fs', 'node:process'],
	},
	'cli/bench': {
		may: [
			'base',
			'model',
			'plan',
			'drivers',
			'api',
			'scenario',
			'cli',
			'native',
			'watch/decode',
			'watch/files',
			'watch/filter',
			'watch/journey',
			'watch/store',
		],
		outside: ['node:fs', 'node:os', 'node:child_process', 'node:process', 'node:tty'],
	},
	'cli/record': {may: ['base', 'model', 'api', 'cli', 'watch/files', 'watch/live', 'native'], outside: ['node:fs']},
	'cli/doctor': {may: ['base', 'native'], outside: ['node:fs', 'node:os', 'node:child_process']},
	tui: {
		may: ['base', 'model', 'explain', 'api', 'lesson', 'watch/decode', 'watch/files', 'watch/filter', 'watch/hits', 'watch/journey', 'watch/store'],
		outside: ['ink', 'react', 'node:fs', 'node:os', 'node:tty', 'node:process'],
	},
	setup: {may: [], outside: ['esbuild', 'node:fs', 'node:os', 'node:net', 'node:child_process', 'node:v8', 'node:vm']},
};
/** Modules of Node that compute, and reach nothing outside the process. */
const everybodys = new Set(
	[
		'path',
		'crypto',
		'url',
		'util',
		'timers',
		'module',
		'buffer',
		'perf_hooks',
		'events',
		'stream',
		'string_decoder',
		'async_hooks',
		'process',
		'readline',
	].map((name) => `node:${name}`),
);
/** What is loaded only when it is used, by import(): the terminal UI is big. */
const lazy: Readonly<Record<string, readonly string[]>> = {cli: ['tui', 'cli']};

const src = packageFile('src');

interface Source {
	/** Path in src/: "model/lab.ts". */
	readonly path: string;
	readonly text: string;
}

interface Import {
	readonly from: Source;
	/** Path in src/, `native/…`, or the name of a package's or Node's module. */
	readonly to: string;
	readonly isOurs: boolean;
	readonly isLazy: boolean;
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'en');

function sources(): readonly Source[] {
	const paths = readdirSync(src, {recursive: true, encoding: 'utf8'}).filter((path) => /\.(?:ts|tsx|mjs)$/.test(path));
	return paths.toSorted(byName).map((path) => ({path, text: readFileSync(join(src, path), 'utf8')}));
}

/** Comments may quote code; they import nothing. */
function withoutComments(text: string): string {
	return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

function importsOf(source: Source): readonly Import[] {
	const code = withoutComments(source.text);
	const found = [
		...code.matchAll(/^(?:(?:import|export)\b[^'"`;]*\bfrom\s*|import\s*)'(?<name>[^']+)';/gm),
		...code.matchAll(/\bimport\(\s*(?<lazy>)'(?<name>[^']+)'\s*\)/g),
	];
	return found.map(({groups}) => {
		const name = groups?.['name'] ?? '';
		const to = name.startsWith('.') ? relative(src, normalize(join(src, dirname(source.path), name))).replace(/^\.\.\//, '') : name;
		return {from: source, to, isOurs: name.startsWith('.'), isLazy: groups !== undefined && 'lazy' in groups};
	});
}

function rowOf(path: string): readonly [string, Row] | undefined {
	const folder = dirname(path);
	const name = Object.keys(table)
		.filter((row) => folder === row || folder.startsWith(`${row}/`))
		.toSorted((a, b) => b.length - a.length)[0];
	const row = name === undefined ? undefined : table[name];
	return name === undefined || row === undefined ? undefined : [name, row];
}

/** The package of a module: "ajv" of "ajv/dist/2020.js", "node:fs" of "node:fs/promises". */
function packageOf(name: string): string {
	const [first = '', second = ''] = name.split('/');
	return first.startsWith('@') ? `${first}/${second}` : first;
}

function isAllowed({from, to, isOurs, isLazy}: Import): boolean {
	const [name, row] = rowOf(from.path) ?? ['', {may: [], outside: []}];
	if (!isOurs) {
		return everybodys.has(packageOf(to)) || row.outside.includes(packageOf(to));
	}

	const allowed = [name, ...row.may, ...(isLazy ? (lazy[name.split('/')[0] ?? ''] ?? []) : [])];
	return allowed.some((folder) => to === folder || to.startsWith(`${folder}/`));
}

/** Files of src/ that break a rule, with what they do: what a failing test prints. */
function offenders(rule: (source: Source) => readonly string[]): readonly string[] {
	return sources().flatMap((source) => rule(source).map((what) => `${source.path}: ${what}`));
}

test('a folder imports only what the table allows', (t) => {
	const found = sources().flatMap(importsOf);
	t.true(found.length > 20, 'imports are found at all');
	t.deepEqual(
		found.filter((edge) => !isAllowed(edge)).map((edge) => `${edge.from.path} imports ${edge.to}`),
		[],
	);
});

test('the rule of the table sees an edge that is not in it', (t) => {
	const source = (path: string, text: string): Source => ({path, text});
	const forbidden = [
		source('base/units.ts', `import {lab} from '../model/lab.ts';`),
		source('model/lab.ts', `import {spawn} from 'node:child_process';`),
		source('model/lab.ts', `import type {\n\tOp,\n} from '../plan/op.ts';`),
		source('drivers/none.ts', `export {readFile} from 'node:fs/promises';`),
		source('engine/apply.ts', `import {connect} from '../api/client.ts';`),
		source('tui/panes/log.tsx', `import {apply} from '../../engine/apply.ts';`),
		source('cli/commands/up.ts', `import {show} from '../../tui/show.tsx';`),
	];
	for (const text of forbidden) {
		t.deepEqual(importsOf(text).map(isAllowed), [false], text.text);
	}

	t.deepEqual(
		importsOf(source('cli/commands/up.ts', `const {codes} = await import('../../tui/theme.ts');`)).map(({isLazy}) => isLazy),
		[true],
	);
	t.deepEqual(importsOf(source('base/units.ts', `// import {lab} from '../model/lab.ts';`)), []);
});

test('every folder of src/ has a row in the table', (t) => {
	t.deepEqual(
		offenders((source) => (rowOf(source.path) === undefined ? ['its folder has no row'] : [])),
		[],
	);
});

test('a module of Node is imported as node:', (t) => {
	const bare = new Set(builtinModules);
	t.deepEqual(
		offenders((source) => importsOf(source).flatMap(({to, isOurs}) => (!isOurs && bare.has(to) ? [`imports ${to} without node:`] : []))),
		[],
	);
});

test('there are no default exports', (t) => {
	t.deepEqual(
		offenders((source) => (/^export default\b/m.test(withoutComments(source.text)) ? ['a default export'] : [])),
		[],
	);
});

test('a file of src/ has at most 300 lines', (t) => {
	t.deepEqual(
		offenders((source) => {
			const lines = source.text.trimEnd().split('\n').length;
			return lines > 300 ? [`${lines} lines`] : [];
		}),
		[],
	);
});

test('a file of src/ opens with a comment that says what it is', (t) => {
	t.deepEqual(
		offenders((source) => (/^(?:#!.*\n)?(?:\/\/|\/\*)/.test(source.text) ? [] : ['no comment at its head'])),
		[],
	);
});

test('src/README.md names every folder of src/', (t) => {
	const map = readFileSync(join(src, 'README.md'), 'utf8');
	const folders = readdirSync(src, {withFileTypes: true}).filter((entry) => entry.isDirectory() && readdirSync(join(src, entry.name)).length > 0);
	t.deepEqual(
		folders.map((entry) => entry.name).filter((name) => !map.includes(`${name}/`)),
		[],
	);
});

test("the README's table of errors has every code, and no other", (t) => {
	const rows = [...readFileSync(packageFile('README.md'), 'utf8').matchAll(/^\|\s*`(E_[A-Z_]+)`\s*\|/gm)].map((match) => match[1] ?? '');
	t.deepEqual(rows.toSorted(byName), Object.keys(codes).toSorted(byName));
});
