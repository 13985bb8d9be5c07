// What can be done to a lab that runs, and what the lab looks like after it. What published ports answer: publish.test.ts.
import test from 'ava';
import {endsWith, eventually, type Lab, Sandbox, unordered} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {office: {subnet: 10.77.0.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}, docker: {engine: "28"}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.77.0.100/24}}}
services:
  web: {host: h1, network_mode: bridge, serve: [{http: {port: 80, echo: peer}}], ports: ["8080:80"]}
  guest: {host: h1, network_mode: "service:web", image: lab/tools}
  tools: {host: h1, network_mode: bridge, image: lab/tools}
  late: {host: h1, network_mode: bridge, serve: [{http: {port: 80, echo: peer}}], ports: ["8099:80"]}
`;
const published = 'http://10.77.0.11:8080/';

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(text);
});

/** Something listens on a port of h1 until the returned function is called. */
async function occupy(port: number): Promise<() => Promise<void>> {
	const running = lab.client.attach({where: 'h1', command: ['httpd', '-f', '-p', String(port)], terminal: undefined});
	await eventually(async () => (await lab.client.call('listeners', {node: 'h1'})).some((one) => one.port === port));
	return async () => {
		await lab.act({do: 'signal', host: 'h1', process: 'httpd', signal: 'KILL'});
		await running.ended;
	};
}

test.serial("stop takes a container's network down and keeps its files; start makes all of it again", async (t) => {
	const before = await lab.stateOf('h1');
	await lab.exec('web', 'sh', '-c', 'echo kept > /root/note');
	await lab.act({do: 'stop', service: 'web'});
	t.is((await lab.container('web'))?.state, 'exited');
	t.is(await lab.http('laptop', published), 'refused');
	const {links} = await lab.client.call('net', {node: 'h1'});
	t.is(links.filter(({master}) => master === 'docker0').length, 2);
	t.deepEqual(
		(await lab.client.call('net', {node: 'guest'})).links.map(({name}) => name),
		['lo'],
		'the guest of a stopped owner is left with lo',
	);
	await t.throwsAsync(lab.exec('web', 'true'), {code: 'E_CONFLICT'});

	await lab.act({do: 'start', service: 'web'});
	t.is(await lab.httpSoon('laptop', published), '10.77.0.100');
	t.is((await lab.exec('web', 'cat', '/root/note')).stdout, 'kept\n');
	t.deepEqual(
		(await lab.client.call('net', {node: 'guest'})).links.map(({name}) => name),
		['lo'],
		'its old stack does not come back',
	);
	await lab.act({do: 'restart', service: 'guest'});
	t.is(await lab.httpSoon('guest', 'http://127.0.0.1/'), '127.0.0.1');
	t.deepEqual(unordered(await lab.stateOf('h1')), unordered(before));
});

test.serial('what is there already is no mistake: start what runs, stop what stands', async (t) => {
	await lab.act({do: 'start', service: 'tools'});
	await lab.act({do: 'stop', service: 'tools'});
	await lab.act({do: 'stop', service: 'tools'});
	t.is((await lab.container('tools'))?.state, 'exited');
	await lab.act({do: 'start', service: 'tools'});
	t.is((await lab.container('tools'))?.state, 'running');
});

test.serial('a container whose process ends is taken down and shown with its exit code', async (t) => {
	// PID 1 of a namespace loses a signal that it has no handler for yet (pid_namespaces(7)): it may have just begun
	const hasExited = await eventually(async () => {
		await lab.exec('tools', 'sh', '-c', 'kill -TERM 1').catch(() => undefined);
		return (await lab.container('tools'))?.state === 'exited';
	});
	t.true(hasExited);
	t.true(await eventually(async () => (await lab.client.call('net', {node: 'h1'})).links.filter(({master}) => master === 'docker0').length === 2));
	t.regex((await lab.vethlab('ps')).stdout, /^tools +h1 +bridge +exited \(\d+\)/m);
	await lab.act({do: 'start', service: 'tools'});
});

test.serial("a guest cannot start while its owner stands, in Docker's words", async (t) => {
	await lab.act({do: 'stop', service: 'guest'});
	await lab.act({do: 'stop', service: 'web'});
	await t.throwsAsync(lab.act({do: 'start', service: 'guest'}), {
		code: 'E_CONFLICT',
		message: /cannot join network namespace of a non running container: container web is exited/,
	});
	await lab.act({do: 'start', service: 'web'});
	await lab.act({do: 'start', service: 'guest'});
	t.is((await lab.container('guest'))?.state, 'running');
});

test.serial("a port that another process has: the start fails in Docker's words and leaves nothing, later it works", async (t) => {
	await lab.act({do: 'stop', service: 'late'});
	const free = await occupy(8099);
	const before = await lab.stateOf('h1');
	await t.throwsAsync(lab.act({do: 'start', service: 'late'}), {
		code: 'E_PORT_TAKEN',
		message: /failed to bind host port for 0\.0\.0\.0:8099:?.*\/tcp: address already in use/,
	});
	t.deepEqual(await lab.stateOf('h1'), before);
	t.is((await lab.container('late'))?.state, 'exited');
	await free();
	await lab.act({do: 'start', service: 'late'});
	t.is(await lab.httpSoon('laptop', 'http://10.77.0.11:8099/'), '10.77.0.100');
});

test.serial('a port published later works, and one that cannot be leaves everything as before', async (t) => {
	const free = await occupy(8111);
	const before = await lab.stateOf('h1');
	const taken = await lab.vethlab('publish', 'tools', '8111:80');
	t.is(taken.exit, 4);
	t.regex(taken.stderr, /8111.*\[E_PORT_TAKEN\]/);
	t.deepEqual(await lab.stateOf('h1'), before);
	const allocated = await lab.vethlab('publish', 'tools', '8080:80');
	t.is(allocated.exit, 4);
	t.regex(allocated.stderr, /Bind for 0\.0\.0\.0:8080 failed: port is already allocated {2}\[E_PORT_TAKEN\]/);
	t.deepEqual(await lab.stateOf('h1'), before);
	await free();
	await endsWith(t, lab.vethlab('publish', 'web', '8111:80'));
	t.is(await lab.httpSoon('laptop', 'http://10.77.0.11:8111/'), '10.77.0.100');
	t.true((await lab.container('web'))?.published.some(({hostPort}) => hostPort === 8111));
});

test.serial('a docker-proxy that is stopped: the LAN gets through by DNAT, 127.0.0.1 hangs, and goes on when it goes on', async (t) => {
	await lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'STOP'});
	// the tests after this one need it, whatever becomes of this
	t.teardown(async () => lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'CONT'}));
	t.is(await lab.httpSoon('laptop', published), '10.77.0.100');
	t.is(await lab.http('h1', 'http://127.0.0.1:8080/', 700), 'timeout');
	await lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'CONT'});
	t.is(await lab.http('h1', 'http://127.0.0.1:8080/'), '172.17.0.1');
	await t.throwsAsync(lab.act({do: 'signal', host: 'h1', process: 'nosuch', signal: 'TERM'}), {code: 'E_NAME_UNKNOWN'});
});

test.serial('stopping the engine stops its containers and leaves docker0; starting it makes its rules anew', async (t) => {
	await lab.act({do: 'daemon', host: 'h1', action: 'stop'});
	t.deepEqual((await lab.client.call('net', {node: 'h1'})).links.map(({name}) => name).toSorted(), ['docker0', 'eth0', 'lo']);
	t.is((await lab.container('web'))?.state, 'exited');
	await t.throwsAsync(lab.act({do: 'start', service: 'web'}), {code: 'E_CONFLICT', message: /Cannot connect to the Docker daemon/});
	await lab.act({do: 'daemon', host: 'h1', action: 'start'});
	for (const service of ['web', 'guest', 'tools', 'late']) {
		// oxlint-disable-next-line no-await-in-loop -- in the file's order, which is that of addresses
		await lab.act({do: 'start', service});
	}

	t.is(await lab.httpSoon('laptop', published), '10.77.0.100');
	const before = await lab.stateOf('h1');
	await lab.act({do: 'daemon', host: 'h1', action: 'restart'});
	for (const service of ['web', 'guest', 'tools', 'late']) {
		// oxlint-disable-next-line no-await-in-loop -- as above
		await lab.act({do: 'start', service});
	}

	t.deepEqual(unordered(await lab.stateOf('h1')), unordered(before), 'rules do not pile up');
});

test.serial('rm forgets a container: its name is unknown, its files and network are gone', async (t) => {
	await endsWith(t, lab.vethlab('rm', 'late'));
	t.is(await lab.container('late'), undefined);
	const again = await lab.vethlab('start', 'late');
	t.is(again.exit, 2);
	t.regex(again.stderr, /\[E_NAME_UNKNOWN\]/);
	t.is(await lab.http('laptop', 'http://10.77.0.11:8099/'), 'refused');
	await t.throwsAsync(lab.exec('late', 'true'), {code: 'E_NAME_UNKNOWN'});
});

test.serial('many changes at once are done one after the other and end in the state of the last', async (t) => {
	const before = await lab.stateOf('h1');
	await Promise.all(Array.from({length: 6}, async (_, turn) => lab.act({do: turn % 2 === 0 ? 'stop' : 'start', service: 'tools'})));
	t.deepEqual(unordered(await lab.stateOf('h1')), unordered(before));
});
