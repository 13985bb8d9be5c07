// Right files: the Lab that comes out, with all defaults filled in. Golden file: test/golden/model; UPDATE=1 writes it anew.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import type {Lab, Service} from '../../src/model/lab.ts';
import {parseLab, renderProblems} from '../../src/model/parse.ts';

const examples = readdirSync(packageFile('scenarios')).filter((name) => name.endsWith('.yaml'));

function lab(text: string, env: Record<string, string | undefined> = {}): Lab {
	const parsed = parseLab(text, {file: 'test.veth.yaml', env});
	if (parsed.lab === undefined) {
		throw new Error(renderProblems(parsed.problems, text, 'test.veth.yaml'));
	}

	return parsed.lab;
}

function service(yaml: string, env: Record<string, string | undefined> = {}): Service {
	const [only] = lab(`services:\n  web: {network_mode: bridge, ${yaml}}\n`, env).services;
	if (only === undefined) {
		throw new Error('no service');
	}

	return only;
}

const isGood = test.macro<[string]>({
	exec(t, file) {
		const {lab: found, problems} = parseLab(readFileSync(packageFile(`scenarios/${file}`), 'utf8'), {file});
		// A Compose file may have keys without effect here; a file of our own has none.
		t.deepEqual(
			problems.filter(({level}) => level === 'error' || file.endsWith('.veth.yaml')),
			[],
		);
		t.truthy(found);
	},
	title: (_, file) => `${file} has no problems`,
});

for (const file of examples) {
	test(isGood, file);
}

test('bridge-publish.veth.yaml becomes this lab, in full', (t) => {
	const golden = packageFile('test/golden/model/bridge-publish.json');
	const {lab: found} = parseLab(readFileSync(packageFile('scenarios/bridge-publish.veth.yaml'), 'utf8'), {file: 'bridge-publish.veth.yaml'});
	const printed = `${JSON.stringify(found, undefined, '\t')}\n`;
	if (process.env['UPDATE'] === '1') {
		writeFileSync(golden, printed);
	}

	t.is(printed, readFileSync(golden, 'utf8'));
});

test('a lab is called like its file when the file gives no name', (t) => {
	const nameOf = (file: string): string | undefined => parseLab('services: {web: {network_mode: host}}', {file}).lab?.name;
	t.is(nameOf('/labs/nat.veth.yaml'), 'nat');
	t.is(nameOf('shop.compose.yml'), 'shop');
	t.is(nameOf('my first lab.yaml'), 'my-first-lab');
	t.is(nameOf('-.yaml'), 'lab');
});

test('without hosts there is one, h1, with a Docker engine and no NIC', (t) => {
	const {hosts, services, requires} = lab('services: {web: {network_mode: bridge}}');
	t.is(hosts.length, 1);
	t.like(hosts[0], {name: 'h1', nics: [], docker: {engine: '28', userlandProxy: true, iptables: true, ipForward: true, icc: true}});
	t.is(services[0]?.host, 'h1');
	t.deepEqual(requires, ['bridge', 'veth']);
});

test('a NIC gets its MTU from the LAN and a MAC from the seed, the same each time', (t) => {
	const text = (seed: number): string =>
		`seed: ${seed}\nlans: {a: {subnet: 10.0.0.0/24, mtu: 9000}}\nhosts: {h1: {nics: {eth0: {lan: a}, eth1: {lan: a, mtu: 1400, mac: "02:00:00:00:00:01"}}}}\n`;
	const [one, two] = lab(text(0)).hosts[0]?.nics ?? [];
	t.like(one, {dev: 'eth0', lan: 'a', address: undefined, mtu: 9000});
	t.like(two, {mtu: 1400, mac: '02:00:00:00:00:01'});
	t.regex(one?.mac ?? '', /^02(?::[\da-f]{2}){5}$/);
	t.is(lab(text(0)).hosts[0]?.nics[0]?.mac, one?.mac);
	t.not(lab(text(1)).hosts[0]?.nics[0]?.mac, one?.mac);
});

test('numbers where texts are expected stay as they are written', (t) => {
	t.is(lab('hosts: {h1: {docker: {engine: 20.10}}}').hosts[0]?.docker?.engine, '20.10');
	t.deepEqual(service('environment: {A: 1.10, B: true, C: 0x10}').environment, {A: '1.10', B: 'true', C: '0x10'});
});

test('environment is a map or a list; a name alone is taken from the environment', (t) => {
	t.deepEqual(service('environment: [A=1, B, C, D=x=y]', {B: '2'}).environment, {A: '1', B: '2', D: 'x=y'});
	t.deepEqual(service('environment: {A: 1, B: , C: ""}', {B: '2'}).environment, {A: '1', B: '2', C: ''});
	t.deepEqual(Object.entries(service('environment: ["__proto__=1"]').environment), [['__proto__', '1']]);
});

test('a command in one line is cut into words, entrypoint first', (t) => {
	t.deepEqual(service('image: lab/tools, command: "sh -c \'echo  a\' \\"b c\\" d\\\\ e"').command, ['sh', '-c', 'echo  a', 'b c', 'd e']);
	t.deepEqual(service('image: lab/tools, entrypoint: [httpd], command: [-p, 80]').command, ['httpd', '-p', '80']);
	t.is(service('image: lab/tools').command, undefined);
});

test('a foreign image becomes a stand-in that serves its name on the declared TCP ports', (t) => {
	const text = 'services: {web: {network_mode: bridge, image: "nginx:1.27", command: [nginx], ports: ["8080:80", "53:53/udp"], expose: [9000]}}';
	const {lab: found, problems} = parseLab(text, {file: 'x.yaml'});
	t.like(found?.services[0], {image: 'web', command: undefined});
	t.deepEqual(
		found?.services[0]?.serve.map(({kind, port}) => `${kind} ${port}`),
		['http 80', 'http 9000'],
	);
	t.like(found?.services[0]?.serve[0], {body: 'web', status: 200});
	t.deepEqual(
		problems.map(({level, where}) => `${level} ${where}`),
		['note services.web.image'],
	);
});

test('lab/tools serves nothing, lab/web without ports serves 80, `serve` decides for itself', (t) => {
	t.deepEqual(service('image: lab/tools, ports: ["80"]').serve, []);
	t.is(Number(service('image: lab/web').serve[0]?.port), 80);
	t.deepEqual(service('image: lab/web, serve: []').serve, []);
	t.deepEqual(
		service('serve: [{tcp: {port: 7, echo: true}}, {udp: {port: 7}}]').serve.map(({kind}) => kind),
		['tcp', 'udp'],
	);
});

test('mode host and none publish nothing, and say so in a note', (t) => {
	const text = 'services: {a: {network_mode: host, ports: ["80:80"]}, b: {network_mode: none, ports: ["80:80"]}}';
	const {lab: found, problems} = parseLab(text, {file: 'x.yaml'});
	t.deepEqual(
		found?.services.map(({publish}) => publish),
		[[], []],
	);
	t.deepEqual(
		problems.map(({level}) => level),
		['note', 'note'],
	);
	t.is(problems[0]?.what, 'Published ports are discarded when using host network mode');
});

test('mode container: the owner starts first, gives the host, and may be called by its container_name', (t) => {
	const {services} = lab(
		'hosts: {h1: {}, h2: {}}\nservices:\n  a: {network_mode: "container:owner"}\n  b: {host: h2, network_mode: bridge, container_name: owner}\n  c: {network_mode: "service:a", depends_on: {b: {condition: service_started}}}\n',
	);
	t.deepEqual(
		services.map(({host}) => host),
		['h2', 'h2', 'h2'],
	);
	t.deepEqual(services[0]?.attach, {mode: 'container', of: 'b'});
	t.deepEqual(services[2]?.dependsOn, ['b', 'a']);
});

test('steps come before the `expect` of the file, which is a step of its own', (t) => {
	const steps = (text: string): readonly string[] => lab(`services: {web: {network_mode: bridge}}\n${text}`).steps.map(({name}) => name);
	t.deepEqual(steps('expect: [{devs: {in: web, are: [lo]}}]'), ['after start']);
	t.deepEqual(steps('steps: [{name: a}, {}]\nexpect: []'), ['a', 'step 2', 'at the end']);
	t.is(lab('steps: [{within: 1m1.5s}]').steps[0]?.withinMs, 61_500);
	t.is(lab('steps: [{}]').steps[0]?.withinMs, 2000);
});

test('checks get their defaults', (t) => {
	const text = `
hosts: {h1: {nics: {eth0: {lan: office, ip: 10.0.0.1/24}}}}
lans: {office: {subnet: 10.0.0.0/24}}
services: {web: {network_mode: bridge}, db: {network_mode: bridge}, top: {network_mode: host}}
expect:
  - reach: {from: web, to: db}
  - reach: {from: web, to: db, port: 80}
  - process: {at: h1, name: docker-proxy}
  - rule: {host: h1, table: nat, chain: DOCKER, hits: ">= 2"}
  - exec: {in: web, cmd: "ip -br a | wc -l"}
  - unique: {what: ip, of: all}
  - unique: {what: mac, at: office}
  - bridge: {at: "h1:docker0", ports: ["web:eth0"], count: "==2"}
  - listen: {in: h1, port: 80}
`;
	const checks = lab(text).steps[0]?.expect ?? [];
	t.like(checks[0], {check: 'reach', protocol: 'icmp', result: 'ok', df: false});
	t.like(checks[1], {protocol: 'tcp', port: 80});
	t.like(checks[2], {host: 'h1', count: {is: '>=', value: 1}});
	t.like(checks[3], {exists: true, hits: {is: '>=', value: 2}});
	t.like(checks[4], {exit: 0, command: ['sh', '-c', 'ip -br a | wc -l']});
	t.like(checks[5], {of: ['web', 'db']});
	t.like(checks[6], {of: ['h1']});
	t.like(checks[7], {host: 'h1', dev: 'docker0', ports: ['web:eth0'], count: {is: '==', value: 2}});
	t.like(checks[8], {protocol: 'tcp', exists: true});
	t.deepEqual(checks[0]?.at, {line: 6, column: 5});
});

test('anchors, merge keys and x-vethlab are resolved', (t) => {
	const {services, steps} = lab(
		'x-base: &base {network_mode: bridge, environment: {A: 1}}\nservices:\n  web: {<<: *base, image: lab/tools}\n  db: {<<: [*base], network_mode: none}\nx-vethlab: {vethlab: 1, expect: [{devs: {in: web, are: [lo]}}]}\n',
	);
	t.deepEqual(
		services.map(({attach}) => attach.mode),
		['bridge', 'none'],
	);
	t.deepEqual(services[1]?.environment, {A: '1'});
	t.is(steps.length, 1);
});

test('variables are filled in before anything is checked', (t) => {
	t.is(Number(service('ports: ["${PORT:-8080}:80"]').publish[0]?.hostPorts?.first), 8080);
	t.is(Number(service('ports: ["${PORT:-8080}:80"]', {PORT: '9090'}).publish[0]?.hostPorts?.first), 9090);
	t.is(service('read_only: "${RO}"', {RO: 'true'}).readOnly, true);
});
