// The pure parts of the bench: its lab, its statistics, its table, the texts of the peers. What it measures is for people to judge, not for tests.
import test from 'ava';
import {isReached, type Figure} from '../../src/cli/bench/figure.ts';
import {benchLab, type BenchMode} from '../../src/cli/bench/lab.ts';
import {Gauge} from '../../src/cli/bench/machine.ts';
import {topology} from '../../src/cli/bench/peers/containerlab.ts';
import {peersReport} from '../../src/cli/bench/peers/index.ts';
import {shellScript} from '../../src/cli/bench/peers/shell.ts';
import {reportOf, type Report} from '../../src/cli/bench/report.ts';
import {crowdLab, modeLab, wiredModes} from '../../src/cli/bench/mode-labs.ts';
import {median, ratio, sampleOf} from '../../src/cli/bench/statistics.ts';
import {planLab} from '../../src/drivers/index.ts';
import {parseLab} from '../../src/model/parse.ts';
import type {Lab} from '../../src/model/lab.ts';

function labOf(count: number, mode?: BenchMode): Lab | undefined {
	return parseLab(benchLab('bench', count, mode).text, {file: 'bench.veth.yaml', env: {}}).lab;
}

test('the median of an even count lies between the two in the middle, and no value has none', (t) => {
	t.is(median([3, 1, 2]), 2);
	t.is(median([4, 1, 2, 10]), 3);
	t.true(Number.isNaN(median([])));
	t.deepEqual(sampleOf([5, 3, 4]), {median: 4, minimum: 3});
	t.true(Number.isNaN(sampleOf([]).minimum));
});

test('a ratio is that of the medians, and that of the minima', (t) => {
	t.deepEqual(ratio({median: 6, minimum: 3}, {median: 4, minimum: 2}), {median: 1.5, minimum: 1.5});
});

for (const mode of ['bridge', 'host', 'none', 'container'] as const) {
	test(`the lab of mode ${mode} is a right one, with every container in it`, (t) => {
		const lab = labOf(30, mode);
		t.is(lab?.services.length, 30);
		const modes = new Set(lab?.services.slice(1).map(({attach}) => attach.mode));
		t.deepEqual([...modes], [mode]);
	});
}

for (const mode of wiredModes) {
	test(`the lab that shows what mode ${mode} costs is a right one, and its request goes to a container of it`, (t) => {
		const {lab, problems} = parseLab(modeLab('bench', 300, mode).text, {file: 'bench.veth.yaml', env: {}});
		t.deepEqual(problems, []);
		t.is(lab?.services.length, mode === 'overlay' ? 302 : 301);
		const units = lab === undefined ? [] : planLab(lab).units;
		const addresses = units.flatMap(({ops}) => ops.flatMap((op) => (op.do === 'addr.add' && op.netns === 'c300' ? [op.address.split('/')[0]] : [])));
		const [request] = modeLab('bench', 300, mode).requests;
		t.is(request === undefined, mode === 'none');
		t.true((mode !== 'bridge' && mode !== 'published') || addresses.some((address) => request?.url === `http://${address}/`));
	});
}

test('the lab of many networks has so many of them, and so many containers on each', (t) => {
	const {lab, problems} = parseLab(crowdLab('bench', 100, 5).text, {file: 'bench.veth.yaml', env: {}});
	t.deepEqual(problems, []);
	t.is(lab?.networks.length, 100);
	t.is(lab?.services.length, 500);
});

test('the requests of a bench go to the last published port, from another machine and from its own host', (t) => {
	const lab = labOf(7);
	const port = lab?.services.at(-1)?.attach;
	t.is(port?.mode, 'bridge');
	const {requests} = benchLab('bench', 7);
	t.deepEqual(
		requests.map(({from}) => from),
		['laptop', 'h1'],
	);
	const published = lab === undefined ? [] : planLab(lab).units.flatMap(({ops}) => ops.flatMap((op) => (op.do === 'port.bind' ? [op.port] : [])));
	const last = Math.max(...published);
	t.true(requests.every(({url}) => url.endsWith(`:${last}/`)));
	t.deepEqual(benchLab('bench', 7, 'none').requests, []);
});

const upWall: Figure = {what: 'up', unit: 'ms', ours: {median: 260, minimum: 240}, floor: {median: 200, minimum: 200}, goal: {atMost: 1.3, of: 'ratio'}};

test('a goal of a ratio is judged by the medians, any other by our own', (t) => {
	t.true(isReached(upWall));
	t.false(isReached({...upWall, ours: {median: 261, minimum: 100}}));
	t.true(isReached({...upWall, goal: {atMost: 260, of: 'ours'}}));
	t.is(isReached({what: 'up', unit: 'ms', ours: upWall.ours}), undefined);
	t.false(isReached({what: 'up', unit: 'ms', ours: upWall.ours, goal: {atMost: 9, of: 'ratio'}}), 'a ratio without a floor is not reached');
	t.false(isReached({...upWall, ours: sampleOf([])}), 'nothing measured is not reached');
});

const report: Report = {
	surroundings: {version: '0.1.0', node: '20.19.0', kernel: '6.18.0', cores: 2, load: 0.5, user: 'root'},
	speeds: [
		{readNs: 118.4, multiplyNs: 1.02},
		{readNs: 164.6, multiplyNs: 1.019},
	],
	figures: [
		upWall,
		{what: 'engine', unit: 'MB', ours: {median: 142.3, minimum: 142.3}, goal: {atMost: 100, of: 'ours'}},
		{what: 'quiet', unit: 'bytes', ours: {median: 0, minimum: 0}, goal: {atMost: 0, of: 'ours'}},
		{what: 'share', unit: 'MB', ours: {median: 0.05, minimum: 0.05}},
	],
	absent: [{what: 'down', why: 'something is left'}],
};

test('the report has a line for each figure: mark, what, ours, floor, ratio and goal', (t) => {
	const lines = reportOf(report).split('\n').slice(-7);
	t.deepEqual(lines, [
		'   what    vethlab       floor   ratio          goal',
		'✔  up      260 ms (240)  200 ms  1.30x (1.20x)  <= 1.30x',
		'✘  engine  142 MB                               <= 100 MB',
		'✔  quiet   0 bytes                              <= 0 bytes',
		'   share   0.05 MB',
		'',
		'not measured: down: something is left',
	]);
});

test('the report says on what it was measured, and when the machine was too busy to believe it', (t) => {
	t.is(reportOf(report).split('\n')[0], 'vethlab 0.1.0, Node 20.19.0, Linux 6.18.0, root, 2 cores, load 0.5');
	t.regex(reportOf({...report, surroundings: {...report.surroundings, load: 6}}).split('\n')[0] ?? '', /load 6\.0, which is busy/);
	t.is(reportOf(report).split('\n')[1], 'meanwhile a read of memory that no cache has took 118 to 165 ns, a multiplication 1.02 ns');
});

test('how fast the machine is at the moment is measured by work that takes its time', (t) => {
	const {readNs, multiplyNs} = new Gauge().read();
	t.true(readNs > multiplyNs && multiplyNs > 0.05, `${readNs} ns, ${multiplyNs} ns`);
});

test('the script of the shell peer makes every object of the plan by a command of its own, and writes no file of the machine', (t) => {
	const commands = shellScript(3)
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'));
	t.is(commands.filter((line) => line.includes(' type veth ')).length, 5);
	t.is(commands.filter((line) => line.includes('-j DNAT')).length, 3);
	t.is(commands.filter((line) => line.startsWith('ip netns add')).length, 6);
	t.false(commands.some((line) => line.includes('/etc/') || line.includes('docker-proxy') || line.includes('crun')));
});

test('the topology of the containerlab peer has a node and a port for each', (t) => {
	const text = topology('bench', 'bench:web', 12);
	t.is(text.split('\n').filter((line) => line.includes('kind: linux')).length, 12);
	t.is(new Set([...text.matchAll(/127\.0\.0\.1:(\d+):80/g)].map((match) => match[1])).size, 12);
});

test('the table of peers says why one is not in it', (t) => {
	const about = {makes: 'containers', count: 10};
	const text = peersReport([
		{...about, name: 'vethlab', times: {upMs: 412, downMs: 130}, why: undefined},
		{...about, name: 'shell', times: {upMs: 1412, downMs: undefined}, why: undefined},
		{...about, name: 'docker', times: undefined, why: 'it is not installed'},
	]);
	t.deepEqual(text.split('\n'), [
		'peer     n   up      down    what it makes',
		'vethlab  10  0.41 s  0.13 s  containers',
		'shell    10  1.41 s          containers',
		'',
		'not measured: docker: it is not installed',
	]);
});
