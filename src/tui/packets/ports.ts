// What hangs on the ports of bridges at which packets were captured, as far as it is or was known.
import {width} from '../text.ts';
import type {Folds} from './folds.ts';

export class Ports {
	/** By the capture's name of the place. What has gone is remembered: its packets are still there. */
	readonly #known = new Map<string, string>();

	/** "web" for "h1/vethe9c5549"; undefined: it is no port of a bridge, or its own name says it, or it is not known. */
	of(point: string, {ownedName, journeys: {places}}: Pick<Folds, 'ownedName' | 'journeys'>): string | undefined {
		const node = places.behind(places.at(ownedName(point), 'in'));
		if (node !== undefined) {
			this.#known.set(point, node);
		}

		return node ?? this.#known.get(point);
	}
}

/** A place in so many cells: "h1/vethe9c5549→web", with less room "h1/veth→web", "h1→web": what was made up goes first. */
export function pointText(point: string, port: string | undefined, cells: number): string {
	if (port === undefined) {
		return point;
	}

	const node = point.slice(0, Math.max(0, point.lastIndexOf('/')));
	const shorter = [...(point.startsWith(`${node}/veth`) ? [`${node}/veth→${port}`] : []), `${node}→${port}`];
	return [`${point}→${port}`, ...shorter].find((text) => width(text) <= cells) ?? `→${port}`;
}
