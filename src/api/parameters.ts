// What each method of the socket takes: the one place that knows it at run time. A new method, or a new key of one, is a compile error until it is here.
import type {Attach, Method, Methods, Probe} from './messages.ts';
import {labShape, position, publish} from './lab-shape.ts';
import {cases, flag, list, milliseconds, misfit, number, object, optional, text, words, type Shape} from './shape.ts';

type LabAction = Methods['act']['params']['action'];

/** Of a host or container. That there is one of that name is not asked here. */
const node = text('the name of a host or container');
/** As struct winsize has room for (ioctl_tty(2)). */
const cells = number(0, 65_535);
/** The upper half of the numbers is for stderr. */
const channel = number(1, 2 ** 31 - 1);
/** Of a lent ring. */
const site = number(1, 2 ** 31 - 1);
const nothing = object<Record<string, never>>({});

const started = {service: node, refusal: optional(text()), at: position};
const stopped = {service: node, at: position};
const membership = {service: node, network: node, at: position};
const action = cases<LabAction, 'do'>('do', {
	start: started,
	restart: started,
	stop: stopped,
	remove: stopped,
	publish: {service: node, publish: list(publish), at: position},
	connect: membership,
	disconnect: membership,
	remove_network: {network: node, refusal: optional(text()), at: position},
	daemon: {host: node, action: words('start', 'stop', 'restart'), at: position},
	fault: {verb: words('apply', 'clear'), fault: text(), at: position},
	signal: {host: node, process: text(), signal: words('STOP', 'CONT', 'TERM', 'KILL'), at: position},
});

const port = number(1, 65_535);
const connection = {
	from: node,
	timeoutMs: milliseconds,
	to: text(),
	port,
	send: optional(text()),
	sourcePort: optional(port),
};
const probe = cases<Probe, 'kind'>('kind', {
	ping: {from: node, timeoutMs: milliseconds, to: text(), count: number(1, 65_535), size: optional(number(0, 65_507)), df: flag},
	http: {from: node, timeoutMs: milliseconds, url: text(), count: optional(number(1, 1000))},
	tcp: connection,
	udp: connection,
	dns: {from: node, timeoutMs: milliseconds, name: text(), type: words('A', 'AAAA', 'PTR'), server: optional(text())},
});

const attach = object<Attach>({
	channel,
	where: node,
	command: list(text()),
	terminal: optional(object<NonNullable<Attach['terminal']>>({columns: cells, rows: cells, term: text()})),
});

const ofNode = object<{readonly node: string}>({node});
const ofNodes = object<{readonly nodes: readonly string[]}>({nodes: list(node)});
const ofHost = object<{readonly host: string}>({host: node});

/** Method name -> its parameters. */
const shapes: {readonly [M in Method]: Shape<Methods[M]['params']>} = {
	hello: object<Methods['hello']['params']>({protocol: number(0, Number.MAX_SAFE_INTEGER)}),
	up: object<Methods['up']['params']>({lab: labShape}),
	down: nothing,
	hold: object<Methods['hold']['params']>({hold: flag}),
	view: nothing,
	subscribe: object<Methods['subscribe']['params']>({topics: list(words('view', 'counters', 'oplog', 'logs', 'flows'))}),
	oplog: object<Methods['oplog']['params']>({from: number(0, Number.MAX_SAFE_INTEGER)}),
	logs: ofNode,
	act: object<Methods['act']['params']>({action}),
	probe,
	exec: object<Methods['exec']['params']>({where: node, command: list(text()), timeoutMs: milliseconds}),
	attach,
	capture: object<Methods['capture']['params']>({
		channel,
		nodes: list(text()),
		interfaces: list(text()),
		filter: optional(text()),
		count: optional(number(1, Number.MAX_SAFE_INTEGER)),
		snaplen: optional(number(64, 262_144)),
	}),
	mark: object<Methods['mark']['params']>({
		channel,
		points: list(object<Methods['mark']['params']['points'][number]>({node, dev: optional(text())})),
	}),
	lend: object<Methods['lend']['params']>({
		channel,
		nodes: list(text()),
		filter: optional(text()),
		snaplen: optional(number(64, 262_144)),
	}),
	take: object<Methods['take']['params']>({channel, site}),
	link_names: object<Methods['link_names']['params']>({channel, site}),
	resize: object<Methods['resize']['params']>({channel, columns: cells, rows: cells}),
	net: ofNode,
	rules: ofHost,
	flows: ofNodes,
	follow_flows: ofNodes,
	listeners: ofNode,
	processes: ofHost,
	namespaces: ofNode,
	file: object<Methods['file']['params']>({node, path: text()}),
};

/** What is wrong with the parameters of a request, and where; undefined: nothing. */
export function wrongParameters(method: Method, params: unknown): string | undefined {
	return misfit(params, shapes[method]);
}
