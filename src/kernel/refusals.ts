// What the kernel's error numbers mean for the op that got them, in words of ours: many come without an extended acknowledgement.
import {constants} from 'node:os';
import {LabError, toLabError, type Code} from '../base/errors.ts';
import type {NativeError} from '../../native/index.ts';
import type {LinkSpec, Op, Verb} from '../plan/op.ts';
import {doing} from './doing.ts';

/** EXFULL, "Exchange full": what a bridge with all its ports taken says (net/bridge/br_if.c); Node has no name for it. */
export const bridgeFull = 54;
const {errno} = constants;

/** Error numbers that mean that the thing to remove is not there. */
const goneNumbers: ReadonlySet<number> = new Set([errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENXIO]);

/** Whether a refusal to take an op back means that there is nothing left to take back. */
export function isUndone(op: Op, number: number): boolean {
	switch (op.do) {
		// the address is back already
		case 'addr.del': {
			return goneNumbers.has(number) || number === errno.EEXIST;
		}

		// no port of a bridge any more, hence no hairpin
		case 'link.set': {
			return goneNumbers.has(number) || number === errno.EOPNOTSUPP;
		}

		default: {
			return goneNumbers.has(number);
		}
	}
}

const words: Readonly<Record<number, string>> = {
	[errno.EEXIST]: 'there is one already',
	[errno.ENODEV]: 'there is no such interface',
	[errno.ENOENT]: 'there is no such thing here',
	[errno.ESRCH]: 'there is no such route',
	[errno.EADDRNOTAVAIL]: 'the interface does not have that address',
	[errno.ENOTCONN]: 'the other end of the veth pair is not connected yet',
	[errno.EBUSY]: 'it is in use: a link has one master, and neither a bridge nor the parent of a macvlan can be a port of one',
	[errno.ELOOP]: 'that would make a loop of bridges',
	[errno.EPERM]: 'that needs CAP_NET_ADMIN in the namespace',
	[errno.EACCES]: 'that needs CAP_NET_ADMIN in the namespace',
	[errno.EINVAL]: 'the kernel takes no such value here',
	[errno.ERANGE]: 'the value is out of range',
	[errno.ENETUNREACH]: 'the gateway is on none of the links that are up',
	[errno.EHOSTUNREACH]: 'the gateway cannot be reached',
	[errno.ENETDOWN]: 'the interface is down',
	[errno.EOPNOTSUPP]: 'this kernel does not know it',
	[errno.ENOMEM]: 'the kernel has no memory for it',
	[errno.ENOBUFS]: 'the kernel had more to answer than the socket could hold',
	[errno.ETIMEDOUT]: 'the kernel did not answer',
	[errno.EMFILE]: 'too many open files',
	[errno.ENFILE]: 'too many open files on this machine',
	[bridgeFull]: 'the bridge has 1,023 ports, all that it can have',
};

/** For a new link, where a kind has its own meaning for a number. */
const wordsByKind: Partial<Record<LinkSpec['kind'], Readonly<Record<number, string>>>> = {
	macvlan: {
		[errno.ENODEV]: 'there is no such parent interface',
		[errno.EBUSY]: 'the parent is a port of a bridge, which takes all of its packets',
		[errno.EINVAL]: "the parent cannot carry it: mode passthru wants it for itself, the MTU cannot be above the parent's, and lo has no macvlans",
		[errno.EOPNOTSUPP]: 'this kernel has no such kind of link',
	},
	vxlan: {
		[errno.EEXIST]: 'there is a VXLAN with that VNI and port already, or an interface of that name',
		[errno.EADDRINUSE]: 'another program has that UDP port',
		[errno.EOPNOTSUPP]: 'this kernel has no such kind of link',
	},
};

const wordsByVerb: Partial<Record<Verb, Readonly<Record<number, string>>>> = {
	'link.add': {
		[errno.EEXIST]: 'an interface of that name is already there',
		[errno.ENODEV]: 'there is no such bridge',
		[errno.EOPNOTSUPP]: 'this kernel has no such kind of link, or the master is no bridge',
	},
	'link.set': {
		[errno.EOPNOTSUPP]: 'the interface is no port of a bridge, or the master is no bridge',
		[errno.EADDRINUSE]: 'the parent, or another macvlan on it, has that MAC',
	},
	'addr.add': {[errno.EEXIST]: 'the interface has that address already'},
	'fdb.set': {[errno.EOPNOTSUPP]: 'the interface is no VXLAN'},
	'route.add': {[errno.EEXIST]: 'there is such a route already'},
	'sysctl.set': {
		[errno.ENOENT]: 'this kernel or namespace has no such setting',
		[errno.EACCES]: 'it cannot be written',
		[errno.EPERM]: 'it cannot be written',
	},
};

/** The name of an error number: "EEXIST". */
export function errorName(number: number): string {
	switch (number) {
		case bridgeFull: {
			return 'EXFULL';
		}

		// Linux has one number for this and ENOTSUP
		case errno.EOPNOTSUPP: {
			return 'EOPNOTSUPP';
		}

		default: {
			return Object.entries(errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
		}
	}
}

/** The error of an op that the kernel refused; `said` are the kernel's own words where it has any. */
export function refusal(op: Op, number: number, said?: string): LabError {
	const ofKind = op.do === 'link.add' ? wordsByKind[op.link.kind] : undefined;
	const own = ofKind?.[number] ?? wordsByVerb[op.do]?.[number] ?? words[number];
	return new LabError(codeOf(op, number), {doing: doing(op), said: said ?? (own === undefined ? errorName(number) : `${own} (${errorName(number)})`)});
}

/** The error of an op for which something threw: the addon's system call, or a mistake of ours. */
export function thrown(op: Op, error: unknown): LabError {
	return isNativeError(error)
		? new LabError(codeOf(op, error.errno), {doing: doing(op), said: `${error.syscall}: ${words[error.errno] ?? error.code} (${error.code})`, cause: error})
		: toLabError(error, doing(op));
}

function isNativeError(error: unknown): error is NativeError {
	return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function codeOf(op: Op, number: number): Code {
	switch (number) {
		case bridgeFull: {
			return 'E_BRIDGE_FULL';
		}

		case errno.EPERM:
		case errno.EACCES: {
			return 'E_PERMISSION';
		}

		case errno.EOPNOTSUPP: {
			return op.do === 'link.add' && (op.link.kind !== 'veth' || op.link.master === undefined) ? 'E_KERNEL_FEATURE' : 'E_KERNEL';
		}

		default: {
			return 'E_KERNEL';
		}
	}
}
