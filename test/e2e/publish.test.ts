// What a client of a published port gets, from where it asks: the rows of the real engine's records, 02 and 03 with docker-proxy, 21 without.
import test, {type ExecutionContext} from 'ava';
import {Sandbox, type Lab} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const lan = `
lans: {office: {subnet: 10.77.0.0/24}}
`;
const laptop = 'laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.77.0.100/24}}, routes: [{to: 172.17.0.0/16, via: 10.77.0.11}]}';
const peer = 'serve: [{http: {port: 80, echo: peer}}]';

const withProxy = `
vethlab: 1
${lan}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}, docker: {engine: "28"}}
  ${laptop}
services:
  c1: {host: h1, network_mode: bridge, ${peer}, ports: ["8080:80"]}
  c2: {host: h1, network_mode: bridge, image: lab/tools}
  local: {host: h1, network_mode: bridge, ${peer}, ports: ["127.0.0.1:8081:80"]}
  udp: {host: h1, network_mode: bridge, serve: [{udp: {port: 53}}], ports: ["53:53/udp"]}
  range: {host: h1, network_mode: bridge, serve: [{http: {port: 9001, echo: peer}}], ports: ["9000-9002:9000-9002"]}
  random: {host: h1, network_mode: bridge, ${peer}, ports: ["80"]}
  one: {host: h1, network_mode: bridge, ${peer}, ports: ["10.77.0.11:8083:80"]}
  six: {host: h1, network_mode: bridge, ${peer}, ports: ["[::1]:8084:80"]}
  first: {host: h1, network_mode: bridge, ${peer}, ports: ["8085-8087:80"]}
`;

const withoutProxy = `
vethlab: 1
${lan}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}, docker: {engine: "28", userland_proxy: false}}
  ${laptop}
services:
  c1: {host: h1, network_mode: bridge, ${peer}, ports: ["8080:80"]}
  c2: {host: h1, network_mode: bridge, image: lab/tools}
`;

let proxied: Lab;
let unproxied: Lab;
test.before(async () => {
	[proxied, unproxied] = await Promise.all([sandbox.up(withProxy, 'with'), sandbox.up(withoutProxy, 'without')]);
	const servers = ['c1', 'local', 'random', 'one', 'six', 'first'];
	await Promise.all([
		...servers.map(async (name) => proxied.httpSoon(name, 'http://127.0.0.1/')),
		unproxied.httpSoon('c1', 'http://127.0.0.1/'),
		proxied.httpSoon('range', 'http://127.0.0.1:9001/'),
	]);
});

/** Who, and what. */
type Asks = readonly [from: string, url: string];

/** `http` answers with the client's address as the server sees it. */
const sees = test.macro({
	async exec(t: ExecutionContext, lab: () => Lab, asks: Asks, seen: string) {
		t.is(await lab().http(asks[0], asks[1], seen === 'timeout' ? 1500 : undefined), seen);
	},
	title: (title: string | undefined, _lab: () => Lab, asks: Asks, seen: string) => `${title ?? ''}: ${asks[0]} asks ${asks[1]}: ${seen}`,
});
const proxy = (): Lab => proxied;
const noProxy = (): Lab => unproxied;

test('02', sees, proxy, ['laptop', 'http://10.77.0.11:8080/'], '10.77.0.100');
test('02', sees, proxy, ['h1', 'http://127.0.0.1:8080/'], '172.17.0.1');
test('02', sees, proxy, ['h1', 'http://10.77.0.11:8080/'], '10.77.0.11');
test('02', sees, proxy, ['h1', 'http://172.17.0.1:8080/'], '172.17.0.1');
test('02', sees, proxy, ['h1', 'http://[::1]:8080/'], '172.17.0.1');
test('02', sees, proxy, ['c2', 'http://10.77.0.11:8080/'], '172.17.0.1');
test('02', sees, proxy, ['c2', 'http://172.17.0.1:8080/'], '172.17.0.1');
test('02, hairpin', sees, proxy, ['c1', 'http://10.77.0.11:8080/'], '172.17.0.1');
test('02, a route to the container itself', sees, proxy, ['laptop', 'http://172.17.0.2:80/'], 'timeout');

test('03, published on 127.0.0.1', sees, proxy, ['laptop', 'http://10.77.0.11:8081/'], 'refused');
test('03, published on 127.0.0.1', sees, proxy, ['h1', 'http://127.0.0.1:8081/'], '172.17.0.1');
test('03, published on 127.0.0.1', sees, proxy, ['h1', 'http://10.77.0.11:8081/'], 'refused');
test('03, a range', sees, proxy, ['laptop', 'http://10.77.0.11:9001/'], '10.77.0.100');
test('03, nobody listens in the container', sees, proxy, ['laptop', 'http://10.77.0.11:9000/'], 'refused');
test('03, nobody listens in the container', sees, proxy, ['h1', 'http://127.0.0.1:9000/'], 'closed');
test('03, a random port', sees, proxy, ['laptop', 'http://10.77.0.11:32768/'], '10.77.0.100');
test('03, published on one address', sees, proxy, ['laptop', 'http://10.77.0.11:8083/'], '10.77.0.100');
test('03, published on one address', sees, proxy, ['h1', 'http://127.0.0.1:8083/'], 'refused');
test('03, published on [::1]', sees, proxy, ['h1', 'http://[::1]:8084/'], '172.17.0.1');
test('03, published on [::1]', sees, proxy, ['laptop', 'http://10.77.0.11:8084/'], 'refused');
test('03, the first free of a range', sees, proxy, ['laptop', 'http://10.77.0.11:8085/'], '10.77.0.100');

test('21', sees, noProxy, ['laptop', 'http://10.77.0.11:8080/'], '10.77.0.100');
test('21', sees, noProxy, ['h1', 'http://127.0.0.1:8080/'], '172.17.0.1');
test('21', sees, noProxy, ['h1', 'http://10.77.0.11:8080/'], '172.17.0.1');
test('21', sees, noProxy, ['h1', 'http://[::1]:8080/'], 'refused');
test('21', sees, noProxy, ['c2', 'http://10.77.0.11:8080/'], '172.17.0.3');
test('21, hairpin', sees, noProxy, ['c1', 'http://10.77.0.11:8080/'], '172.17.0.1');

test('03, udp: the LAN by DNAT keeps its address, the host by docker-proxy loses it', async (t) => {
	t.is(await proxied.udp('laptop', '10.77.0.11', 53), '10.77.0.100');
	t.is(await proxied.udp('h1', '127.0.0.1', 53), '172.17.0.1');
	t.is(await proxied.udp('h1', '10.77.0.11', 53), '10.77.0.11');
});

test('21: without docker-proxy the engine itself holds the port, so that no other process can', async (t) => {
	const {exit, stderr} = await unproxied.exec('h1', 'httpd', '-p', '8080');
	t.is(exit, 1);
	t.regex(stderr, /Address already in use/);
	t.deepEqual(
		(await unproxied.client.call('processes', {host: 'h1'})).filter(({name}) => name === 'docker-proxy'),
		[],
	);
});

test('ps and ports show what docker ps and docker port show', async (t) => {
	const ps = (await proxied.vethlab('ps')).stdout;
	t.regex(ps, /^six +h1 +bridge .* {2}\[::1\]:8084->80\/tcp$/m);
	t.regex(ps, /^random .* {2}0\.0\.0\.0:32768->80\/tcp, \[::\]:32768->80\/tcp$/m);
	const ports = (await proxied.vethlab('ports', 'h1')).stdout;
	t.regex(ports, /^h1 +127\.0\.0\.1 +8081\/tcp +local +80\/tcp +pid \d+$/m);
	t.regex((await unproxied.vethlab('ports')).stdout, /^h1 +0\.0\.0\.0 +8080\/tcp +c1 +80\/tcp +-$/m);
});
