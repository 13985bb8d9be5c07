// The verbs that are the runtime's: what each touches, and its words in errors. How they are done: runtime.ts.
import {LabError} from '../base/errors.ts';
import type {Op, OpOf, Verb} from '../plan/op.ts';
import {serveArgument} from '../plan/serve.ts';
import type {Touches} from './order.ts';
import {publishedKey} from './ports.ts';

export type RuntimeOp = OpOf<'host.start' | 'file.write' | 'port.bind' | 'proxy.start' | 'container.start' | 'serve.start'>;

const verbs: ReadonlySet<Verb> = new Set<RuntimeOp['do']>(['host.start', 'file.write', 'port.bind', 'proxy.start', 'container.start', 'serve.start']);

/** Throws E_INTERNAL for an op of another's. */
export function runtimeOps(ops: readonly Op[]): readonly RuntimeOp[] {
	return ops.map((op) => {
		if (!isMine(op)) {
			throw new LabError('E_INTERNAL', {doing: op.do, said: "this is not the runtime's to do"});
		}

		return op;
	});
}

function isMine(op: Op): op is RuntimeOp {
	return verbs.has(op.do);
}

/** What must keep the order of the call. */
export function touches(op: RuntimeOp): Touches {
	switch (op.do) {
		case 'host.start': {
			return {reads: [`files ${op.host}`], writes: [`host ${op.host}`]};
		}

		case 'file.write': {
			return {reads: [], writes: [`files ${op.node}`]};
		}

		case 'port.bind': {
			return {reads: [], writes: [publishedKey(op)]};
		}

		case 'proxy.start': {
			return {reads: [`host ${op.host}`], writes: [publishedKey(op)]};
		}

		case 'container.start': {
			return {reads: [`host ${op.container.host}`, `files ${op.container.filesOf}`], writes: [`container ${op.container.name}`]};
		}

		case 'serve.start': {
			return {reads: [`host ${op.host}`], writes: [serverKey(op)]};
		}
	}
}

/** Names a server, also as a thing that ops touch. */
export function serverKey(op: OpOf<'serve.start'>): string {
	return `server ${op.host} ${serveArgument(op.serve)}`;
}

/** Verb, thing, place, for error messages. */
export function doing(op: RuntimeOp): string {
	switch (op.do) {
		case 'host.start': {
			return `start host ${op.host}`;
		}

		case 'file.write': {
			return `write ${op.file} of ${op.node}`;
		}

		case 'port.bind': {
			return `publish ${op.port}/${op.protocol} on ${op.host}`;
		}

		case 'proxy.start': {
			return `start docker-proxy for ${op.port}/${op.protocol} on ${op.host}`;
		}

		case 'container.start': {
			return `start ${op.container.name} on ${op.container.host}`;
		}

		case 'serve.start': {
			return `serve ${serveArgument(op.serve)} on ${op.host}`;
		}
	}
}
