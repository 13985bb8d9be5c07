// The scenario format as data: which keys stand where and what they take. `parse/structure.ts` holds files against it, `vethlab schema` prints it.
// A word whose feature is not built yet is in a `notYet`; to build it, move it to `keys` (or `words`) and lift it in `parse/`.
import {either, flag, list, names, nothing, number, object, text, words, type Shape} from './parse/shape.ts';
import {network} from './schema/network.ts';
import {noEffectWords, serve, service, sysctls} from './schema/service.ts';
import {expectations, step} from './schema/steps.ts';
import {anySubnet, anyText, captureFile, cidr, cidr6, device, filter, ip, ipv4, ipv6, mtu, name, ownMac, point, ref, subnet, subnet6} from './schema/texts.ts';

const title = either('a text, or a map of texts by language', anyText, object({en: anyText, zh: anyText}, {required: ['en']}));
/** netdev, route and daemon settings of one machine; `key:` alone is one with all defaults. */
const orDefaults = (shape: Shape): Shape => either('a map', shape, nothing);

const lan = object({subnet, subnet6, gateway: ref('host'), mtu}, {required: ['subnet'], notYet: ['text']});

const docker = object({
	engine: words(['28', '20.10']),
	bip: cidr,
	fixed_cidr: subnet,
	userland_proxy: flag,
	iptables: flag,
	ip6tables: flag,
	ipv6: flag,
	fixed_cidr_v6: subnet6,
	ip_forward: flag,
	icc: flag,
	mtu,
	bridge: device,
	pools: list(object({base: subnet, size: number('a prefix length from 8 to 30', 8, 30)}, {required: ['base', 'size']}), 1),
});

/** Whether interfaces take segments that are longer than their MTU. They do not (kernel/requests.ts). */
const offload = words(['false'], ['true']);

const host = object(
	{
		docker: either('true, false or a map', flag, docker),
		nics: names(device, object({lan: ref('LAN'), ip: cidr, ip6: cidr6, mac: ownMac, mtu}, {required: ['lan']})),
		gateway: ipv4,
		gateway6: ipv6,
		routes: list(object({to: either('a subnet like 10.8.0.0/16, or default', words(['default']), anySubnet), via: ip, dev: device}, {required: ['to']})),
		bridges: names(device, orDefaults(object({ip: cidr, ports: list(device)}))),
		sysctls,
		serve: list(serve),
		offload,
	},
	{notYet: ['text']},
);

const fault = object(
	{
		at: text('a host or one of its NICs like "h1:eth0"', '[a-zA-Z0-9._-]+(:[^\\s/:]{1,15})?', {ref: 'host or NIC'}),
		down: flag,
		when: words(['step'], ['start']),
	},
	{required: ['at'], notYet: ['corrupt', 'delay', 'direction', 'drop', 'jitter', 'loss', 'mtu', 'rate', 'text']},
);

/** Less would cut into the headers that a packet is known by. */
const capture = object({at: point, filter, snaplen: number('a number of bytes from 64 to 262144', 64, 262_144), file: captureFile}, {required: ['at']});

const known = ['bridge', 'conntrack', 'iptables', 'macvlan', 'nft', 'veth', 'vxlan'];

export const schema = object(
	{
		vethlab: text('a version of the format that this vethlab knows (1)', '1'),
		name,
		title,
		about: title,
		offload,
		seed: number('a whole number', 0, Number.MAX_SAFE_INTEGER),
		standins: words(['auto', 'always', 'never']),
		requires: list(words(known, ['dummy', 'esp', 'ipvlan', 'netem', 'tbf', 'vlan'])),
		lans: names(name, lan),
		hosts: names(name, orDefaults(host)),
		services: names(name, orDefaults(service)),
		networks: names(name, orDefaults(network)),
		faults: names(name, fault),
		captures: names(name, capture),
		steps: list(step),
		expect: expectations,
	},
	{
		noted: Object.fromEntries(['configs', 'models', 'secrets', 'version', 'volumes'].map((key) => [key, noEffectWords])),
		refused: {include: 'flatten the file first: "docker compose config" writes it out in one piece'},
	},
);
