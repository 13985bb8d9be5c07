// A key that is right, but one map too high: where below it belongs.
import type {ObjectShape, OneShape, Shape} from './shape.ts';

/** How many maps and lists down it is looked for. */
const deepest = 3;

/** As it would be written: "ipam: {config: [{subnet: …}]}"; undefined: no known key has it below. */
export function belongsBelow(key: string, shape: ObjectShape | OneShape): string | undefined {
	return Object.entries(shape.keys)
		.flatMap(([name, inner]) => {
			const written = within(key, inner, deepest);
			return written === undefined ? [] : [`${name}: ${written}`];
		})
		.toSorted((a, b) => a.length - b.length)[0];
}

function within(key: string, shape: Shape, depth: number): string | undefined {
	if (depth === 0) {
		return undefined;
	}

	switch (shape.is) {
		case 'object':
		case 'one': {
			if (Object.hasOwn(shape.keys, key)) {
				return `{${key}: …}`;
			}

			const written = Object.entries(shape.keys).flatMap(([name, inner]) => {
				const below = within(key, inner, depth - 1);
				return below === undefined ? [] : [`{${name}: ${below}}`];
			});
			return written[0];
		}

		case 'list': {
			const written = within(key, shape.of, depth);
			return written === undefined ? undefined : `[${written}]`;
		}

		case 'either': {
			return shape.of.map((one) => within(key, one, depth)).find((written) => written !== undefined);
		}

		default: {
			return undefined;
		}
	}
}
