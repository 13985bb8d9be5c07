// The typed face of the addon (native/*.cc): system calls only, one function each. Errors thrown or rejected are Error with
// `code` ("EPERM"), `errno` (positive) and `syscall` ("setns"). File descriptors returned are close-on-exec and the caller's to close.
// Nothing here changes the namespace of the calling thread: one helper thread of the addon's own enters namespaces, and never libuv's pool.
// Descriptors handed to a function that returns a promise must stay open until it settles; callbacks keep no process alive, promises do.
import {createRequire} from 'node:module';
import {packageFile} from '../src/base/paths.ts';

export interface NativeError extends Error {
	readonly code: string;
	readonly errno: number;
	readonly syscall: string;
}

/** What a netlink request gives back: the bytes received, or the errno that stopped it from being sent or answered at all. */
export type NetlinkReply = {readonly bytes: Buffer} | {readonly errno: number; readonly code: string; readonly syscall: string};

export interface SpawnOptions {
	/** Path of the program, looked up where the caller is (before any namespace is entered): it is opened first and run by descriptor (execveat). Scripts (#!) therefore do not work with `openFirst`. */
	readonly file: string;
	/** true: open `file` before entering namespaces and execute it by descriptor; false (default): execute the path after entering them. */
	readonly openFirst?: boolean;
	/** argv, with argv[0]. */
	readonly args: readonly string[];
	/** "NAME=value" each. */
	readonly env: readonly string[];
	readonly cwd?: string;
	/** The child's descriptor i is ours stdio[i]; -1: /dev/null. Everything else is closed in the child. */
	readonly stdio: readonly number[];
	/** Namespaces to enter, by descriptor. The child is a member of `pid` from its birth. */
	readonly enter?: {readonly pid?: number; readonly net?: number; readonly mnt?: number; readonly uts?: number; readonly ipc?: number};
	/** Namespaces to make anew (after entering). With `pid` the child is PID 1 of it. */
	readonly create?: readonly ('pid' | 'mnt' | 'uts' | 'ipc')[];
	/** After entering the mount namespace: chroot there and chdir to `cwd` (or /). */
	readonly chroot?: string;
	/** A session of its own; with `terminal` the child's stdin becomes its controlling terminal. */
	readonly session?: boolean;
	readonly terminal?: boolean;
	/** Keep only these capabilities (bit mask by number, linux/capability.h) in the bounding, permitted, effective and inheritable sets. */
	readonly capabilities?: bigint;
	readonly uid?: number;
	readonly gid?: number;
	/** Die when the process that spawned it dies (PR_SET_PDEATHSIG SIGKILL). */
	readonly dieWithParent?: boolean;
}

export interface Spawned {
	/** In the caller's PID namespace. */
	readonly pid: number;
	/** poll(2) on it tells the exit; `pidfdSignal` sends signals without a race. */
	readonly pidfd: number;
}

export interface ExitStatus {
	/** Exit code, or undefined when a signal ended it. */
	readonly code: number | undefined;
	readonly signal: number | undefined;
}

export interface AnsweredSocket {
	forget(): void;
	stop(): void;
}

/** What was counted since the last time it was asked for. */
export interface RingStatistics {
	/** Those that the filter let through, dropped ones among them. */
	readonly packets: number;
	/** Those for which the ring had no room. */
	readonly drops: number;
	/** How often the ring was full. */
	readonly freezes: number;
}

/**
 * A ring of 128 KiB blocks that the kernel fills with every frame of every interface of a namespace, which it keeps alive until it is closed. A block is
 * finished when it is full, and 20 ms after its first packet at the latest. `writeFrames` takes frames out of the finished ones.
 */
export interface NativeRing {
	/** What `writeFrames` knows it by. */
	readonly number: number;
	readonly blocks: number;
	/** Once: `onReadable` is called when a block is finished, and after `listenAgain` when there is one again. */
	listen(onReadable: () => void): void;
	listenAgain(): void;
	/** Frames that were stamped before, in milliseconds since the epoch, are left out. */
	begin(fromMs: number): void;
	/** How many finished blocks of it have frames that were not taken out. */
	finished(): number;
	/** Moves them to memory of the process, so that the kernel has room again; `writeFrames` finds them there. */
	save(): void;
	/** Bytes that are there. */
	saved(): number;
	/** When the block was begun that the kernel is filling, in milliseconds since the epoch; undefined: nothing is in it. */
	since(): number | undefined;
	/** Throws EBADF when it is closed. */
	statistics(): RingStatistics;
	/** Which number an interface has in what is written; -1: its frames are left out. */
	know(ifindex: number, index: number): void;
	/** So many frames of an interface were written. */
	packets(ifindex: number): number;
	/** Has nothing more come in and closes it; what it had, also in the unfinished block, can still be taken out. Resolves as `close` does. */
	leave(): Promise<void>;
	/** From this call on there is nothing in it. Resolves when the kernel has closed it, some milliseconds later. */
	close(): Promise<void>;
}

/** A marker (src/watch/live/marker.ts) that came through an interface, in the ring of that place in the list. */
export interface RingMark {
	readonly ring: number;
	readonly id: number;
	readonly ifindex: number;
	/** Milliseconds since the epoch. */
	readonly atMs: number;
}

/** What `writeFrames` did, and why no more: all that is left is younger; there is no room for the next; the next is of an interface that is not known; or it was the most. */
export type Written = {readonly bytes: number; readonly packets: number; readonly marks: readonly RingMark[]} & (
	| {readonly why: 'early' | 'full' | 'most'}
	/** `ring`: its place in the list. */
	| {readonly why: 'interface'; readonly ring: number; readonly ifindex: number}
);

/** libpcap's program for a filter (struct sock_filter, 8 bytes each), or its words of why there is none. */
export type CompiledFilter = {readonly program: Buffer} | {readonly said: string};

export interface Native {
	/** Makes `count` network namespaces; lo is down in each. Returns their descriptors, and a NETLINK_ROUTE socket opened inside each (same order). */
	netnsCreate(count: number): Promise<{readonly netns: readonly number[]; readonly route: readonly number[]}>;
	/** A raw netlink socket (NETLINK_ROUTE 0, NETLINK_SOCK_DIAG 4, NETLINK_NETFILTER 12) opened in the namespace, bound, with extended acks, strict checking and a 1 MiB receive buffer where allowed. `groups`: multicast groups to join. */
	netlinkSocket(netns: number, protocol: number, groups?: readonly number[]): Promise<number>;
	/**
	 * For each request, in order: sends `bytes` (one or more messages, one sendmsg) on `fd` and receives until the NLMSG_ERROR or NLMSG_DONE whose
	 * sequence number is that of the last message sent. One trip through a worker thread for all of them; a failing request does not stop the next.
	 */
	netlinkRequest(requests: readonly {readonly fd: number; readonly bytes: Uint8Array}[]): Promise<readonly NetlinkReply[]>;
	/** Calls `onBytes` with what arrives on a multicast socket and `onOverrun` when the kernel had to drop (read everything anew then). Returns the function that stops it; the descriptor stays the caller's. */
	netlinkEvents(fd: number, onBytes: (bytes: Buffer) => void, onOverrun: () => void): () => void;
	/**
	 * Answers the datagrams that come on a UDP socket. What `answer` says is sent, and remembered by the datagram's bytes after the first two: who sends the
	 * same again is answered without JavaScript, with the first two bytes of his own. `forget` when answers have changed. `answer` must not throw.
	 * The socket is used by a duplicate until `stop`: the caller closes his own as he likes.
	 */
	answerDatagrams(fd: number, answer: (datagram: Buffer) => Uint8Array | undefined): AnsweredSocket;
	/** Writes files under /proc/sys as the namespace sees them. One errno (0: fine) for each. */
	writeFiles(netns: number, files: readonly {readonly path: string; readonly value: string}[]): Promise<readonly number[]>;
	/** The same for many namespaces in one trip. */
	writeFilesIn(writes: readonly {readonly netns: number; readonly path: string; readonly value: string}[]): Promise<readonly number[]>;
	/** Reads small files (64 KiB each) as the namespace sees them: /proc/sys/…, /proc/thread-self/net/…; undefined where it cannot be read. */
	readFiles(netns: number, paths: readonly string[]): Promise<readonly (string | undefined)[]>;
	/** Makes folders below one that is there, by their paths from it, in that order (mkdirat(2), mode 0777 less the umask). Throws at the first that cannot be made. */
	makeFolders(parent: string, paths: readonly string[]): void;
	/** A TCP socket bound and listening, or a UDP socket bound, in the namespace. IPv6 sockets are IPV6_V6ONLY. SO_REUSEADDR as dockerd has it. */
	listen(netns: number, protocol: 'tcp' | 'udp', address: string, port: number): Promise<number>;
	/** A socket opened in the namespace, to send frames by or to become a capture ring of it. It hears nothing. */
	packetSocket(netns: number): Promise<number>;
	/** Makes a ring of so many blocks of such a socket, which stays the caller's. `filter`: only what this program lets through. */
	ringPrepare(socket: number, blocks: number, filter?: Uint8Array): Promise<void>;
	/** Maps such a ring and takes the descriptor over. By one process, which need not be the one that made it. Rejects with EINVAL when it has not so many blocks. */
	ringMap(socket: number, blocks: number): Promise<NativeRing>;
	/**
	 * Takes frames out of rings, by their numbers, in the order of time, as enhanced packet blocks of pcapng, until `untilMs` and `most` at most. Of Ethernet, and
	 * of lo, where each is once: only as it comes in. Markers are left out, and told. A block is the kernel's again when its last frame is taken out.
	 */
	writeFrames(rings: readonly number[], into: Uint8Array, untilMs: number, most: number): Written;
	/** Sends a frame through an interface by such a socket. Throws ENETDOWN when that is down, ENXIO when it is not there. */
	sendFrame(socket: number, ifindex: number, frame: Uint8Array): void;
	/** Compiles a filter (pcap-filter(7)) for Ethernet frames. Rejects with ENOPKG when libpcap is not installed. */
	compileFilter(text: string): Promise<CompiledFilter>;
	/** vfork + enter namespaces + exec, off the main thread; its cost does not grow with our heap. Rejects when exec fails. */
	spawn(options: SpawnOptions): Promise<Spawned>;
	/** Calls back once when the process has ended (and reaps it if it is our child). */
	onExit(pidfd: number, callback: (status: ExitStatus) => void): void;
	/** Calls back once when there is something to read, or nothing will come any more; the descriptor stays the caller's. */
	onReadable(fd: number, callback: () => void): void;
	/** pidfd_send_signal(2). Throws ESRCH when it is gone. */
	pidfdSignal(pidfd: number, signal: number): void;
	/**
	 * Writes to a file, which may wait, in libuv's pool. Resolves to how many bytes were written, fewer only when the next could not be; rejects when not even the first
	 * could. `bytes` must not change until then.
	 */
	writeBytes(fd: number, bytes: Uint8Array): Promise<number>;
	/** Opens a pseudo terminal by its multiplexer, e.g. "/dev/ptmx" or "/proc/123/root/dev/pts/ptmx". */
	openTerminal(ptmx: string, columns: number, rows: number): {readonly master: number; readonly slave: number};
	resizeTerminal(master: number, columns: number, rows: number): void;
	pipe(): {readonly read: number; readonly write: number};
	/** open(2) with O_CLOEXEC of a namespace file such as /proc/PID/ns/mnt. */
	open(path: string): number;
	close(fd: number): void;
	/** The other end of a connected unix socket (SO_PEERCRED), pid as our PID namespace sees it. */
	peer(fd: number): {readonly pid: number; readonly uid: number; readonly gid: number};
	/** Receives one descriptor sent over a unix socket (SCM_RIGHTS); undefined when the peer closed. */
	receiveDescriptor(fd: number): Promise<number | undefined>;
	/** Sends one descriptor over a connected unix socket, with these bytes or one. Throws EAGAIN when there is no room for them now, EMSGSIZE when only for some. */
	sendDescriptor(fd: number, descriptor: number, bytes?: Uint8Array): void;
	/**
	 * Reads a connected unix socket in Node's stead: `onBytes` gets what comes, and the descriptors that came with it or with what came before, which are its to
	 * close; `onEnd` is called once, when the peer is gone. Returns the function that stops it; the descriptor stays the caller's.
	 */
	receive(fd: number, onBytes: (bytes: Buffer, descriptors: readonly number[]) => void, onEnd: () => void): () => void;
	/** A descriptor of a copy of a program (ELF) in memory that nothing can change any more (memfd_create(2), F_SEAL_WRITE). Throws ENOEXEC when it is none. */
	sealedCopy(path: string): number;
	/** A descriptor of an empty file in memory (memfd_create(2)): what a program reads or prints, without anybody who waits at the other end. */
	memoryFile(): number;
}

/** Loads the addon. Throws E_PROGRAM_MISSING's cause when it was not built: callers word it. */
export function loadNative(): Native {
	return createRequire(import.meta.url)(packageFile('native/build/vethlab.node')) as Native;
}
