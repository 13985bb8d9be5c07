// Counts as scenario files write them: 3, ">= 1", "== 0".
import {unreachable} from '../base/unreachable.ts';
import type {Count} from '../model/lab.ts';

export function holds(count: Count, seen: number): boolean {
	switch (count.is) {
		case '==': {
			return seen === count.value;
		}

		case '!=': {
			return seen !== count.value;
		}

		case '>=': {
			return seen >= count.value;
		}

		case '<=': {
			return seen <= count.value;
		}

		case '>': {
			return seen > count.value;
		}

		case '<': {
			return seen < count.value;
		}

		default: {
			return unreachable(count.is);
		}
	}
}

export function countText(count: Count): string {
	return count.is === '==' ? String(count.value) : `${count.is} ${count.value}`;
}
