// A network that people define, and a service's place on it: Compose's keys and Docker's driver options. What a driver does not take is refused in
// `parse/meaning/networks.ts`. A new option: its key in `options`, its shape in `driverOptions`, its line in `parse/lift/networks.ts`.
import {either, flag, list, names, nothing, number, object, text, words} from '../parse/shape.ts';
import {vnis} from '../overlay.ts';
import {anySubnet, device, ip, ipv4, ipv6, mtu, name, ownMac, ref} from './texts.ts';

/** Docker's labels (libnetwork, drivers/bridge/labels.go and netlabel/labels.go); the macvlan driver's have no prefix. */
export const options = {
	bridgeName: 'com.docker.network.bridge.name',
	icc: 'com.docker.network.bridge.enable_icc',
	masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
	hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
	gatewayMode: 'com.docker.network.bridge.gateway_mode_ipv4',
	gatewayMode6: 'com.docker.network.bridge.gateway_mode_ipv6',
	inhibitIPv4: 'com.docker.network.bridge.inhibit_ipv4',
	trusted: 'com.docker.network.bridge.trusted_host_interfaces',
	interfacePrefix: 'com.docker.network.container_iface_prefix',
	hostAddress: 'com.docker.network.host_ipv4',
	driverMtu: 'com.docker.network.driver.mtu',
	mtu: 'mtu',
	numbers: 'com.docker.network.driver.overlay.vxlanid_list',
	parent: 'parent',
	macvlanMode: 'macvlan_mode',
} as const;

/** Options that only this driver takes. */
export const optionsOf = {
	bridge: [
		options.bridgeName,
		options.icc,
		options.masquerade,
		options.hostBinding,
		options.gatewayMode,
		options.gatewayMode6,
		options.inhibitIPv4,
		options.trusted,
		options.interfacePrefix,
		options.hostAddress,
	],
	macvlan: [options.parent, options.macvlanMode],
	overlay: [options.numbers],
} as const;

export const gatewayModes = ['nat', 'nat-unprotected', 'routed', 'isolated'] as const;
const gatewayMode = words(gatewayModes);

export const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'] as const;

/** What Go's strconv.ParseBool takes; in Compose files it is often quoted. */
const driverFlag = text('true or false', '1|t|T|true|True|TRUE|0|f|F|false|False|FALSE');

const driverOptions = object(
	{
		[options.bridgeName]: device,
		[options.icc]: driverFlag,
		[options.masquerade]: driverFlag,
		[options.hostBinding]: ipv4,
		[options.gatewayMode]: gatewayMode,
		[options.gatewayMode6]: gatewayMode,
		[options.inhibitIPv4]: driverFlag,
		[options.trusted]: text('interfaces of the host like "eth0" or "eth0:eth1"', '[^\\s/:]{1,15}(:[^\\s/:]{1,15})*'),
		[options.interfacePrefix]: text('what an interface name begins with, like "net"', '[a-zA-Z_][a-zA-Z0-9._-]{0,11}'),
		[options.hostAddress]: ipv4,
		[options.driverMtu]: mtu,
		[options.numbers]: number('the number of a VXLAN from 1 to 16777215, and one alone, for a network has one subnet', 1, vnis.last),
		[options.mtu]: mtu,
		[options.parent]: text('an interface of the host like "eth0"', '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,14}'),
		[options.macvlanMode]: words(macvlanModes),
	},
	{
		notYet: ['encrypted', 'ipvlan_flag', 'ipvlan_mode'],
	},
);

const reserved = either('a map of names to addresses', names(text('a name', '[^\\0]+'), ip), nothing);
const config = object({subnet: anySubnet, ip_range: anySubnet, gateway: ip, aux_addresses: reserved});
const ipam = object({driver: words(['default'], ['dhcp', 'null']), config: either('a list', list(config), nothing)}, {notYet: ['options']});

const ofDocker = (mode: string): string => `Docker has one of these already: write "network_mode: ${mode}" at the service`;

export const network = object(
	{
		name,
		driver: words(['bridge', 'macvlan', 'overlay'], ['ipvlan'], {host: ofDocker('host'), none: ofDocker('none')}),
		driver_opts: either('a map', driverOptions, nothing),
		ipam: either('a map', ipam, nothing),
		internal: flag,
		external: either('true, false or a map with "name"', flag, object({name})),
		enable_ipv4: flag,
		enable_ipv6: flag,
		hosts: list(ref('docker host'), 1),
		vni: number('a number of a VXLAN from 1 to 16777215', 1, vnis.last),
	},
	{
		noted: {
			attachable: 'it has no effect: any container may be on any network of the lab',
			labels: 'accepted from Compose, but has no effect in the lab',
		},
	},
);

const hostName = text('a host name', '[^\\s\\0/]{1,253}');

export const endpoint = object(
	{
		aliases: list(hostName),
		ipv4_address: ipv4,
		ipv6_address: ipv6,
		mac_address: ownMac,
		interface_name: device,
		gw_priority: number('a whole number', -2_147_483_648, 2_147_483_647),
	},
	{
		notYet: ['driver_opts', 'link_local_ips'],
		noted: {priority: 'it has no effect: networks are connected in the order of the file; "gw_priority" is what decides the default route'},
	},
);
