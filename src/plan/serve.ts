// How a server of ours is told what to serve: the arguments of `lab-web serve`. The one place that knows their form.
import {unreachable} from '../base/unreachable.ts';
import type {Serve} from '../model/lab.ts';

/** Where the program is inside a container. */
export const labWeb = '/usr/local/bin/lab-web';

/** `http:PORT[:status=N][:echo=peer|headers][:body=URLENCODED]`, `tcp:PORT[:echo]` or `udp:PORT[:echo]`. */
export function serveArgument(serve: Serve): string {
	switch (serve.kind) {
		case 'http': {
			const status = serve.status === 200 ? [] : [`status=${serve.status}`];
			const echo = serve.echo === undefined ? [] : [`echo=${serve.echo}`];
			const body = serve.body === undefined ? [] : [`body=${encodeURIComponent(serve.body)}`];
			return ['http', serve.port, ...status, ...echo, ...body].join(':');
		}

		case 'tcp':
		case 'udp': {
			return [serve.kind, serve.port, ...(serve.echo ? ['echo'] : [])].join(':');
		}

		default: {
			return unreachable(serve);
		}
	}
}

/** Arguments of the program for all of these servers. */
export function serveArguments(serve: readonly Serve[]): readonly string[] {
	return ['serve', ...serve.map(serveArgument)];
}
