// The descriptor of a socket that Node made: Node tells it nowhere, and there is no other way to send a descriptor over it (SCM_RIGHTS, unix(7)).

/** undefined: the socket is closed. */
export function descriptorOf(socket: object): number | undefined {
	// oxlint-disable-next-line no-underscore-dangle -- the only place where it is
	const handle = '_handle' in socket ? socket._handle : undefined;
	const fd = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
	return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}
