// What a lab looks like that comes over the socket, key by key as model/lab.ts has it. Only its shape: whether it can be is asked by whoever plans it.
import {mac, mtu, port, type Mac, type Mtu, type Port} from '../base/units.ts';
import {isCidr, isCidr6, isIPv4, isIPv6} from '../model/address.ts';
import type {
	Attachment,
	CaptureFile,
	ContainerPort,
	DockerEngine,
	Endpoint,
	Fault,
	HandNic,
	Host,
	HostBridge,
	Ipam,
	Lab,
	Lan,
	Network,
	Nic,
	Position,
	Protocol,
	Publish,
	Serve,
	Service,
	ServiceLink,
	StaticRoute,
	Step,
} from '../model/lab.ts';
import {anything, cases, either, entries, flag, list, number, object, optional, text, words, type Shape} from './shape.ts';

/** Hosts, services, LANs and networks: their names become those of folders and namespaces. */
const name = text('a name like "web" or "h1"', (value) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/.test(value));
const dev = text('an interface name like "eth0"', (value) => /^[^\s/:]{1,15}$/.test(value) && value !== '.' && value !== '..');
const cidr = text('an address with prefix like 172.17.0.2/16', isCidr);
const cidr6 = text('an IPv6 address with prefix like fd00:77::1/64', isCidr6);
const ipv4 = text('an IPv4 address like 172.17.0.2', isIPv4);
const ipv6 = text('an IPv6 address like fd00:77::1', isIPv6);
const ip = text('an IP address like 172.17.0.2', (value) => isIPv4(value) || isIPv6(value));
const macShape = text<Mac>('a MAC like 02:00:00:00:00:01', (value) => mac(value) === value);
const portShape: Shape<Port> = {is: 'bare', want: 'a port from 1 to 65535', fits: (value) => typeof value === 'number' && port(value) !== undefined};
const mtuShape: Shape<Mtu> = {is: 'bare', want: 'an MTU from 68 to 65535', fits: (value) => typeof value === 'number' && mtu(value) !== undefined};
const protocol: Shape<Protocol> = words('tcp', 'udp');
export const position = object<Position>({line: number(0, 2 ** 31 - 1), column: number(0, 2 ** 31 - 1)});

const serve = cases<Serve, 'kind'>('kind', {
	http: {port: portShape, status: number(100, 599), body: optional(text()), echo: optional(words('peer', 'headers'))},
	tcp: {port: portShape, echo: flag},
	udp: {port: portShape, echo: flag},
});

const lan = object<Lan>({name, subnet: cidr, subnet6: optional(cidr6), gateway: optional(name), mtu: mtuShape});
const nic = object<Nic>({dev, lan: name, address: optional(cidr), address6: optional(cidr6), mac: macShape, mtu: mtuShape});
const route = object<StaticRoute>({
	to: text('"default" or a subnet', (value) => value === 'default' || isCidr(value) || isCidr6(value)),
	via: optional(ip),
	dev: optional(dev),
});
const bridge = object<HostBridge>({dev, address: optional(cidr), ports: list(dev)});

const engine = object<DockerEngine>({
	engine: words('28', '20.10'),
	bip: optional(cidr),
	fixedCidr: optional(cidr),
	userlandProxy: flag,
	iptables: flag,
	ip6tables: optional(flag),
	ipv6: optional(object<NonNullable<DockerEngine['ipv6']>>({fixedCidr: optional(cidr6)})),
	ipForward: flag,
	icc: flag,
	mtu: mtuShape,
	bridge: optional(dev),
	pools: optional(list(object<{readonly base: string; readonly size: number}>({base: cidr, size: number(1, 32)}))),
});

const host = object<Host>({
	name,
	nics: list(nic),
	gateway: optional(ipv4),
	gateway6: optional(ipv6),
	routes: list(route),
	bridges: list(bridge),
	sysctls: entries(text()),
	docker: optional(engine),
	serve: list(serve),
});

const ipam = object<Ipam>({subnet: optional(cidr), range: optional(cidr), gateway: optional(ipv4), otherGateway: optional(ipv4), reserved: list(ipv4)});
const ipam6 = object<Ipam>({subnet: optional(cidr6), range: optional(cidr6), gateway: optional(ipv6), otherGateway: optional(ipv6), reserved: list(ipv6)});
const gatewayMode = words('nat', 'nat-unprotected', 'routed', 'isolated');
const network: Shape<Network> = cases<Network, 'driver'>('driver', {
	bridge: {
		name,
		dockerName: optional(name),
		ipam: optional(ipam),
		ipam6: optional(ipam6),
		mtu: optional(mtuShape),
		internal: flag,
		at: position,
		host: name,
		bridge: optional(dev),
		icc: flag,
		masquerade: flag,
		hostBinding: optional(ip),
		gatewayMode,
		gatewayMode6: gatewayMode,
		inhibitIPv4: flag,
		trusted: list(dev),
		interfacePrefix: optional(dev),
		hostAddress: optional(ipv4),
	},
	macvlan: {
		name,
		dockerName: optional(name),
		ipam: optional(ipam),
		ipam6: optional(ipam6),
		internal: flag,
		at: position,
		hosts: list(name),
		parent: dev,
		macvlanMode: words('bridge', 'private', 'vepa', 'passthru'),
	},
	overlay: {
		name,
		dockerName: optional(name),
		ipam,
		ipam6: optional(ipam6),
		mtu: optional(mtuShape),
		internal: flag,
		at: position,
		hosts: list(name),
		vni: optional(number(1, 2 ** 24 - 1)),
	},
});

const endpoint = object<Endpoint>({
	network: name,
	address: optional(ipv4),
	address6: optional(ipv6),
	mac: optional(macShape),
	aliases: list(text()),
	interfaceName: optional(dev),
	gatewayPriority: number(-(2 ** 31), 2 ** 31 - 1),
});

const attachment = cases<Attachment, 'mode'>('mode', {
	bridge: {mac: optional(macShape)},
	host: {},
	none: {},
	container: {of: name},
	networks: {endpoints: list(endpoint)},
});

export const publish = object<Publish>({
	protocol,
	hostAddress: optional(ip),
	hostPorts: optional(object<NonNullable<Publish['hostPorts']>>({first: portShape, last: portShape})),
	port: portShape,
	text: text(),
	at: position,
});

const handNic = object<HandNic>({
	dev,
	to: either<HandNic['to']>('{bridge} or {lan}', object<{readonly bridge: string}>({bridge: dev}), object<{readonly lan: string}>({lan: name})),
	address: optional(cidr),
	address6: optional(cidr6),
	gateway: optional(ipv4),
	gateway6: optional(ipv6),
	mac: optional(macShape),
	via: optional(words('pipework')),
});

const service = object<Service>({
	name,
	host: name,
	containerName: name,
	hostname: optional(text()),
	domainname: optional(text()),
	image: words('tools', 'web'),
	command: optional(list(text())),
	environment: entries(text()),
	workingDir: optional(text()),
	user: optional(text()),
	attach: attachment,
	publish: list(publish),
	expose: list(object<ContainerPort>({protocol, port: portShape})),
	links: list(object<ServiceLink>({service: name, alias: name})),
	serve: list(serve),
	nics: list(handNic),
	dns: list(text()),
	dnsSearch: list(text()),
	dnsOptions: list(text()),
	extraHosts: list(object<Service['extraHosts'][number]>({name: text(), address: text()})),
	sysctls: entries(text()),
	capAdd: list(text()),
	capDrop: list(text()),
	readOnly: flag,
	dependsOn: list(name),
});

export const labShape = object<Lab>({
	name: text(),
	title: text(),
	about: text(),
	seed: number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
	lans: list(lan),
	hosts: list(host),
	networks: list(network),
	services: list(service),
	captures: optional(list(anything<CaptureFile>())),
	faults: list(object<Fault>({name, host: name, devs: list(dev), at: position})),
	// whoever runs a scenario does them; an engine never looks at them
	steps: list(anything<Step>()),
	requires: list(text()),
});
