// Whether a packet passes a filter.
import {unreachable} from '../../base/unreachable.ts';
import {layersOf, type Frame} from '../decode/index.ts';
import type {Field} from '../decode/walk.ts';
import {fieldsOf} from './names.ts';
import type {Comparison, Filter} from './parse.ts';

export function passes(filter: Filter, frame: Frame): boolean {
	return (
		filter.is === 'all' ||
		isTrue(
			filter,
			layersOf(frame).flatMap((layer) => layer.fields),
		)
	);
}

function isTrue(filter: Filter, fields: readonly Field[]): boolean {
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

		case 'not': {
			return !isTrue(filter.of, fields);
		}

		case 'and': {
			return isTrue(filter.left, fields) && isTrue(filter.right, fields);
		}

		case 'or': {
			return isTrue(filter.left, fields) || isTrue(filter.right, fields);
		}

		default: {
			return unreachable(filter);
		}
	}
}

function valuesOf(name: string, fields: readonly Field[]): readonly (string | number)[] {
	const names = fieldsOf(name);
	return fields.filter((field) => names.includes(field.name)).map(({value}) => value);
}

/** As Wireshark has it: some value must be so, of all that a packet has; for != all of them. */
function isSo(values: readonly (string | number)[], comparison: Comparison, wanted: string | number): boolean {
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
