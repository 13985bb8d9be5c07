import test from 'ava';
import {planLab} from '../../src/drivers/index.ts';
import {countedNodes} from '../../src/engine/counters.ts';
import {readLab} from '../e2e/read.ts';

test('counted are the links of hosts and LANs, and of a container only where its link has no other end there', (t) => {
	const lab = readLab('scenarios/macvlan.veth.yaml');
	const nodes = countedNodes(lab, planLab(lab).allocations);
	t.deepEqual(nodes, [
		{node: 'gw', netns: 'gw'},
		{node: 'h1', netns: 'h1'},
		{node: 'laptop', netns: 'laptop'},
		{node: 'office', netns: 'lan:office'},
		{node: 'cam1', netns: 'cam1'},
		{node: 'cam2', netns: 'cam2'},
		{node: 'cam3', netns: 'cam3'},
		{node: 'cam4', netns: 'cam4'},
		{node: 'stray', netns: 'stray'},
	]);
	const bridged = readLab('scenarios/user-bridge.veth.yaml');
	t.deepEqual(
		countedNodes(bridged, planLab(bridged).allocations).map(({node}) => node),
		['h1', 'laptop', 'office'],
	);
});

test('before a lab has its addresses, its hosts and LANs are counted', (t) => {
	const lab = readLab('scenarios/macvlan.veth.yaml');
	t.deepEqual(
		countedNodes(lab, undefined).map(({node}) => node),
		['gw', 'h1', 'laptop', 'office'],
	);
});
