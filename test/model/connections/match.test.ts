import test from 'ava';
import {isMeant, type WantedFlow} from '../../../src/model/connections/match.ts';
import type {ObservedFlow} from '../../../src/model/observed.ts';
import {flowOf} from './flows.ts';

const published = flowOf(1, '192.168.50.12:4000 > 192.168.50.10:8080', '172.17.0.2:80 > 192.168.50.12:4000');
const out = flowOf(2, '172.17.0.3:4000 > 192.168.50.12:80', '192.168.50.12:80 > 192.168.50.10:4000', {state: 'SYN_SENT', hasReply: false, isAssured: false});
const v6 = flowOf(3, '[fd00::3]:5353 > [fd00::1]:53', undefined, {protocol: 'udp', state: undefined, isAssured: false});

const finds = test.macro({
	exec(t, wanted: WantedFlow, found: readonly number[]) {
		const flows: readonly ObservedFlow[] = [published, out, v6];
		t.deepEqual(
			flows.filter((flow) => isMeant(flow, wanted)).map(({id}) => id),
			found,
		);
	},
	title: (_title, wanted: WantedFlow) => `connections with ${JSON.stringify(wanted)}`,
});

test(finds, {}, [1, 2, 3]);
test(finds, {protocol: 'udp'}, [3]);
test(finds, {orig: {src: '192.168.50.12'}}, [1]);
test(finds, {orig: {src: '172.17.0.0/16'}}, [2]);
test(finds, {orig: {dst: 'fd00::/64', dport: 53}}, [3]);
test(finds, {orig: {sport: 4000}}, [1, 2]);
test(finds, {reply: {src: '172.17.0.2', sport: 80}}, [1]);
test(finds, {nat: 'source'}, [2]);
test(finds, {nat: 'none'}, [3]);
test(finds, {sourceNat: true}, [2]);
test(finds, {sourceNat: '192.168.50.0/24'}, [2]);
test(finds, {destinationNat: '172.17.0.2'}, [1]);
test(finds, {destinationNat: '172.17.0.3'}, []);
test(finds, {state: 'SYN_SENT'}, [2]);
test(finds, {status: 'ASSURED'}, [1]);
test(finds, {status: 'SEEN_REPLY'}, [1, 3]);
test(finds, {status: 'UNREPLIED'}, [2]);
