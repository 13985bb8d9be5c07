// Who listens in a namespace: TCP sockets that listen and UDP sockets that are bound, as `ss -tulp` lists them.
import {LabError} from '../base/errors.ts';
import type {ObservedListener} from '../model/observed.ts';
import type {NetnsName} from '../plan/op.ts';
import {dump, rows} from './netlink/dump.ts';
import {ipText} from './netlink/ip.ts';
import {flags, writeMessage} from './netlink/message.ts';
import type {Send} from './netlink/outbox.ts';
import {socket, socketMessage, socketRequest, socketStates} from './netlink/sockdiag.ts';
import type {Reader} from './observe.ts';
import {errorName} from './refusals.ts';
import {addressFamilies} from './requests.ts';

/** NETLINK_SOCK_DIAG (linux/netlink.h). */
const diagProtocol = 4;
/** IPPROTO_TCP and IPPROTO_UDP, with the state that counts as listening. */
const protocols = [
	{name: 'tcp', number: 6, states: socketStates.listening},
	{name: 'udp', number: 17, states: socketStates.unconnected},
] as const;

/** Which process holds a socket, by the socket's inode. */
export type SocketOwners = ReadonlyMap<number, {readonly pid: number; readonly name: string}>;

function socketsOf(family: number, {number, states}: (typeof protocols)[number]): Send {
	return (out, seq) =>
		writeMessage(out, {type: socketMessage, flags: flags.request | flags.dump, seq}, socketRequest, {
			header: {family, protocol: number, states},
			attributes: {},
		});
}

/** Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readListeners({native, namespaces}: Reader, netns: NetnsName, owners: SocketOwners): Promise<readonly ObservedListener[]> {
	const held = namespaces.hold(netns);
	try {
		const fd = await native.netlinkSocket(held.fd, diagProtocol);
		try {
			const found: ObservedListener[] = [];
			for (const protocol of protocols) {
				// oxlint-disable-next-line no-await-in-loop -- the answers do not say their protocol
				const mail = await dump(
					native,
					fd,
					Object.values(addressFamilies).map((family) => socketsOf(family, protocol)),
				);
				const refused = mail.refused.get(1);
				if (refused !== undefined) {
					throw new LabError('E_KERNEL', {doing: `list the sockets of ${netns}`, said: refused.said ?? errorName(refused.errno)});
				}

				for (const {header} of rows(mail, socketMessage, socket)) {
					const owner = owners.get(header.inode);
					found.push({
						protocol: protocol.name,
						address: ipText(header.address, 0, header.family === addressFamilies[6] ? 16 : 4) ?? '',
						port: header.port,
						process: owner?.name,
						pid: owner?.pid,
					});
				}
			}

			return found;
		} finally {
			native.close(fd);
		}
	} finally {
		held.release();
	}
}
