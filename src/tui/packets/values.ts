// What packets have in a field, for completing a filter: looked up in the newest ones.
import {layersOf} from '../../watch/decode/index.ts';
import {fieldsOf, kindOf} from '../../watch/filter/names.ts';
import type {PacketStore} from '../../watch/store/store.ts';

/** So many packets are looked at. */
const mostPackets = 2000;
/** For so long at the most: a key waits for it. */
const usualMs = 8;

/** Values of a field as a filter has them, the most frequent first. */
export function valuesOf(store: PacketStore, field: string, mostMs = usualMs): readonly string[] {
	const names = fieldsOf(field);
	const isPlace = field === 'at';
	const counts = new Map<string, number>();
	const count = (value: string): void => {
		counts.set(value, (counts.get(value) ?? 0) + 1);
	};
	const began = performance.now();
	const least = Math.max(store.first, store.end - mostPackets);
	for (let number = store.end - 1; number >= least && performance.now() - began < mostMs; number--) {
		const packet = store.at(number);
		for (const place of isPlace && packet !== undefined ? placesOf(packet.point.name) : []) {
			count(place);
		}

		const layers = packet === undefined || isPlace ? [] : layersOf({bytes: packet.bytes, wireBytes: packet.wireBytes, linkType: packet.point.linkType});
		for (const {name, value} of layers.flatMap((layer) => layer.fields)) {
			if (names.includes(name)) {
				count(String(value));
			}
		}
	}

	const isText = kindOf(field) === 'text';
	return [...counts].toSorted(([, a], [, b]) => b - a).map(([value]) => (isText && /[\s()&|!=<>]/.test(value) ? `"${value.replaceAll('"', '')}"` : value));
}

/** "web/eth0" is at web, too. */
function placesOf(point: string): readonly string[] {
	const slash = point.indexOf('/');
	return slash === -1 ? [point] : [point.slice(0, slash), point];
}
