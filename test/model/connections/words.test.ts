import test from 'ava';
import {destinationText, endText, halfText, marksText, protocolText, spanText, stateText} from '../../../src/model/connections/words.ts';
import {flowOf} from './flows.ts';

const flow = flowOf(1, '10.0.0.1:4000 > 10.0.0.2:80');

test('spans are told in their two largest units', (t) => {
	t.deepEqual([-3, 0, 0.4, 59, 60, 125, 3600, 7260, 86_399, 431_999].map(spanText), [
		'0s',
		'0s',
		'0s',
		'59s',
		'1m',
		'2m 5s',
		'1h',
		'2h 1m',
		'23h 59m',
		'4d 23h',
	]);
});

test('states', (t) => {
	t.is(stateText(flow), 'ESTABLISHED assured');
	t.is(stateText({...flow, state: 'SYN_RECV', isAssured: false}), 'SYN_RECV');
	t.is(stateText({...flow, state: 'SYN_SENT', isAssured: false, hasReply: false}), 'SYN_SENT unreplied');
	t.is(stateText({...flow, state: undefined, isAssured: false}), 'answered');
	t.is(stateText({...flow, state: undefined, isAssured: false, hasReply: false}), 'unreplied');
});

test('ends, protocols, marks', (t) => {
	t.is(endText('fd00::1', 80), '[fd00::1]:80');
	t.is(endText('fd00::1', undefined), 'fd00::1');
	t.is(destinationText({src: '10.0.0.1', dst: '10.0.0.2', sport: undefined, dport: undefined, icmp: {type: 8, code: 0, id: 7}}), '10.0.0.2 type 8 id 7');
	t.is(protocolText(2), 'igmp');
	t.is(protocolText(89), '89');
	t.is(marksText(flow), '');
	t.is(marksText({...flow, mark: 42, zone: 3}), 'mark 0x2a zone 3');
});

test('halves of calls through docker-proxy', (t) => {
	const end = {address: '10.0.0.9', port: 4000};
	t.is(halfText({id: 1, half: 'client', is: 'joined', other: 2, end}), 'to docker-proxy, which goes on from 10.0.0.9:4000');
	t.is(halfText({id: 2, half: 'container', is: 'joined', other: 1, end}), 'from docker-proxy, for 10.0.0.9:4000');
	t.is(halfText({id: 1, half: 'client', is: 'gone', end}), 'to docker-proxy, which went on from 10.0.0.9:4000 (entry gone)');
	t.is(halfText({id: 2, half: 'container', is: 'gone', end}), 'from docker-proxy, for 10.0.0.9:4000 (entry gone)');
	t.is(halfText({id: 1, half: 'client', is: 'waiting'}), 'to docker-proxy, which has not taken it up');
	t.regex(halfText({id: 1, half: 'client', is: 'unknown'}), /not known: it is older/);
});
