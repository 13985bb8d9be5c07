// vethlab conntrack [NODE…]: the connection tables of hosts and containers, once or as they change. The options are those of conntrack(8).
import type {Command} from 'commander';
import type {Client} from '../../api/client.ts';
import type {View} from '../../api/messages.ts';
import {LabError} from '../../base/errors.ts';
import {isCidr, isCidr6, isIPv4, isIPv6} from '../../model/address.ts';
import {flowStatuses, isMeant, type WantedFlow} from '../../model/connections/match.ts';
import type {FlowNews} from '../../model/connections/news.ts';
import {didYouMean} from '../../model/parse/words.ts';
import {type Io, type Output, print, printJson, withLab} from '../command.ts';
import {connectionsJson, connectionsTable, Explained} from '../connections.ts';
import {ConnectionsFollower} from '../connections-follow.ts';
import {withOutput} from '../file-output.ts';

interface Options {
	readonly lab?: string;
	readonly json?: boolean;
	readonly follow?: boolean;
	readonly protocol?: string;
	readonly src?: string;
	readonly dst?: string;
	readonly replySrc?: string;
	readonly replyDst?: string;
	readonly sport?: string;
	readonly dport?: string;
	readonly srcNat?: string | true;
	readonly dstNat?: string | true;
	readonly state?: string;
	readonly status?: string;
	readonly write?: string;
}

/** enum tcp_conntrack (linux/netfilter/nf_conntrack_tcp.h), as conntrack(8) has them. */
const tcpStates = ['SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'];
const protocols = ['tcp', 'udp', 'icmp'];

export function conntrack(program: Command, io: Io): void {
	program
		.command('conntrack')
		.description('the connections that hosts and containers track: both directions, NAT, state')
		.argument('[node...]', 'hosts and containers; all when none is named')
		.option('-f, --follow', 'what happens to them, until interrupted')
		.option('-p, --protocol <name>', 'tcp, udp, icmp, or a number')
		.option('-s, --src <address>', 'source of the original direction, or a subnet')
		.option('-d, --dst <address>', 'its destination')
		.option('-r, --reply-src <address>', 'source of the replies')
		.option('-q, --reply-dst <address>', 'their destination')
		.option('--sport <port>', 'source port of the original direction')
		.option('--dport <port>', 'its destination port')
		.option('-n, --src-nat [address]', 'the source is rewritten (to this address)')
		.option('-g, --dst-nat [address]', 'the destination is rewritten (to this address)')
		.option('--state <state>', 'TCP state, like ESTABLISHED')
		.option('-u, --status <status>', flowStatuses.join(', '))
		.option('-w, --write <file>', 'print into this file')
		.option('--lab <name>', 'which lab')
		.option('--json', 'print them as JSON; with --follow a line for each event')
		.addHelpText(
			'after',
			`
Packets and bytes are shown where the kernel counts them, and ages where it keeps times. As on a real host it does not unless it is told to:
  vethlab exec h1 sysctl -w net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1
or in the file, under the host: sysctls: {net.netfilter.nf_conntrack_acct: 1}. It is so for connections that begin after that.`,
		)
		.action(async (nodes: readonly string[], options: Options) => {
			const wanted = wantedFlow(options);
			await withLab(io, options.lab, async (client) => {
				const view = await client.call('view', {});
				checkNodes(view, nodes);
				const explained = new Explained(view, await client.call('oplog', {from: 0}));
				const how = {wanted, explained, asJson: options.json === true};
				const work = options.follow === true ? follow : show;
				await withOutput(io, options.write, async (output) => work(output, client, nodes, how));
			});
		});
}

interface How {
	readonly wanted: WantedFlow;
	readonly explained: Explained;
	readonly asJson: boolean;
}

async function show(output: Output, client: Client, nodes: readonly string[], {wanted, explained, asJson}: How): Promise<void> {
	const tables = (await client.call('flows', {nodes})).map((one) => ({...one, flows: one.flows.filter((flow) => isMeant(flow, wanted))}));
	const open = tables.filter(({node, flows}) => !flows.every((flow) => explained.covers(node, flow)));
	await Promise.all(
		open.map(async ({node}) => {
			explained.learn(node, await client.call('rules', {host: node}));
		}),
	);
	if (asJson) {
		printJson(
			output,
			tables.map((one) => connectionsJson(one, explained)),
		);
	} else {
		print(output, connectionsTable(tables, explained));
	}
}

/** Prints news until the lab is gone. */
async function follow(output: Output, client: Client, nodes: readonly string[], how: How): Promise<void> {
	const follower = new ConnectionsFollower({
		...how,
		print: (line) => print(output, line),
		rules: async (node) => client.call('rules', {host: node}),
		now: () => performance.now(),
	});
	const failed = new Promise<never>((_, reject) => {
		let told = Promise.resolve();
		client.onEvent((event) => {
			const lost = event.event === 'missed' && event.topic === 'flows';
			const news = event.event === 'flows' ? event.news : lost ? lostNews(nodes) : undefined;
			if (news !== undefined) {
				told = told.then(async () => follower.tell(news));
				told.catch(reject);
			}
		});
	});
	const ask = async (): Promise<void> => {
		await client.call('subscribe', {topics: ['flows']});
		await client.call('follow_flows', {nodes});
		await client.closed;
	};
	await Promise.race([ask(), failed]);
}

function lostNews(nodes: readonly string[]): FlowNews {
	return {is: 'lost', node: nodes.length === 1 ? (nodes[0] ?? '') : 'all', atMs: Date.now()};
}

function checkNodes(view: View, nodes: readonly string[]): void {
	const known = view.hosts.flatMap((host) => [host.name, ...host.containers.map(({name}) => name)]);
	for (const node of nodes) {
		if (!known.includes(node)) {
			const said = `there is no host or container of that name in ${view.lab}`;
			throw new LabError('E_NAME_UNKNOWN', {doing: `look for ${node}`, said, hint: didYouMean(node, known) ?? `there are: ${known.join(', ')}`});
		}
	}
}

/** Throws E_ARGUMENT for what can be no protocol, address, port or state. */
function wantedFlow(options: Options): WantedFlow {
	const {protocol, state, status} = options;
	const source = natOption('--src-nat', options.srcNat);
	const destination = natOption('--dst-nat', options.dstNat);
	return {
		protocol: protocol === undefined ? undefined : protocolOption(protocol),
		orig: {
			src: addressOption('--src', options.src),
			dst: addressOption('--dst', options.dst),
			sport: portOption('--sport', options.sport),
			dport: portOption('--dport', options.dport),
		},
		reply: {src: addressOption('--reply-src', options.replySrc), dst: addressOption('--reply-dst', options.replyDst)},
		sourceNat: source,
		destinationNat: destination,
		state: state === undefined ? undefined : wordOption('--state', state, tcpStates),
		status: status === undefined ? undefined : wordOption('--status', status, flowStatuses),
	};
}

function protocolOption(text: string): WantedFlow['protocol'] {
	const number = Number(text);
	const names: Readonly<Record<number, 'tcp' | 'udp' | 'icmp'>> = {1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp'};
	if (/^\d{1,3}$/.test(text) && number <= 255) {
		return names[number] ?? number;
	}

	const name = text === 'icmpv6' || text === 'ipv6-icmp' ? 'icmp' : text;
	return wordOption('--protocol', name, protocols, (word) => word.toLowerCase()) as 'tcp' | 'udp' | 'icmp';
}

function wordOption<Word extends string>(option: string, text: string, words: readonly Word[], cased = (word: string) => word.toUpperCase()): Word {
	const found = words.find((word) => word === cased(text));
	if (found === undefined) {
		const hint = didYouMean(cased(text), words) ?? `one of ${words.join(', ')}`;
		throw new LabError('E_ARGUMENT', {doing: `read ${option} ${text}`, said: `${JSON.stringify(text)} is not known`, hint});
	}

	return found;
}

function addressOption(option: string, text: string | undefined): string | undefined {
	if (text !== undefined && !isIPv4(text) && !isIPv6(text) && !isCidr(text) && !isCidr6(text)) {
		throw new LabError('E_ARGUMENT', {
			doing: `read ${option} ${text}`,
			said: `${JSON.stringify(text)} is not an address or a subnet`,
			hint: 'like 172.17.0.2, 172.17.0.0/16 or fd00::2',
		});
	}

	return text;
}

function natOption(option: string, value: string | true | undefined): string | true | undefined {
	return typeof value === 'string' ? addressOption(option, value) : value;
}

function portOption(option: string, text: string | undefined): number | undefined {
	if (text === undefined) {
		return undefined;
	}

	const port = Number(text);
	if (!/^\d{1,5}$/.test(text) || port > 65_535) {
		throw new LabError('E_ARGUMENT', {doing: `read ${option} ${text}`, said: `${JSON.stringify(text)} is not a port`, hint: 'a number from 0 to 65535'});
	}

	return port;
}
