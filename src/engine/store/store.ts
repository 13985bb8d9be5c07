// What the engines of several machines share: texts under keys, one counter of revisions, changes told in their order. One interface, so that an engine
// does not know whether it is alone (embedded.ts). Every implementation passes test/engine/store/conformance.ts.

export interface Entry {
	readonly key: string;
	readonly value: string;
}

/** All that begins with a prefix, as it was at one revision. */
export interface Listing {
	readonly rev: number;
	/** By key. */
	readonly entries: readonly Entry[];
}

/** What must hold of a key for a transaction to be done: nobody has it, or it has this value. */
export type Guard = {readonly key: string; readonly is: 'absent'} | {readonly key: string; readonly is: 'value'; readonly value: string};

export type Change = {readonly do: 'put'; readonly key: string; readonly value: string} | {readonly do: 'delete'; readonly key: string};

/** All changes at one revision, or none of them. */
export interface Transaction {
	readonly guards: readonly Guard[];
	readonly changes: readonly Change[];
}

export type Answer =
	| {readonly ok: true; readonly rev: number}
	/** `found`: what is under the guarded keys instead. */
	| {readonly ok: false; readonly rev: number; readonly found: readonly Entry[]};

export interface Watcher {
	/** Whole revisions in their order, each once: what became of the keys with the prefix. */
	readonly changed: (rev: number, changes: readonly Change[]) => void;
	/** Changes were missed, or the store has gone back in time: what was known is worth nothing, so list again and watch from there. The watch is over. */
	readonly lost: () => void;
}

export interface Store {
	/** Waits until the store can be asked. */
	list(prefix: string): Promise<Listing>;
	transact(transaction: Transaction): Promise<Answer>;
	/** Tells all changes after revision `after`, those of before the call too. Returns the function that ends it. */
	watch(prefix: string, after: number, watcher: Watcher): () => void;
}
