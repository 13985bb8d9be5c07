// What events of the lab change in the state.
import type {Counters, Event} from '../api/messages.ts';
import {unreachable} from '../base/unreachable.ts';
import {ratesBetween} from './rates.ts';
import {hasDots, sceneOf, type State} from './state.ts';

const historyLength = 40;

/**
 * Takes a reading of the counters: speeds, the last forty for the selected thing's curve, and dots. Returns whether any of it is another than before: of a
 * lab in which nothing moves speeds and curves stay the same objects.
 */
export function takeCounters(state: State, counters: Counters, nowMs: number): boolean {
	const before = state.counters;
	state.counters = counters;
	if (before === undefined) {
		return false;
	}

	const rates = ratesBetween(before, counters);
	const isMoving = rates.size > 0 || state.rates.size > 0;
	if (isMoving) {
		state.rates = rates;
		state.ratesSeconds = Math.max(0.001, (counters.atMs - before.atMs) / 1000);
	}

	if (hasDots(state) && state.packets.phase === 'over' && state.dialog === undefined && rates.size > 0) {
		state.traffic.add(sceneOf(state), rates, nowMs);
	}

	return extendCurves(state, counters.links) || isMoving;
}

/** A link has a curve from its first packet on. Returns whether one looks different. */
function extendCurves({rates, history}: State, links: Counters['links']): boolean {
	let isOther = false;
	for (const {node, dev} of links) {
		const key = `${node} ${dev}`;
		const rate = rates.get(key);
		const curve = history.get(key) ?? [];
		const isFlat = rate === undefined && (curve.length === 0 || (curve.length === historyLength && curve.every((bytes) => bytes === 0)));
		if (!isFlat) {
			history.set(key, [...curve.slice(1 - historyLength), rate === undefined ? 0 : rate.rxBytes + rate.txBytes]);
			isOther = true;
		}
	}

	return isOther;
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
				return false;
			}

			return takeCounters(state, event.counters, nowMs);
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
