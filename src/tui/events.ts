// What events of the lab change in the state.
import type {Counters, Event} from '../api/messages.ts';
import {unreachable} from '../base/unreachable.ts';
import {ratesBetween} from './rates.ts';
import {hasDots, sceneOf, type State} from './state.ts';

const historyLength = 40;

/** Takes a reading of the counters: speeds, the last forty for the selected thing's curve, and dots. */
export function takeCounters(state: State, counters: Counters, nowMs: number): void {
	if (state.counters !== undefined) {
		state.rates = ratesBetween(state.counters, counters);
		state.ratesSeconds = Math.max(0.001, (counters.atMs - state.counters.atMs) / 1000);
		for (const {node, dev} of counters.links) {
			const key = `${node} ${dev}`;
			const rate = state.rates.get(key);
			const curve = state.history.get(key) ?? [];
			if (rate !== undefined || curve.length > 0) {
				state.history.set(key, [...curve.slice(1 - historyLength), rate === undefined ? 0 : rate.rxBytes + rate.txBytes]);
			}
		}

		if (hasDots(state) && state.packets.phase === 'over' && state.dialog === undefined && state.rates.size > 0) {
			state.traffic.add(sceneOf(state), state.rates, nowMs);
		}
	}

	state.counters = counters;
}

/** Takes an event of the lab; returns whether the screen may look different. */
export function takeEvent(state: State, event: Event, nowMs: number): boolean {
	switch (event.event) {
		case 'view': {
			state.view = event.view;
			return true;
		}

		case 'counters': {
			if (state.isPaused) {
				state.counters = event.counters;
			} else {
				takeCounters(state, event.counters, nowMs);
			}

			return !state.isPaused;
		}

		case 'oplog': {
			const last = state.oplog.at(-1)?.number ?? -1;
			state.oplog.push(...event.entries.filter((entry) => entry.number > last));
			return true;
		}

		case 'logs': {
			state.logs.add(event.lines);
			return true;
		}

		case 'missed': {
			state.missed += event.count;
			return true;
		}

		case 'flows': {
			return state.conns.take(event.news) && state.screen === 'conns';
		}

		case 'exit':
		case 'captured':
		case 'site':
		case 'site_gone': {
			return false;
		}

		default: {
			return unreachable(event);
		}
	}
}
