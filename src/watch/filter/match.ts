// Whether a packet passes a filter.
import {unreachable} from '../../base/unreachable.ts';
import {layersOf, type Frame} from '../decode/index.ts';
import type {Field} from '../decode/walk.ts';
import {isAt} from './at.ts';
import {fieldsOf, headersOf} from './names.ts';
import type {Comparison, Filter} from './parse.ts';

/** What is known of a frame that is not in its bytes. */
export interface Sighting {
	/** Where it was seen, "web/eth0"; empty: that is not known. */
	readonly at: string;
	/** Which it is where it comes from, from 1. */
	readonly number: number;
	/** Since 1970, UTC. */
	readonly seconds: number;
	readonly nanoseconds: number;
	readonly direction: 'in' | 'out' | undefined;
	readonly comment: string | undefined;
}

/** What a packet tells of where it was seen; `number` is from 1. */
export function sightingOf(packet: Omit<Sighting, 'at' | 'number'> & {readonly point: {readonly name: string}}, number: number): Sighting {
	const {point, seconds, nanoseconds, direction, comment} = packet;
	return {at: point.name, number, seconds, nanoseconds, direction, comment};
}

/** What fields are looked for in. */
interface Subject {
	readonly at: string;
	readonly fields: readonly Value[];
}

type Value = Pick<Field, 'name' | 'value'>;

/** Whether a frame passes. Without a sighting, what only that tells is not there. */
export type Matcher = (frame: Frame, sighting?: Sighting) => boolean;

/** The filter, ready to be asked of many frames. */
export function matcherOf(filter: Filter): Matcher {
	const headers = new Set<string>();
	addHeaders(filter, headers);
	return filter.is === 'all'
		? () => true
		: (frame, sighting) => {
				const fields: Value[] = [...frameFields(frame), ...(sighting === undefined ? [] : sightingFields(sighting))];
				for (const layer of headers.size === 0 ? [] : layersOf(frame, headers)) {
					fields.push(...layer.fields);
				}

				return isTrue(filter, {at: sighting?.at ?? '', fields});
			};
}

/** Adds the headers that a filter asks for. */
function addHeaders(filter: Filter, to: Set<string>): void {
	switch (filter.is) {
		case 'all':
		case 'at': {
			break;
		}

		case 'protocol':
		case 'field':
		case 'compared': {
			headersOf(filter.name).forEach((header) => to.add(header));
			break;
		}

		case 'not': {
			addHeaders(filter.of, to);
			break;
		}

		case 'and':
		case 'or': {
			addHeaders(filter.left, to);
			addHeaders(filter.right, to);
			break;
		}

		default: {
			unreachable(filter);
		}
	}
}

/** The same for a single frame. */
export function passes(filter: Filter, frame: Frame, sighting?: Sighting): boolean {
	return matcherOf(filter)(frame, sighting);
}

function frameFields({bytes, wireBytes}: Frame): readonly Value[] {
	return [
		{name: 'frame.len', value: wireBytes},
		{name: 'frame.cap_len', value: bytes.length},
	];
}

function sightingFields({at, number, seconds, nanoseconds, direction, comment}: Sighting): readonly Value[] {
	return [
		{name: 'frame.number', value: number},
		{name: 'frame.time_epoch', value: seconds + nanoseconds / 1e9},
		...(at === '' ? [] : [{name: 'frame.interface_name', value: at}]),
		...(direction === undefined ? [] : [{name: 'frame.packet_flags_direction', value: direction === 'in' ? 1 : 2}]),
		...(comment === undefined ? [] : [{name: 'frame.comment', value: comment}]),
	];
}

function isTrue(filter: Filter, subject: Subject): boolean {
	const {fields} = subject;
	switch (filter.is) {
		case 'all': {
			return true;
		}

		case 'protocol': {
			return fields.some(({name}) => name.startsWith(`${filter.name}.`));
		}

		case 'field': {
			return valuesOf(filter.name, fields).length > 0;
		}

		case 'compared': {
			return isSo(valuesOf(filter.name, fields), filter.comparison, filter.value);
		}

		case 'at': {
			return isAt(subject.at, filter.places);
		}

		case 'not': {
			return !isTrue(filter.of, subject);
		}

		case 'and': {
			return isTrue(filter.left, subject) && isTrue(filter.right, subject);
		}

		case 'or': {
			return isTrue(filter.left, subject) || isTrue(filter.right, subject);
		}

		default: {
			return unreachable(filter);
		}
	}
}

function valuesOf(name: string, fields: readonly Value[]): readonly (string | number)[] {
	const names = fieldsOf(name);
	return fields.filter((field) => names.includes(field.name)).map(({value}) => value);
}

/** As Wireshark has it: some value must be so, of all that a packet has; for != all of them. */
export function isSo(values: readonly (string | number)[], comparison: Comparison, wanted: string | number): boolean {
	const compared = values.map((value) => (typeof wanted === 'number' ? Number(value) : String(value)));
	switch (comparison) {
		case '==': {
			return compared.includes(wanted);
		}

		case '!=': {
			return values.length > 0 && !compared.includes(wanted);
		}

		case '>': {
			return compared.some((value) => value > wanted);
		}

		case '<': {
			return compared.some((value) => value < wanted);
		}

		case '>=': {
			return compared.some((value) => value >= wanted);
		}

		case '<=': {
			return compared.some((value) => value <= wanted);
		}

		case 'contains': {
			return compared.some((value) => String(value).toLowerCase().includes(String(wanted).toLowerCase()));
		}

		default: {
			return unreachable(comparison);
		}
	}
}
