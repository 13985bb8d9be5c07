// Where the packets of a node are captured. A container in its host's namespace is captured there, under its host's name; an overlay network has a namespace
// of its own on each of its hosts.
import type {View} from '../api/messages.ts';
import {overlayPlaces} from '../api/wiring.ts';
import type {CapturePoint} from '../model/capture.ts';

/** A point as captures have it. */
export interface Site {
	readonly site: string;
	/** undefined: all of its interfaces. */
	readonly dev: string | undefined;
	readonly isLan: boolean;
}

/** Under which names nodes are captured. */
export class Places {
	/** Each namespace of the lab once. */
	readonly all: readonly string[];
	readonly #sites: ReadonlyMap<string, string>;
	readonly #lans: ReadonlySet<string>;
	readonly #overlays: ReadonlySet<string>;

	constructor(view: View) {
		const {lans, hosts} = view;
		const containers = hosts.flatMap((host) => host.containers.map((container) => ({host: host.name, ...container})));
		const own = containers.filter(({mode}) => mode !== 'host' && mode !== 'container');
		const overlays = overlayPlaces(view);
		this.all = [...lans, ...hosts, ...overlays, ...own].map(({name}) => name);
		this.#overlays = new Set(overlays.map(({name}) => name));
		this.#lans = new Set(lans.map(({name}) => name));
		this.#sites = new Map(containers.filter(({mode}) => mode === 'host').map(({name, host}) => [name, host]));
	}

	/** `h1:vxlan4097` is the place of an overlay network when there is one, else an interface of h1. */
	of({node, dev}: CapturePoint): Site {
		const place = `${node}:${dev}`;
		return this.#overlays.has(place)
			? {site: place, dev: undefined, isLan: false}
			: {site: this.#sites.get(node) ?? node, dev, isLan: this.#lans.has(node)};
	}
}
