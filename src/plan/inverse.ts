// What taking an op back means, in words. The doing is the machine's (kernel/), the commands are in words.ts.
import {unreachable} from '../base/unreachable.ts';
import type {Op, OpOf} from './op.ts';

/** One sentence without a full stop: "takes 172.17.0.2/16 away from eth0". */
export function undoWords(op: Op): string {
	switch (op.do) {
		case 'netns.add': {
			return `removes ${op.netns}'s network stack, with all that is left in it`;
		}

		case 'link.add': {
			return op.link.kind === 'veth' ? `pulls the cable ${op.link.name}: both ends are gone` : `removes ${op.link.name}`;
		}

		case 'link.set': {
			return unsetWords(op);
		}

		case 'addr.add':
		case 'addr.del': {
			return op.do === 'addr.add' ? `takes ${op.address} away from ${op.dev}` : `gives ${op.address} back to ${op.dev}`;
		}

		case 'route.add': {
			return `forgets the way to ${op.to}`;
		}

		case 'fdb.set':
		case 'neigh.set': {
			return op.do === 'fdb.set' ? `forgets which host ${op.mac} is on` : `forgets which MAC ${op.address} has`;
		}

		case 'sysctl.set': {
			return op.was === undefined ? `leaves ${op.key}: what it belongs to goes as a whole` : `sets ${op.key} back to ${op.was}`;
		}

		case 'chain.add': {
			return `removes the chain ${op.chain} from ${op.table}`;
		}

		case 'policy.set': {
			return `lets ${op.chain} accept again what no rule names`;
		}

		case 'rule.add': {
			return `deletes the rule from ${op.chain} in ${op.table}`;
		}

		case 'port.bind': {
			return `lets go of port ${op.port}/${op.protocol} on ${op.host}`;
		}

		case 'proxy.start': {
			return `ends the docker-proxy of port ${op.port}/${op.protocol}`;
		}

		case 'host.start': {
			return `switches ${op.host} off: its processes end`;
		}

		case 'file.write': {
			return `removes ${op.node}'s /etc/${op.file}`;
		}

		case 'container.start': {
			return `ends the process of ${op.container.name}`;
		}

		case 'dns.start': {
			return `ends the name server of ${op.container}`;
		}

		case 'serve.start': {
			return `ends ${op.host}'s server on port ${op.serve.port}`;
		}

		default: {
			return unreachable(op);
		}
	}
}

function unsetWords({dev, master, up}: OpOf<'link.set'>): string {
	if (typeof master === 'string') {
		return `takes ${dev} out of ${master}`;
	}

	if (up !== undefined) {
		return up ? `takes ${dev} down` : `brings ${dev} up again`;
	}

	return `leaves ${dev} as it is: it goes as a whole`;
}
