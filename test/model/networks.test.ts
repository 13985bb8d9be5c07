// User-defined networks: what becomes of a file's `networks`, of a service's place on them, and of the steps and checks about them.
import test from 'ava';
import type {Attachment, Endpoint, Lab, Network} from '../../src/model/lab.ts';
import {overlaySubnets} from '../../src/model/overlay.ts';
import {parseLab, renderProblems, type Problem} from '../../src/model/parse.ts';

function read(text: string): {readonly lab: Lab; readonly problems: readonly Problem[]} {
	const {lab, problems} = parseLab(text, {file: 'test.veth.yaml'});
	if (lab === undefined) {
		throw new Error(renderProblems(problems, text, 'test.veth.yaml'));
	}

	return {lab, problems};
}

function network(yaml: string, more = ''): Network | undefined {
	return read(`services: {web: {networks: {front: {${more}}}}}\nnetworks: {front: {${yaml}}}\n`).lab.networks[0];
}

function endpoints(attach: Attachment | undefined): readonly Endpoint[] {
	return attach?.mode === 'networks' ? attach.endpoints : [];
}

test('a service that names neither a mode nor a network is on the network "default", a bridge of its host', (t) => {
	const {lab} = read('services: {web: {}, db: {networks: }, cli: {networks: []}, old: {network_mode: bridge}}');
	t.deepEqual(
		lab.services.map(({attach}) => endpoints(attach).map((each) => each.network)),
		[['default'], ['default'], ['default'], []],
	);
	t.deepEqual(lab.networks, [
		{
			name: 'default',
			ipam: {subnet: undefined, range: undefined, gateway: undefined, reserved: []},
			mtu: undefined,
			internal: false,
			at: {line: 1, column: 12},
			driver: 'bridge',
			host: 'h1',
			bridge: undefined,
			icc: true,
			masquerade: true,
			hostBinding: undefined,
			gatewayMode: 'nat',
			gatewayMode6: 'nat',
			inhibitIPv4: false,
			trusted: [],
			interfacePrefix: undefined,
			hostAddress: undefined,
		},
	]);
	t.deepEqual(lab.requires, ['bridge', 'veth']);
});

test('there is no default network when nobody is on it', (t) => {
	t.deepEqual(read('services: {web: {network_mode: bridge}}').lab.networks, []);
});

test('the default network comes first and may be described like any other', (t) => {
	const {lab} = read('services: {web: {networks: [front, default]}}\nnetworks: {front: , default: {ipam: {config: [{subnet: 10.9.0.0/24}]}}}');
	t.deepEqual(
		lab.networks.map(({name, ipam}) => [name, ipam?.subnet]),
		[
			['default', '10.9.0.0/24'],
			['front', undefined],
		],
	);
	t.deepEqual(
		endpoints(lab.services[0]?.attach).map((each) => each.network),
		['front', 'default'],
	);
});

test('a network that no service is on is not made, as in Docker Compose, and a note says so', (t) => {
	const {lab, problems} = read(
		'services: {web: {networks: [front]}}\nnetworks: {front: , idle: , late: }\nsteps: [{do: {connect: {service: web, network: late}}}]',
	);
	t.deepEqual(
		lab.networks.map(({name}) => name),
		['front', 'late'],
	);
	t.deepEqual(
		problems.map(({level, where}) => `${level} ${where}`),
		['note networks.idle'],
	);
});

test('the options of a bridge are read by their Docker names, quoted or not', (t) => {
	const made = network(
		'internal: true, name: shop_front, driver: bridge, driver_opts: {com.docker.network.bridge.name: br-front, com.docker.network.bridge.enable_icc: "false", com.docker.network.bridge.enable_ip_masquerade: false, com.docker.network.bridge.host_binding_ipv4: 127.0.0.1, com.docker.network.driver.mtu: "1400"}',
	);
	t.like(made, {
		name: 'front',
		dockerName: 'shop_front',
		internal: true,
		driver: 'bridge',
		bridge: 'br-front',
		icc: false,
		masquerade: false,
		hostBinding: '127.0.0.1',
		mtu: 1400,
	});
	t.like(network('driver_opts: {mtu: 9000}'), {mtu: 9000});
	t.like(network('driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: routed, com.docker.network.host_ipv4: 10.77.0.11}'), {
		gatewayMode: 'routed',
		gatewayMode6: 'nat',
		hostAddress: '10.77.0.11',
	});
	t.like(network('driver_opts: {com.docker.network.bridge.gateway_mode_ipv6: nat-unprotected}'), {gatewayMode: 'nat', gatewayMode6: 'nat-unprotected'});
	t.like(network('driver_opts: {com.docker.network.bridge.enable_icc: "1"}'), {icc: true});
	t.like(network('driver_opts: {com.docker.network.bridge.inhibit_ipv4: "t"}'), {inhibitIPv4: true});
	t.like(network('driver_opts: {com.docker.network.bridge.trusted_host_interfaces: "eth0:vxlan.1", com.docker.network.container_iface_prefix: net}'), {
		trusted: ['eth0', 'vxlan.1'],
		interfacePrefix: 'net',
	});
	t.like(network('internal: true, driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: isolated}'), {internal: true, gatewayMode: 'isolated'});
});

test('ipam gives the subnet, its part for containers, the gateway and what nobody gets', (t) => {
	const made = network(
		'ipam: {driver: default, config: [{subnet: 10.77.0.0/24, ip_range: 10.77.0.128/25, gateway: 10.77.0.254, aux_addresses: {a: 10.77.0.130, b: 10.77.0.131}}]}',
	);
	t.deepEqual(made?.ipam, {subnet: '10.77.0.0/24', range: '10.77.0.128/25', gateway: '10.77.0.254', reserved: ['10.77.0.130', '10.77.0.131']});
});

test('what is called DefaultGatewayIPv4 among the reserved addresses is the gateway of containers', (t) => {
	const made = network(
		'enable_ipv6: true, ipam: {config: [{subnet: 10.77.0.0/24, aux_addresses: {a: 10.77.0.9, DefaultGatewayIPv4: 10.77.0.8}}, {subnet: "fd00:77::/64", aux_addresses: {DefaultGatewayIPv4: "fd00:77::8", DefaultGatewayIPv6: "fd00:77::9"}}]}',
	);
	t.like(made?.ipam, {otherGateway: '10.77.0.8', reserved: ['10.77.0.9', '10.77.0.8']});
	t.like(made?.ipam6, {otherGateway: 'fd00:77::9', reserved: ['fd00:77::8', 'fd00:77::9']});
});

test('an address of an overlay network can be chosen without a subnet, for the next one is known; networks that are not made have none', (t) => {
	const {lab} = read(`
lans: {office: {subnet: 10.77.0.0/24}}
hosts: {h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}}}
services: {web: {networks: {first: {}, given: {}, over: {ipv4_address: 10.0.3.9}}}}
networks:
  idle: {driver: overlay}
  first: {driver: overlay}
  given: {driver: overlay, ipam: {config: [{subnet: 10.0.2.0/24}]}}
  over: {driver: overlay, driver_opts: {com.docker.network.driver.overlay.vxlanid_list: "5000"}}
`);
	t.deepEqual(
		[...overlaySubnets(lab.networks)],
		[
			['first', '10.0.1.0/24'],
			['given', '10.0.2.0/24'],
			['over', '10.0.3.0/24'],
		],
	);
	t.like(lab.networks.at(-1), {name: 'over', vni: 5000});
});

test('an external network is made here, with a subnet that fits the addresses asked for', (t) => {
	const text = (address: string): string =>
		`services: {web: {networks: {front: {ipv4_address: 10.7.1.5}}}, db: {networks: {front: {ipv4_address: ${address}}}}}\nnetworks: {front: {external: true}}\n`;
	t.is(read(text('10.7.1.9')).lab.networks[0]?.ipam?.subnet, '10.7.1.0/24');
	t.is(read(text('10.7.9.9')).lab.networks[0]?.ipam?.subnet, '10.7.0.0/16');
	t.deepEqual(
		read(text('10.7.1.9')).problems.map(({level, what}) => `${level}: ${what}`),
		['note: a lab has no networks from outside: this one is made here, as 10.7.1.0/24 because of the addresses on it'],
	);
	t.like(network('external: {name: elsewhere}'), {dockerName: 'elsewhere', ipam: {subnet: undefined}});
});

test('a macvlan is on every host that a service of it runs on, and needs that of the kernel', (t) => {
	const {lab} = read(`
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office}}, bridges: {br0: {ports: [eth0]}}}
  h2: {nics: {br0: {lan: office}}}
  h3: {}
services:
  a: {host: h1, networks: [phys]}
  b: {host: h2, networks: [phys]}
  c: {host: h1, networks: [phys]}
networks: {phys: {driver: macvlan, driver_opts: {parent: br0, macvlan_mode: private}}}
expect: [{unique: {what: mac, at: office}}, {unique: {what: ip, of: all}}]
`);
	t.like(lab.networks[0], {driver: 'macvlan', hosts: ['h1', 'h2'], parent: 'br0', macvlanMode: 'private'});
	t.deepEqual(lab.requires, ['bridge', 'macvlan', 'veth']);
	t.like(lab.steps[0]?.expect[0], {of: ['h1', 'h2', 'a', 'b', 'c']});
	t.like(lab.steps[0]?.expect[1], {of: ['a', 'b', 'c']});
});

test('two macvlans may share a parent in Docker 28', (t) => {
	const {lab} = read(
		'hosts: {h1: {nics: {eth0: {lan: office}}}}\nlans: {office: {subnet: 10.0.0.0/24}}\nservices: {a: {networks: [one, two]}}\nnetworks: {one: &phys {driver: macvlan, driver_opts: {parent: eth0}}, two: *phys}',
	);
	t.is(lab.networks.length, 2);
});

test('a place on a network has its address, MAC, aliases, interface and priority', (t) => {
	const {lab} = read(`
services:
  web:
    container_name: shop-web
    mac_address: "02:00:00:00:00:01"
    networks:
      back:
      front: {ipv4_address: 10.77.0.5, mac_address: "02:00:00:00:00:02", aliases: [www, www], interface_name: net0, gw_priority: -1}
networks: {front: {ipam: {config: [{subnet: 10.77.0.0/24}]}}, back: }
`);
	t.deepEqual(lab.services[0]?.attach, {
		mode: 'networks',
		endpoints: [
			{network: 'back', address: undefined, mac: '02:00:00:00:00:01', aliases: ['web'], interfaceName: undefined, gatewayPriority: 0},
			{network: 'front', address: '10.77.0.5', mac: '02:00:00:00:00:02', aliases: ['web', 'www'], interfaceName: 'net0', gatewayPriority: -1},
		],
	} as const);
});

test('`priority`, `labels` and `attachable` are accepted with a note', (t) => {
	const {problems} = read('services: {web: {networks: {front: {priority: 9}}}}\nnetworks: {front: {labels: {a: b}, attachable: true}}');
	t.deepEqual(
		problems.map(({level, where}) => `${level} ${where}`),
		['note services.web.networks.front.priority', 'note networks.front.labels', 'note networks.front.attachable'],
	);
});

test('ports are kept where a network publishes, at the start or after a step connects one, and are a note elsewhere', (t) => {
	const published = (networks: string, steps = ''): readonly [number | undefined, number] => {
		const {lab, problems} = read(
			`services: {web: {ports: ["80:80"], networks: [${networks}]}, other: {networks: [open, shut]}}\nnetworks: {open: , shut: {internal: true}}\n${steps}`,
		);
		return [lab.services[0]?.publish.length, problems.length];
	};
	t.deepEqual(published('open'), [1, 0]);
	t.deepEqual(published('shut, open'), [1, 0]);
	t.deepEqual(published('shut'), [0, 1]);
	t.deepEqual(published('shut', 'steps: [{do: [{connect: {service: web, network: open}}]}]'), [1, 0]);
});

test('a port is published on the address that its network binds to, so two networks may publish the same one', (t) => {
	const text = (address: string): string =>
		`services: {a: {ports: ["80:80"], networks: [one]}, b: {ports: ["${address}:80:80"], networks: [two]}}\nnetworks: {one: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}, two: }`;
	t.deepEqual(parseLab(text('127.0.0.2'), {file: 'x.yaml'}).problems, []);
	t.is(parseLab(text('127.0.0.1'), {file: 'x.yaml'}).problems[0]?.hint, 'Docker: "Bind for 127.0.0.1:80 failed: port is already allocated"');
});

test('a bridge may have the subnet of a LAN, and docker0 moves away from what its host has', (t) => {
	const text = (engine: string): string =>
		`lans: {office: {subnet: 172.17.0.0/24}}\nhosts: {h1: {nics: {eth0: {lan: office, ip: 172.17.0.5/24}}${engine}}}\nservices: {web: {networks: [front]}}\nnetworks: {front: {ipam: {config: [{subnet: 172.17.0.0/24}]}}}`;
	t.deepEqual(parseLab(text(''), {file: 'x.yaml'}).problems, []);
	t.is(parseLab(text(', docker: {bip: 172.17.0.1/16}'), {file: 'x.yaml'}).problems.length, 1);
	t.is(parseLab(text(', docker: {pools: [{base: 172.17.0.0/16, size: 28}]}'), {file: 'x.yaml'}).problems.length, 0);
});

test('networks of two hosts may have one subnet, and a service may join and leave in turn', (t) => {
	const {lab} = read(`
hosts: {h1: {}, h2: {}}
services:
  a: {host: h1, networks: [one]}
  b: {host: h2, networks: [two]}
  c: {host: h1, network_mode: bridge}
networks: {one: &n {ipam: {config: [{subnet: 10.1.0.0/24}]}}, two: *n}
steps:
  - do: [{connect: {service: c, network: one}}, {disconnect: {service: c, network: one}}]
  - do: {connect: {service: c, network: one}}
  - do: [{disconnect: {service: a, network: one}}, {dns: {from: a, name: c}}]
`);
	t.deepEqual(
		lab.networks.map((each) => each.driver === 'bridge' && each.host),
		['h1', 'h2'],
	);
	t.like(lab.steps[0]?.do[0], {do: 'connect', service: 'c', network: 'one', at: {line: 9, column: 11}});
	t.like(lab.steps[2]?.do[0], {do: 'disconnect', service: 'a', network: 'one'});
	t.like(lab.steps[2]?.do[1], {do: 'dns', from: 'a', name: 'c', server: undefined});
});

test('the check dns asks for an A record that is there, unless it says otherwise', (t) => {
	const {lab} = read(`
services: {web: {}}
expect:
  - dns: {from: web, name: web}
  - dns: {from: web, name: 172.18.0.2, type: PTR, server: 127.0.0.11, answers: [web.default]}
  - dns: {from: web, name: web, type: AAAA, answers: []}
  - dns: {from: web, name: nosuch, rcode: NXDOMAIN}
`);
	const [plain, ptr, none, unknown] = lab.steps[0]?.expect ?? [];
	t.deepEqual(plain, {check: 'dns', from: 'web', name: 'web', type: 'A', server: undefined, answers: undefined, rcode: 'NOERROR', at: {line: 4, column: 5}});
	t.like(ptr, {type: 'PTR', server: '127.0.0.11', answers: ['web.default']});
	t.like(none, {type: 'AAAA', answers: [], rcode: 'NOERROR'});
	t.like(unknown, {rcode: 'NXDOMAIN', answers: undefined});
});

test('an alias is a name that a URL may have', (t) => {
	t.notThrows(() => read('services: {web: {networks: {front: {aliases: [www]}}}}\nnetworks: {front: }\nexpect: [{http: {from: web, url: "http://www/"}}]'));
});
