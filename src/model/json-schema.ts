// The scenario format as JSON Schema (draft-07, as Compose's own), for editors: `# yaml-language-server: $schema=…`.
// Made from `schema.ts`; what a pattern cannot say (is the address in the LAN?) only `vethlab check` says.
import type {ObjectShape, OneShape, Shape} from './parse/shape.ts';
import {schema} from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** The whole schema, as an object ready for JSON.stringify. */
export function jsonSchema(): Json {
	const shared = sharedShapes(schema);
	const definitions = Object.fromEntries([...shared].map(([shape, name]) => [name, print(shape, shared, true)]));
	return {$schema: 'http://json-schema.org/draft-07/schema#', title: 'vethlab scenario', ...print(schema, shared, true), definitions};
}

/** Shapes that stand at more than one place: they are printed once. */
function sharedShapes(root: Shape): ReadonlyMap<Shape, string> {
	const seen = new Set<Shape>();
	const shared = new Map<Shape, string>();
	const visit = (shape: Shape): void => {
		if (seen.has(shape)) {
			if (isWorthSharing(shape) && !shared.has(shape)) {
				shared.set(shape, `${shape.is}-${shared.size + 1}`);
			}

			return;
		}

		seen.add(shape);
		for (const inner of innerShapes(shape)) {
			visit(inner);
		}
	};
	visit(root);
	return shared;
}

function isWorthSharing(shape: Shape): boolean {
	return innerShapes(shape).length > 0 || shape.is === 'text';
}

function innerShapes(shape: Shape): readonly Shape[] {
	switch (shape.is) {
		case 'object':
		case 'one': {
			return Object.values(shape.keys);
		}

		case 'list': {
			return [shape.of];
		}

		case 'names': {
			return [shape.key, shape.of];
		}

		case 'either': {
			return shape.of;
		}

		default: {
			return [];
		}
	}
}

function print(shape: Shape, shared: ReadonlyMap<Shape, string>, isDefinition = false): Json {
	const name = shared.get(shape);
	if (name !== undefined && !isDefinition) {
		return {$ref: `#/definitions/${name}`};
	}

	const inner = (each: Shape): Json => print(each, shared);
	switch (shape.is) {
		case 'text': {
			return {type: ['string', 'number', 'boolean'], ...(shape.pattern === undefined ? {} : {pattern: shape.pattern.source}), description: shape.want};
		}

		case 'number': {
			return {type: ['integer', 'string'], minimum: shape.min, maximum: shape.max, pattern: '^-?\\d+$|\\$', description: shape.want};
		}

		case 'words': {
			return {enum: [...shape.words, ...shape.words.flatMap(valueOf)]};
		}

		case 'flag': {
			return {type: 'boolean'};
		}

		case 'nothing': {
			return {type: 'null'};
		}

		case 'list': {
			return {type: 'array', items: inner(shape.of), ...(shape.atLeast > 0 ? {minItems: shape.atLeast} : {})};
		}

		case 'names': {
			return {type: 'object', propertyNames: {pattern: shape.key.pattern?.source ?? ''}, additionalProperties: inner(shape.of)};
		}

		case 'either': {
			return {anyOf: shape.of.map(inner)};
		}

		case 'object': {
			const noted = Object.fromEntries(Object.entries(shape.noted).map(([key, description]) => [key, {description}]));
			return {
				...keyed(shape, inner),
				properties: {...properties(shape, inner), ...noted},
				...(shape.required.length > 0 ? {required: shape.required} : {}),
			};
		}

		case 'one': {
			return {...keyed(shape, inner), minProperties: 1, maxProperties: 1};
		}
	}
}

function keyed(shape: ObjectShape | OneShape, inner: (shape: Shape) => Json): Json {
	return {type: 'object', properties: properties(shape, inner), patternProperties: {'^x-': {}}, additionalProperties: false};
}

function properties({keys}: ObjectShape | OneShape, inner: (shape: Shape) => Json): Json {
	return Object.fromEntries(Object.entries(keys).map(([key, shape]) => [key, inner(shape)]));
}

/** What YAML makes of a word, when that is no text. */
function valueOf(word: string): readonly (number | boolean)[] {
	return word === 'true' || word === 'false' ? [word === 'true'] : Number.isFinite(Number(word)) ? [Number(word)] : [];
}
