// vethlab rules [NODE…]: the iptables rules of hosts and containers with their counters, in words; with --follow those that packets hit, as they are hit.
import {type Command, Option} from 'commander';
import type {Client} from '../../api/client.ts';
import type {View} from '../../api/messages.ts';
import {LabError} from '../../base/errors.ts';
import {MadeBy} from '../../explain/made-by.ts';
import {hostOf, namesOn, readRules} from '../../explain/reading.ts';
import {didYouMean} from '../../model/parse/words.ts';
import type {ObservedRules} from '../../model/observed.ts';
import {type Io, type Output, print, printJson, withLab} from '../command.ts';
import {withOutput} from '../file-output.ts';
import {followRules} from '../rules-follow.ts';
import {rulesText} from '../rules-text.ts';

interface Options {
	readonly table?: string;
	readonly family?: '4' | '6';
	readonly follow?: boolean;
	readonly lab?: string;
	readonly json?: boolean;
	readonly write?: string;
}

export function rules(program: Command, io: Io): void {
	program
		.command('rules')
		.description('the iptables rules of hosts and containers, with counters and in plain words')
		.argument('[nodes...]', 'hosts or containers (default: every host)')
		.addOption(new Option('-t, --table <table>', 'only this table').choices(['raw', 'mangle', 'nat', 'filter', 'security']))
		.addOption(new Option('--family <version>', 'only IPv4 or only IPv6').choices(['4', '6']))
		.option('-f, --follow', 'each second the rules that packets have hit, until interrupted')
		.option('-w, --write <file>', 'print into this file')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print them as JSON; with --follow one object a line')
		.action(async (nodes: readonly string[], options: Options) => {
			await withLab(io, options.lab, async (client) => {
				const view = await client.call('view', {});
				const wanted = wantedNodes(view, nodes);
				const only = filter(options);
				const work = options.follow === true ? followRules : show;
				await withOutput(io, options.write, async (output) => work(output, client, {view, nodes: wanted, only, isJson: options.json === true}));
			});
		});
}

/** What a command wants to see of whom. */
export interface Wanted {
	readonly view: View;
	readonly nodes: readonly string[];
	readonly only: (rules: ObservedRules) => ObservedRules;
	readonly isJson: boolean;
}

/** Throws E_NAME_UNKNOWN. */
function wantedNodes(view: View, nodes: readonly string[]): readonly string[] {
	const known = view.hosts.flatMap(({name, containers}) => [name, ...containers.map((container) => container.name)]);
	for (const node of nodes) {
		if (hostOf(view, node) === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {
				doing: `look for ${node}`,
				said: `there is no host or container of that name in ${view.lab}`,
				hint: didYouMean(node, known),
			});
		}
	}

	return nodes.length > 0 ? nodes : view.hosts.map(({name}) => name);
}

function filter({table, family}: Options): Wanted['only'] {
	const fits = (one: {readonly family: 4 | 6; readonly table: string}): boolean =>
		(table === undefined || one.table === table) && (family === undefined || one.family === Number(family));
	return ({chains, rules: all}) => ({chains: chains.filter(fits), rules: all.filter(fits)});
}

async function show(io: Output, client: Client, {view, nodes, only, isJson}: Wanted): Promise<void> {
	const read = await Promise.all(
		nodes.map(async (node) => ({node, tables: readRules(only(await client.call('rules', {host: node})), namesOn(view, hostOf(view, node) ?? ''))})),
	);
	if (!isJson) {
		const columns = io.stdout.isTTY ? io.stdout.columns : undefined;
		print(io, read.map(({node, tables}) => rulesText(node, tables, columns)).join('\n\n'));
		return;
	}

	const log = await client.call('oplog', {from: 0});
	printJson(
		io,
		read.map(({node, tables}) => {
			const madeBy = new MadeBy(node);
			const withWhy = tables.map((table) => ({
				...table,
				chains: table.chains.map((chain) => ({...chain, rules: chain.rules.map((rule) => ({...rule, why: madeBy.of(rule, log)?.why}))})),
			}));
			return {node, tables: withWhy};
		}),
	);
}
