// What a docker-proxy has recorded of its calls (native/lab/proxy-record.h), read as a file.
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {ipText} from '../kernel/netlink/ip.ts';
import type {End, ProxyRecord} from '../model/connections/proxied.ts';

/** struct joined: a number, two ends of twenty bytes, when it ended, the number again. */
const rowBytes = 52;
const endBytes = 20;
/**
 * How long an entry can outlive its connection: TIME_WAIT and a UDP stream have two minutes (nf_conntrack_tcp_timeout_time_wait,
 * nf_conntrack_udp_timeout_stream). An entry with the ports of a call that ended longer ago is of somebody else.
 */
const mostAfterlifeSeconds = 130;
const inet6 = 10;

/** The calls of the docker-proxy with this PID (in our own numbering), the oldest first; none when it has no record, or is gone. */
export function readProxyRecord(pid: number, nowMs: number): Pick<ProxyRecord, 'calls' | 'isWhole'> {
	try {
		const folder = `/proc/${pid}/fd`;
		const fd = readdirSync(folder).find((name) => readlinkSync(`${folder}/${name}`).startsWith('/memfd:joined'));
		return fd === undefined ? {calls: [], isWhole: false} : proxyRecord(readFileSync(`${folder}/${fd}`), nowMs);
	} catch {
		return {calls: [], isWhole: false};
	}
}

/** `calls` are those whose entries may still be there. A row that is being written just now is left out: then the record is not whole either. */
export function proxyRecord(bytes: Buffer, nowMs: number): Pick<ProxyRecord, 'calls' | 'isWhole'> {
	const rows: {readonly number: number; readonly client: End; readonly own: End; readonly endedS: number}[] = [];
	let isTorn = false;
	for (let at = 0; at + rowBytes <= bytes.length; at += rowBytes) {
		const number = bytes.readUInt32LE(at);
		if (number !== bytes.readUInt32LE(at + rowBytes - 4)) {
			isTorn = true;
		} else if (number > 0) {
			rows.push({number, client: endAt(bytes, at + 4), own: endAt(bytes, at + 4 + endBytes), endedS: bytes.readUInt32LE(at + rowBytes - 8)});
		}
	}

	rows.sort((a, b) => a.number - b.number);
	const calls = rows.filter(({endedS}) => endedS === 0 || endedS + mostAfterlifeSeconds > nowMs / 1000).map(({client, own}) => ({client, own}));
	return {calls, isWhole: !isTorn && rows.length === (rows.at(-1)?.number ?? 0)};
}

function endAt(bytes: Buffer, at: number): End {
	const size = bytes.readUInt16LE(at) === inet6 ? 16 : 4;
	return {address: ipText(bytes, at + 4, at + 4 + size) ?? '', port: bytes.readUInt16BE(at + 2)};
}
