// The command line of pipework (github.com/jpetazzo/pipework): an interface for a container that runs, plugged by hand into a bridge or put on a
// NIC of its host. Which words there are and what they ask for; how it is done: drivers/pipework.ts.
import {LabError} from '../base/errors.ts';
import {longestInterfaceName} from '../base/names.ts';
import {mac, type Mac} from '../base/units.ts';
import {canonical, familyOf, isCidr, isCidr6, isIPv4, isIPv6} from './address.ts';

export interface Pipework {
	/** A bridge of the host, also one that is to be made, or a NIC of it. */
	readonly on: string;
	/** Name inside the container. */
	readonly dev: string;
	/** Name of the cable's end on the host (`-l`). */
	readonly local: string | undefined;
	/** The container by name, id or the beginning of its id. */
	readonly container: string;
	/** "192.168.1.10/24" or "2001:db8::5/64"; undefined for `0/0`: up, without an address. */
	readonly address: string | undefined;
	/** Of the address's family. */
	readonly gateway: string | undefined;
	readonly mac: Mac | undefined;
}

const usage = 'pipework BRIDGE|NIC [-i INTERFACE] [-l LOCALNAME] [-a 4|6] CONTAINER ADDRESS/PREFIX[@GATEWAY] [MAC]';
const example = 'for example: pipework br0 -i eth1 web 192.168.1.10/24@192.168.1.1, or with IPv6 2001:db8::5/64@2001:db8::1';

/** What pipework can elsewhere and nothing of the lab answers, or what is typed otherwise here. */
const elsewhere: Readonly<Record<string, string>> = {
	dhcp: 'no DHCP server is in the lab: give the address',
	dhclient: 'no DHCP server is in the lab: give the address',
	udhcpc: 'no DHCP server is in the lab: give the address',
	dhcpcd: 'no DHCP server is in the lab: give the address',
};
const subcommands: Readonly<Record<string, string>> = {route: 'ip route', rule: 'ip rule', tc: 'tc'};

/** The words behind `pipework`. Throws E_ARGUMENT, which says what is wrong with which word. */
export function parsePipework(words: readonly string[]): Pipework {
	const {options, rest} = optionsOf(words);
	const [on = '', container = '', place = '', hardware, ...more] = rest;
	const instead = subcommands[on];
	if (instead !== undefined) {
		refuse(`\`pipework ${on}\` is not there`, `enter the container's network: nsenter -t PID -n ${instead} …; \`ps ax\` shows its PID`);
	}

	if (on === '' || container === '' || place === '' || more.length > 0) {
		refuse(on === '' ? 'it needs to know what to do' : more.length > 0 ? `"${more[0] ?? ''}" is one word too many` : `${missing(container)} is missing`);
	}

	return {
		on: interfaceOf(on),
		dev: interfaceOf(options.get('-i') ?? 'eth1'),
		local: options.has('-l') ? interfaceOf(options.get('-l') ?? '') : undefined,
		container,
		...placeOf(place, options.get('-a')),
		mac: hardware === undefined ? undefined : macOf(hardware),
	};
}

/** Options, and what stands behind them. */
const valueOf: Readonly<Record<string, string>> = {'-i': 'the name of an interface', '-l': 'the name of an interface', '-a': '4 or 6'};

function optionsOf(words: readonly string[]): {readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[]} {
	const options = new Map<string, string>();
	const rest: string[] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? '';
		if (word === '--wait') {
			refuse('`pipework --wait` is for the inside of a container, which has no pipework here');
		}

		if (!word.startsWith('-')) {
			rest.push(word);
			continue;
		}

		const value = words[++index];
		const what = valueOf[word];
		if (what === undefined) {
			refuse(`it does not know ${word}`);
		}

		if (value === undefined || value === '') {
			refuse(`${word} needs ${what} behind it`);
		}

		options.set(word, value);
	}

	return {options, rest};
}

function missing(container: string): string {
	return container === '' ? 'the container' : "the container's address";
}

/** dev_valid_name() in net/core/dev.c. */
function interfaceOf(name: string): string {
	if (!/^[^\s/:]+$/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > longestInterfaceName) {
		refuse(`"${name}" cannot be the name of an interface`, `at most ${longestInterfaceName} bytes, without space, slash and colon`);
	}

	return name;
}

/** `family`: what `-a` says; the address says it as well. */
function placeOf(words: string, family: string | undefined): Pick<Pipework, 'address' | 'gateway'> {
	const [address = '', gateway, ...more] = words.split('@');
	const hint = elsewhere[words.split(':')[0] ?? ''];
	if (hint !== undefined) {
		refuse(`it cannot ask for an address by ${words}`, hint);
	}

	if (address !== '0/0' && !isCidr(address) && !isCidr6(address)) {
		const length = isIPv4(address) ? 24 : isIPv6(address) ? 64 : undefined;
		refuse(
			`"${address}" is not an address with prefix`,
			length === undefined ? undefined : `write the length of the network's prefix behind it: ${address}/${length}`,
		);
	}

	if (more.length > 0 || (gateway !== undefined && !isIPv4(gateway) && !isIPv6(gateway))) {
		refuse(`"${[gateway, ...more].join('@')}" is not the address of a gateway`);
	}

	if (address === '0/0') {
		return gateway === undefined ? {address: undefined, gateway} : refuse('without an address there is no way to a gateway');
	}

	const own = familyOf(address);
	if (family !== undefined && family !== String(own)) {
		refuse(`"${address}" is not of the family that -a ${family} names`, `leave -a away, or write -a ${own}`);
	}

	if (gateway !== undefined && familyOf(gateway) !== own) {
		refuse(`"${gateway}" is no gateway for "${address}": one is IPv4, the other IPv6`, 'call it once for each family, with another -i INTERFACE');
	}

	return {address: canonical(address), gateway: gateway === undefined ? undefined : canonical(gateway)};
}

function macOf(words: string): Mac {
	if (words.includes('@')) {
		refuse(`"${words}": VLANs are not in the lab`, 'leave @VLAN away');
	}

	const found = mac(words);
	if (found === undefined || (Number.parseInt(words.slice(0, 2), 16) & 1) === 1) {
		return refuse(`"${words}" is not the MAC of one interface`, 'six pairs of hex digits, the first of them even: 02:00:00:00:00:10');
	}

	return found;
}

function refuse(said: string, hint = `${usage}; ${example}`): never {
	throw new LabError('E_ARGUMENT', {doing: 'pipework', said, hint});
}
