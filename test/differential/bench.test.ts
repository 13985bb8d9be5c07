// The docker part of `vethlab bench --peers` beside a real engine: it measures, and what it made is gone afterwards.
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import type {PeerResult} from '../../src/cli/bench/peers/index.ts';
import {planLab} from '../../src/drivers/index.ts';
import {run, Sandbox} from '../e2e/lab.ts';
import {labOf} from '../e2e/read.ts';
import {needs} from '../needs.ts';
import {installed, RealEngine} from './real-engine.ts';

const alone = `
vethlab: 1
lans: {office: {subnet: 10.77.0.0/24}}
hosts: {h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}}}
`;

// hooks do not run when all is skipped
let sandbox: Sandbox;
test.before(() => {
	sandbox = new Sandbox();
});
test.after.always(async () => sandbox.close());

needs('dockerd')('bench --peers measures a real engine, and leaves none of its containers and images', async (t) => {
	const {docker} = await installed();
	const engine = await RealEngine.start(planLab(labOf(alone)).units, docker);
	try {
		const images = async (): Promise<readonly string[]> => (await engine.docker('docker images -a -q')).split('\n').toSorted();
		const before = await images();
		const [host] = await engine.nodes();
		const enter = ['nsenter', '--target', String(host?.pid), '--mount', '--net', '--pid', '--uts', 'env', 'DOCKER_HOST=unix:///run/h1/docker.sock'];
		const {exit, stdout, stderr} = await run([...enter, process.execPath, packageFile('dist/cli.js'), 'bench', '--peers', '--sizes', '2', '--json'], {
			env: sandbox.env,
		});
		t.is(exit, 0, stderr);
		const measured = (JSON.parse(stdout) as readonly PeerResult[]).find(({name}) => name === 'docker');
		t.is(measured?.why, undefined);
		t.is(measured?.count, 2);
		t.true((measured?.times?.upMs ?? 0) > 0 && (measured?.times?.downMs ?? 0) > 0);
		t.is(await engine.docker('docker ps -a -q'), '');
		t.deepEqual(await images(), before);
	} finally {
		await engine.close();
	}
});
