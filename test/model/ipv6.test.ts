// IPv6 in files: networks, endpoints, docker0, LANs and machines. What is refused is in scenarios/invalid/ipv6-*.
import test from 'ava';
import type {Lab} from '../../src/model/lab.ts';
import {parseLab, renderProblems} from '../../src/model/parse.ts';

function read(text: string): Lab {
	const {lab, problems} = parseLab(text, {file: 'test.veth.yaml'});
	if (lab === undefined) {
		throw new Error(renderProblems(problems, text, 'test.veth.yaml'));
	}

	return lab;
}

test('a network has the addresses of both families, whatever their order in the file', (t) => {
	const {networks} = read(`
services: {web: {networks: {app: {ipv6_address: "FD00:77:0::0005"}}}}
networks:
  app:
    enable_ipv6: true
    ipam:
      config:
        - {subnet: "fd00:77:0:0::/64", ip_range: "fd00:77::100/120", gateway: "fd00:77::0:1", aux_addresses: {one: "fd00:77::0101"}}
        - {subnet: 172.30.0.0/24, gateway: 172.30.0.9}
`);
	t.deepEqual(networks[0]?.ipam, {subnet: '172.30.0.0/24', range: undefined, gateway: '172.30.0.9', reserved: []});
	t.deepEqual(networks[0]?.ipam6, {subnet: 'fd00:77::/64', range: 'fd00:77::100/120', gateway: 'fd00:77::1', reserved: ['fd00:77::101']});
});

test('an IPv6 address is written in one way', (t) => {
	const {services} = read(
		'services: {web: {networks: {app: {ipv6_address: "FD00:77:0::0005"}}}}\nnetworks: {app: {enable_ipv6: true, ipam: {config: [{subnet: "fd00:77::/64"}]}}}',
	);
	const attach = services[0]?.attach;
	t.is(attach?.mode === 'networks' ? attach.endpoints[0]?.address6 : undefined, 'fd00:77::5');
});

test('and so is the one that a port is published on', (t) => {
	const {services} = read('services: {web: {ports: ["[FD00:50:0::10]:8080:80"]}}');
	t.is(services[0]?.publish[0]?.hostAddress, 'fd00:50::10');
});

test('a network can do without IPv4', (t) => {
	const {networks} = read(
		'services: {web: {networks: [n]}}\nnetworks: {n: {enable_ipv4: false, enable_ipv6: true, ipam: {config: [{subnet: "fd00:77::/64"}]}}}',
	);
	t.is(networks[0]?.ipam, undefined);
	t.is(networks[0]?.ipam6?.subnet, 'fd00:77::/64');
});

test('without enable_ipv6 a network has none', (t) => {
	const network = (yaml: string): Lab['networks'][number] | undefined => read(`services: {web: {networks: [a]}}\nnetworks: {a: ${yaml}}`).networks[0];
	t.is(network('{ipam: {config: [{subnet: "fd00:77::/64"}]}}')?.ipam6, undefined);
	t.is(network('{enable_ipv6: false}')?.ipam6, undefined);
	t.deepEqual(network('{enable_ipv6: true}')?.ipam6, {subnet: undefined, range: undefined, gateway: undefined, reserved: []});
});

test('a network from outside has IPv6 when somebody has an address of it', (t) => {
	const {networks} = read('services: {web: {networks: {a: {ipv6_address: "fd00:77::5"}}}}\nnetworks: {a: {external: true}}');
	t.is(networks[0]?.ipam6?.subnet, 'fd00:77::/64');
	t.is(read('services: {web: {networks: [a]}}\nnetworks: {a: {external: true}}').networks[0]?.ipam6, undefined);
});

test('docker0 has IPv6 when its engine is told so', (t) => {
	const engine = (yaml: string): Lab['hosts'][number]['docker'] => read(`hosts: {h1: {docker: {${yaml}}}}`).hosts[0]?.docker;
	t.is(engine('')?.ipv6, undefined);
	t.is(engine('')?.ip6tables, undefined);
	t.deepEqual(engine('ipv6: true')?.ipv6, {fixedCidr: undefined});
	t.deepEqual(engine('ipv6: true, fixed_cidr_v6: "fd00:d0:0::/64"')?.ipv6, {fixedCidr: 'fd00:d0::/64'});
	t.is(engine('engine: "20.10", ip6tables: true')?.ip6tables, true);
	t.is(engine('ip6tables: false')?.ip6tables, false);
});

test('LANs and machines have IPv6 addresses, a gateway and routes', (t) => {
	const {lans, hosts} = read(`
lans: {office: {subnet: 192.168.50.0/24, subnet6: "fd00:50::/64"}}
hosts:
  gw: {docker: false, nics: {eth0: {lan: office, ip6: "FD00:50::1/64"}}}
  h1:
    nics: {eth0: {lan: office, ip: 192.168.50.10/24, ip6: "fd00:50::10/64"}}
    gateway6: "fd00:50:0::1"
    routes: [{to: "fd00:77::/64", via: "fd00:50::1"}]
`);
	t.is(lans[0]?.subnet6, 'fd00:50::/64');
	t.is(hosts[0]?.nics[0]?.address, undefined);
	t.is(hosts[0]?.nics[0]?.address6, 'fd00:50::1/64');
	t.is(hosts[1]?.gateway6, 'fd00:50::1');
	t.deepEqual(hosts[1]?.routes, [{to: 'fd00:77::/64', via: 'fd00:50::1', dev: undefined}]);
});
