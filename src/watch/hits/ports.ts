// The match physdev: ports of a bridge. Known of what has come in by a port, on a bridge that calls iptables; of anything else there are none. Source:
// linux/net/netfilter/xt_physdev.c, iptables-extensions(8).
import type {Row, Test} from './asked.ts';

function named(name: string): (port: string) => boolean {
	return name.endsWith('+') ? (port) => port !== '' && port.startsWith(name.slice(0, -1)) : (port) => port === name;
}

/** Out by this port. */
function outBy([name = '']: readonly string[]): Test {
	const isMeant = named(name);
	return ({ports}) => (ports.out === undefined ? undefined : isMeant(ports.out));
}

/** Turned round it is still no match for what has come in by a port and does not go out by one. */
function outByAnother(values: readonly string[]): Test {
	const test = outBy(values);
	return (asked) => {
		const is = test(asked);
		return asked.ports.in !== '' && asked.ports.out === '' ? false : is === undefined ? undefined : !is;
	};
}

/** It goes from port to port. */
const goesOut: Row = {values: 0, test: () => (asked) => asked.ports.out !== ''};

export const physdev: Readonly<Record<string, Row>> = {
	'--physdev-in': {
		values: 1,
		test([name = '']) {
			const isMeant = named(name);
			return ({ports}) => isMeant(ports.in);
		},
	},
	'--physdev-out': {values: 1, test: outBy, testNot: outByAnother, untold: 'by which port of the bridge it would have left'},
	'--physdev-is-in': {values: 0, test: () => (asked) => asked.ports.in !== ''},
	'--physdev-is-out': goesOut,
	'--physdev-is-bridged': goesOut,
};
