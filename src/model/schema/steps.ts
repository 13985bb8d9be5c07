// Steps of a scenario: what may be done and what may be checked. A new check: its keys here, its member in `lab.ts`, its line in `parse/checks.ts`.
import {either, flag, list, number, object, one, text, words, type Shape} from '../parse/shape.ts';
import {anyCidr, anyText, count, duration, filter, ip, mac, mtu, point, port, portMapping, ref, regex, seenDevice, url} from './texts.ts';

const node = ref('node');
/** Where commands run and neighbours are: also `h1:vxlan4097`, the place of an overlay network on a host. */
const place = text('a host or a service, or the VXLAN of a host like "h1:vxlan4097"', '[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}(:vxlan\\d{1,8})?', {ref: 'place'});
const target = text('an address or a name', '[^\\s/]+', {ref: 'target'});
/** A name as a resolver is asked for it, at most 253 bytes (RFC 1035); for PTR an address. */
const question = text('a name to look up', '[^\\s\\0/]{1,253}');
const texts = either('a text or a list of texts', anyText, list(anyText, 1));
const failures = ['refused', 'timeout', 'unreachable'];
/** ICMP payload in bytes: 65535 less the IPv4 and ICMP headers (RFC 791, RFC 792). */
const size = number('a size from 0 to 65507 bytes', 0, 65_507);
const flowEnds = object({src: ip, dst: ip, sport: port, dport: port});
/** As `ip neigh` prints them. */
const neighbourStates: readonly string[] = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'PERMANENT'];
const namespaces = ['netns', 'mntns', 'pidns', 'ipcns', 'utsns', 'ip', 'mac', 'hosts-file'];

/** `fails`: the lab is to refuse it, true or in these words. */
const fails = either('true, or words of the refusal', flag, anyText);
const startOrRefusal = either('a service, or {service, fails}', ref('service'), object({service: ref('service'), fails}, {required: ['service']}));

export const actions: Readonly<Record<string, Shape>> = {
	ping: object({from: node, to: target, count: number('a count from 1 to 100', 1, 100), size, df: flag, fails: flag}, {required: ['from', 'to']}),
	http: object({from: node, url, fails: either(`true, false, ${failures.join(', ')}`, flag, words(failures))}, {required: ['from', 'url']}),
	tcp: object({from: node, to: target, port, send: anyText, source_port: port, fails: flag}, {required: ['from', 'to', 'port']}),
	udp: object({from: node, to: target, port, send: anyText, source_port: port, fails: flag}, {required: ['from', 'to', 'port']}),
	exec: object({in: place, cmd: texts, fails: flag}, {required: ['in', 'cmd']}),
	start: startOrRefusal,
	stop: ref('service'),
	restart: startOrRefusal,
	remove: ref('service'),
	connect: object({service: ref('service'), network: ref('network')}, {required: ['service', 'network']}),
	disconnect: object({service: ref('service'), network: ref('network')}, {required: ['service', 'network']}),
	remove_network: either(
		'a network, or {network, fails}',
		ref('network to remove'),
		object({network: ref('network to remove'), fails}, {required: ['network']}),
	),
	dns: object({from: node, name: question, server: ip}, {required: ['from', 'name']}),
	publish: object({service: ref('service'), port: portMapping}, {required: ['service', 'port']}),
	daemon: object({host: ref('docker host'), do: words(['start', 'stop', 'restart'])}, {required: ['host', 'do'], notYet: ['with']}),
	signal: object({at: ref('host'), name: anyText, sig: words(['STOP', 'CONT', 'TERM', 'KILL'])}, {required: ['at', 'name', 'sig']}),
	fault: object({apply: ref('fault'), clear: ref('fault')}),
	wait: duration,
};

/** A URL is got, anything else is pinged. */
const way = object({from: node, to: either('an address, a name, or a URL like "http://192.168.50.10:8080/"', target, url)}, {required: ['from', 'to']});
const twoNodes = list(node, 2);

export const checks: Readonly<Record<string, Shape>> = {
	reach: object(
		{from: node, to: target, proto: words(['icmp', 'tcp', 'udp']), port, size, df: flag, result: words(['ok', 'fail', ...failures, 'too-big'])},
		{required: ['from', 'to']},
	),
	http: object(
		{
			from: node,
			url,
			status: number('an HTTP status from 100 to 599', 100, 599),
			body: anyText,
			contains: anyText,
			peer_seen: ip,
			result: words(['ok', 'fail', ...failures]),
		},
		{required: ['from', 'url']},
	),
	dns: object(
		{
			from: node,
			name: question,
			type: words(['A', 'AAAA', 'PTR']),
			server: ip,
			answers: list(anyText),
			rcode: words(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'TIMEOUT']),
		},
		{required: ['from', 'name']},
	),
	rule: object(
		{
			host: ref('host'),
			table: words(['raw', 'mangle', 'nat', 'filter']),
			chain: anyText,
			target: anyText,
			match: anyText,
			to: anyText,
			hits: count,
			exists: flag,
		},
		{required: ['host', 'table', 'chain']},
	),
	conntrack: object(
		{
			host: ref('host'),
			proto: words(['tcp', 'udp', 'icmp']),
			orig: flowEnds,
			reply: flowEnds,
			nat: words(['none', 'source', 'destination', 'both']),
			count,
		},
		{required: ['host']},
	),
	route: object(
		{
			in: node,
			to: text('"default", an address or a subnet', 'default|[0-9a-fA-F:.]+(/\\d{1,3})?'),
			via: either('an address like 172.17.0.2, or none', ip, words(['none'])),
			dev: seenDevice,
			exists: flag,
		},
		{required: ['in', 'to']},
	),
	addr: object({in: node, dev: seenDevice, ip: anyCidr, mac, mtu, state: words(['up', 'down']), exists: flag}, {required: ['in', 'dev']}),
	devs: object({in: node, are: list(seenDevice)}, {required: ['in', 'are']}),
	unique: object(
		{what: words(['mac', 'ip']), of: either('"all" or a list of hosts and services', words(['all']), twoNodes), at: ref('host or LAN')},
		{required: ['what']},
	),
	same: object({what: words(namespaces), of: twoNodes}, {required: ['what', 'of']}),
	differ: object({what: words(namespaces), of: twoNodes}, {required: ['what', 'of']}),
	listen: object({in: node, proto: words(['tcp', 'udp']), port, by: words(['docker-proxy', 'app', 'kernel']), exists: flag}, {required: ['in', 'port']}),
	process: object({at: ref('host'), name: anyText, count}, {required: ['at', 'name']}),
	bridge: object(
		{
			at: text('a host and its bridge like "h1:docker0"', '[a-zA-Z0-9._-]+:[^\\s/:]{1,15}', {ref: 'host interface'}),
			ports: list(text('an interface like "eth0" or "web:eth0"', '([a-zA-Z0-9._-]+:)?[^\\s/:]{1,15}', {ref: 'bridge port'})),
			count,
		},
		{required: ['at']},
	),
	neigh: object(
		{
			in: place,
			ip,
			mac,
			state: text('a state of a neighbour like REACHABLE or PERMANENT', '[A-Z]+', {
				near: neighbourStates,
				valid: (value) => neighbourStates.includes(value),
			}),
			count,
		},
		{required: ['in', 'ip']},
	),
	fdb: object(
		{
			at: text('a host and its VXLAN or bridge like "h1:vxlan4097"', '[a-zA-Z0-9._-]+:[^\\s/:]{1,15}', {ref: 'host interface'}),
			mac,
			dst: ip,
			port: seenDevice,
			exists: flag,
		},
		{required: ['at']},
	),
	file: object({in: node, path: text('an absolute path', '/[^\\0]*'), contains: anyText, lacks: anyText}, {required: ['in', 'path']}),
	packet: object({at: point, filter, count, first: filter}, {required: ['at', 'filter']}),
	latency: object({of: way, against: way, ratio: count}, {required: ['of', 'against', 'ratio']}),
	no_packet: object({at: point, filter}, {required: ['at', 'filter']}),
	exec: object({in: place, cmd: texts, exit: number('an exit code from 0 to 255', 0, 255), contains: anyText, matches: regex}, {required: ['in', 'cmd']}),
};

const noun = 'check or action';
const action = one(noun, actions);
export const expectations = list(one(noun, checks));

export const step = object(
	{name: anyText, do: either('an action or a list of actions', list(action), action), within: duration, expect: expectations},
	{notYet: ['requires', 'text']},
);
