// A call through docker-proxy is two connections for the kernel: client -> proxy, proxy -> container. Which two belong together is told by the proxy's
// own record of its calls and by nothing else: neither times nor ports do, when several calls come at once.
import {grouped} from '../../base/grouped.ts';
import type {ObservedFlow} from '../observed.ts';

export interface End {
	readonly address: string;
	readonly port: number;
}

/** One docker-proxy, and what it has recorded. */
export interface ProxyRecord {
	readonly protocol: 'tcp' | 'udp';
	/** Where it listens: "0.0.0.0", "::" or one address. */
	readonly at: End;
	/** Where it leads to. */
	readonly to: End;
	/** The oldest first. `own`: its end of the connection to the container. */
	readonly calls: readonly {readonly client: End; readonly own: End}[];
	/** No call was forgotten yet: who is not in `calls` has not been taken up. */
	readonly isWhole: boolean;
}

/** A connection that is one half of a call through a docker-proxy. */
export interface ProxiedHalf {
	/** Of its entry. */
	readonly id: number;
	readonly half: 'client' | 'container';
	/**
	 * `joined`: the other half is the entry `other`. `gone`: it is known who it was (`end`), but its entry is not there. `waiting`: the proxy has not taken the call up.
	 * `unknown`: the call is older than what the proxy's record goes back to.
	 */
	readonly is: 'joined' | 'gone' | 'waiting' | 'unknown';
	readonly other?: number;
	/** The other half's end that is not the proxy's own port: the client, or the proxy on its way to the container. */
	readonly end?: End;
}

/** The halves among the connections of a host. `isLocal`: whether an address is the host's own. */
export function proxiedHalves(flows: readonly ObservedFlow[], proxies: readonly ProxyRecord[], isLocal: (address: string) => boolean): readonly ProxiedHalf[] {
	const byPort = grouped(flows, ({protocol, reply}) => `${protocol} ${reply.sport}`);
	const byTarget = grouped(flows, ({protocol, orig}) => `${protocol} ${orig.dst} ${orig.dport}`);
	return proxies.flatMap((proxy) => {
		const {protocol, at, to} = proxy;
		const clients = (byPort.get(`${protocol} ${at.port}`) ?? []).filter((flow) => endsAt(flow, at, isLocal));
		const onward = byTarget.get(`${protocol} ${to.address} ${to.port}`) ?? [];
		return halvesOf(
			proxy,
			new Map(clients.map((flow) => [keyOf({address: flow.reply.dst, port: flow.reply.dport ?? 0}), flow])),
			new Map(onward.map((flow) => [keyOf({address: flow.orig.src, port: flow.orig.sport ?? 0}), flow])),
		);
	});
}

type ByEnd = ReadonlyMap<string, ObservedFlow>;

function halvesOf({calls, isWhole}: ProxyRecord, clients: ByEnd, onward: ByEnd): readonly ProxiedHalf[] {
	// a port is used again after a while: the last call with it is meant
	const byClient = new Map(calls.map((call) => [keyOf(call.client), call]));
	const byOwn = new Map(calls.map((call) => [keyOf(call.own), call]));
	const isCurrent = (call: ProxyRecord['calls'][number]): boolean => byClient.get(keyOf(call.client)) === call && byOwn.get(keyOf(call.own)) === call;
	const half = (id: number, side: ProxiedHalf['half'], end: End, other: ObservedFlow | undefined): ProxiedHalf =>
		other === undefined ? {id, half: side, is: 'gone', end} : {id, half: side, is: 'joined', other: other.id, end};
	const halves: ProxiedHalf[] = [];
	for (const [key, {id}] of clients) {
		const call = byClient.get(key);
		halves.push(
			call === undefined
				? {id, half: 'client', is: isWhole ? 'waiting' : 'unknown'}
				: half(id, 'client', call.own, isCurrent(call) ? onward.get(keyOf(call.own)) : undefined),
		);
	}

	for (const [key, {id}] of onward) {
		// whoever is not in the record may be anybody on the host who asks the container himself
		const call = byOwn.get(key);
		if (call !== undefined) {
			halves.push(half(id, 'container', call.client, isCurrent(call) ? clients.get(keyOf(call.client)) : undefined));
		}
	}

	return halves;
}

/** Whether a connection ends where the proxy listens: not one that passes through this host, or was turned to the container on the way. */
function endsAt({reply}: ObservedFlow, at: End, isLocal: (address: string) => boolean): boolean {
	return isLocal(reply.src) && (at.address === reply.src || at.address === (reply.src.includes(':') ? '::' : '0.0.0.0'));
}

function keyOf({address, port}: End): string {
	return `${address} ${port}`;
}
