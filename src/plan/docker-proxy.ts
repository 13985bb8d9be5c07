// The command line of a docker-proxy, as dockerd gives it (moby cmd/docker-proxy).
import type {OpOf} from './op.ts';

/** Without the program's own name and without -use-listen-fd, which says that descriptor 4 is the socket. */
export function proxyArguments({protocol, address, port, toAddress, toPort}: OpOf<'proxy.start'>): readonly string[] {
	return ['-proto', protocol, '-host-ip', address, '-host-port', String(port), '-container-ip', toAddress, '-container-port', String(toPort)];
}
