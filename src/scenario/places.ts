// Where the packets of a node are captured. A container in its host's namespace is captured there, under its host's name.
import type {View} from '../api/messages.ts';

/** Under which names nodes are captured. */
export class Places {
	/** Each namespace of the lab once. */
	readonly all: readonly string[];
	readonly #sites: ReadonlyMap<string, string>;
	readonly #lans: ReadonlySet<string>;

	constructor({lans, hosts}: View) {
		const containers = hosts.flatMap((host) => host.containers.map((container) => ({host: host.name, ...container})));
		const own = containers.filter(({mode}) => mode !== 'host' && mode !== 'container');
		this.all = [...lans, ...hosts, ...own].map(({name}) => name);
		this.#lans = new Set(lans.map(({name}) => name));
		this.#sites = new Map(containers.filter(({mode}) => mode === 'host').map(({name, host}) => [name, host]));
	}

	of(node: string): {readonly site: string; readonly isLan: boolean} {
		return {site: this.#sites.get(node) ?? node, isLan: this.#lans.has(node)};
	}
}
