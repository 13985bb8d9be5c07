// What the terminal UI needs of a running lab, and nothing more. It is implemented on top of `api/`; tests implement it by hand.
import type {Capturing} from '../api/client.ts';
import type {CaptureWish} from '../model/capture.ts';
import type {Attach, Event, Method, Methods, View} from '../api/messages.ts';

/** A lab, seen by one client. */
export interface Session {
	/** The latest. */
	readonly view: View;
	call<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>;
	/** Returns the function that ends the listening. */
	onEvent(listener: (event: Event) => void): () => void;
	/** Runs a command, or the node's shell, with a terminal. */
	attach(params: Omit<Attach, 'channel'>): Shell;
	/** Captures packets; rejects when it cannot be begun. */
	capture(wish: CaptureWish): Promise<Capturing>;
	/** Settles when the engine is gone. */
	readonly closed: Promise<void>;
}

/** A command in a node whose input and output are bytes of ours. */
export interface Shell {
	write(bytes: Uint8Array): void;
	resize(columns: number, rows: number): void;
	/** One listener at a time: the last one given. */
	onData(listener: (bytes: Uint8Array) => void): void;
	/** Its exit code. */
	readonly ended: Promise<number>;
	/** Ends it with its terminal, as closing a window does. */
	detach(): void;
}
