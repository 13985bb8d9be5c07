// What events change in the state, and whether the screen may look different then.
import test from 'ava';
import {takeEvent} from '../../src/tui/events.ts';
import {initialState} from '../../src/tui/state.ts';
import {FakeSession} from './fake-session.ts';
import {bridgePublish} from './samples.ts';

test('of a lab in which nothing moves a reading of the counters changes nothing, once its curves are flat', (t) => {
	const view = bridgePublish();
	const state = initialState(view, {columns: 80, rows: 24}, true);
	const session = new FakeSession(view);
	let isOther = false;
	session.onEvent((event) => {
		isOther = takeEvent(state, event, 0);
	});
	const tick = (): boolean => {
		session.tick();
		return isOther;
	};
	tick();
	t.false(tick());
	session.send('laptop', 'web', 14, 90);
	t.true(tick());
	t.true(tick(), 'the speeds are zero again');
	const {rates} = state;
	const flat = Array.from({length: 60}, tick).indexOf(false);
	t.is(flat, 39, 'after forty more readings the one with packets is in no curve');
	const curves = [...state.history.values()];
	t.false(tick());
	t.is(state.rates, rates);
	t.true([...state.history.values()].every((curve, index) => curve === curves[index] && curve.every((bytes) => bytes === 0)));
});
