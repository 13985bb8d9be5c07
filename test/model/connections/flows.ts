// Connections for tests, in one line each. No test is here.
import type {FlowTuple, ObservedFlow} from '../../../src/model/observed.ts';

function tuple(text: string): FlowTuple {
	const [source = '', destination = ''] = text.split(' > ');
	const end = (one: string): readonly [string, number | undefined] => {
		const [, address = one, port] = /^\[?(.*?)\]?:(\d+)$/.exec(one) ?? [];
		return [address, port === undefined ? undefined : Number(port)];
	};
	const [src, sport] = end(source);
	const [dst, dport] = end(destination);
	return {src, dst, sport, dport};
}

/** `orig` and `reply` like "10.0.0.1:4000 > 10.0.0.2:80"; without `reply` nothing is rewritten. */
export function flowOf(id: number, orig: string, reply?: string, more: Partial<ObservedFlow> = {}): ObservedFlow {
	const way = tuple(orig);
	const back: FlowTuple = reply === undefined ? {src: way.dst, dst: way.src, sport: way.dport, dport: way.sport} : tuple(reply);
	const isSource = way.src !== back.dst || way.sport !== back.dport;
	const isDestination = way.dst !== back.src || way.dport !== back.sport;
	return {
		id,
		protocol: 'tcp',
		orig: way,
		reply: back,
		state: 'ESTABLISHED',
		hasReply: true,
		isAssured: true,
		timeoutSeconds: 431_999,
		nat: isSource ? (isDestination ? 'both' : 'source') : isDestination ? 'destination' : 'none',
		mark: 0,
		zone: 0,
		...more,
	};
}
