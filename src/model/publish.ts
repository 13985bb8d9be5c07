// Published ports as plain data. How the file writes them is in `parse/ports.ts`, what becomes of them in `drivers/publish.ts`.
import type {Port} from '../base/units.ts';
import type {Position} from './position.ts';

export type Protocol = 'tcp' | 'udp';

/** One container port to publish (a range in the file has become one of these for each port). */
export interface Publish {
	readonly protocol: Protocol;
	/** undefined: every address of the host, IPv4 and IPv6. */
	readonly hostAddress: string | undefined;
	/** Which host ports may serve: one, a range of which the first free one is taken, or undefined: from 32768 up. */
	readonly hostPorts: {readonly first: Port; readonly last: Port} | undefined;
	readonly port: Port;
	/** As the file has it, for messages: "8080:80". */
	readonly text: string;
	readonly at: Position;
}
