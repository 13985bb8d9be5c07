// User-defined networks as such: their names, their driver's options, where they live. Their addresses are in `subnets.ts`, who is on them in `endpoints.ts`.
import type {Network} from '../../lab.ts';
import {options, optionsOf} from '../../schema/network.ts';
import {configIndex, isExternal, isUsed} from '../lift/networks.ts';
import {textAt} from '../lift/values.ts';
import {entriesOf, flagOf, itemsOf, textOf} from '../tree.ts';
import type {Context} from './context.ts';

export function checkNetworks(context: Context): void {
	const mentioned = new Set(context.references.filter(({kind}) => kind === 'network').map(({text}) => text));
	for (const network of context.lab.networks) {
		checkWhoIsThere(network, mentioned, context);
		checkOptions(network, context);
		checkFamilies(network, context);
		checkGateways(network, context);
		if (network.driver === 'bridge') {
			checkOneHost(network, context);
		}
	}

	checkNames(context);
	checkBridgeNames(context);
}

/** What a host's containers on overlay networks reach the world by. */
const gatewayBridge = 'docker_gwbridge';
/** Networks that Docker has by itself; they can be neither made nor used as one's own. */
export const predefined: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);
/** docker0's, by whose name the lab itself knows it. */
const defaultNetwork = 'bridge';

/** Whether it is called as one of those, by its key or by the name that the file gives it. */
export function isPredefined({name, dockerName = name}: Network): boolean {
	return predefined.has(dockerName) || name === defaultNetwork;
}

function checkWhoIsThere(network: Network, mentioned: ReadonlySet<string>, context: Context): void {
	const {tree, report} = context;
	const {name, dockerName = name} = network;
	const node = tree.node('networks', name);
	const isOutside = isExternal(node);
	const place = tree.key('networks', name);
	if (isPredefined(network)) {
		const called = predefined.has(dockerName) ? dockerName : name;
		const isNamed = called === dockerName && tree.has('networks', name, 'name');
		report.error(
			isOutside ? tree.key('networks', name, 'external') : isNamed ? tree.place('networks', name, 'name') : place,
			`"${called}" is a network that Docker has by itself`,
			isOutside
				? `write "network_mode: ${called}" at the service`
				: `call it something else (Docker: "operation is not permitted on predefined ${called} network")`,
		);
	} else if (isOutside) {
		const inferred =
			tree.has('networks', name, 'ipam') || network.ipam?.subnet === undefined ? '' : `, as ${network.ipam.subnet} because of the addresses on it`;
		report.note(tree.key('networks', name, 'external'), `a lab has no networks from outside: this one is made here${inferred}`);
	}

	if (name === gatewayBridge || (dockerName === gatewayBridge && !isOutside)) {
		report.error(
			place,
			`"${gatewayBridge}" is the network that Docker makes on each host of an overlay network`,
			`call it something else (Docker: "network with name ${gatewayBridge} already exists")`,
		);
	}

	if (!isUsed(network) && !mentioned.has(name)) {
		report.note(place, 'no service is on it, so it is not made');
	}
}

/** An option that the driver would not look at has no effect in Docker; here it is a mistake. */
function checkOptions({name, driver}: Network, {tree, report}: Context): void {
	for (const {key} of entriesOf(tree.node('networks', name, 'driver_opts'))) {
		const other = (['bridge', 'macvlan', 'overlay'] as const).find((one) => one !== driver && optionsOf[one].some((option) => option === key));
		if (other !== undefined) {
			report.error(tree.key('networks', name, 'driver_opts', key), `this is an option of driver ${other}, and the network's driver is ${driver}`);
		}
	}

	const path = ['networks', name, 'driver_opts'];
	for (const option of driver === 'macvlan' ? [options.mtu, options.driverMtu].filter((one) => tree.has(...path, one)) : []) {
		report.note(tree.key(...path, option), "it has no effect: Docker's macvlan driver takes the MTU of the parent");
	}

	if (tree.has(...path, options.mtu) && tree.has(...path, options.driverMtu)) {
		report.error(tree.key(...path, options.mtu), `the MTU is given twice: as "${options.mtu}" and as "${options.driverMtu}"`, 'keep one of the two');
	}
}

/** Gateways that Docker 28 does not give to a network (bridge_linux.go, setup_ipv4_linux.go). */
function checkGateways(network: Network, {tree, report, hosts}: Context): void {
	const {name, internal, ipam} = network;
	if (network.driver !== 'bridge' || hosts.get(network.host)?.docker?.engine === '20.10') {
		return;
	}

	const path = ['networks', name];
	for (const option of [options.gatewayMode, options.gatewayMode6]) {
		if (!internal && textOf(tree.node(...path, 'driver_opts', option)) === 'isolated') {
			report.error(
				tree.place(...path, 'driver_opts', option),
				'a network that leads outside cannot be isolated from its host',
				`write "internal: true" too (Docker: "gateway mode 'isolated' can only be used for an internal network")`,
			);
		}
	}

	if (internal && ipam?.otherGateway !== undefined) {
		report.error(
			tree.place(...path, 'ipam', 'config', configIndex(tree, name, 4), 'aux_addresses', 'DefaultGatewayIPv4'),
			'an internal network has no way out',
			'remove it, or "internal: true" (Docker: "no gateway can be set on an internal bridge network")',
		);
	}
}

/** Which families a network has, and with what subnets. */
function checkFamilies(network: Network, context: Context): void {
	const {tree, report, hosts} = context;
	const path = ['networks', network.name];
	const enabled = tree.place(...path, 'enable_ipv6');
	if (network.driver === 'overlay' && network.ipam6 !== undefined) {
		report.error(enabled, "Docker's overlay driver tells no host where IPv6 addresses are: nobody would be reached by them", 'leave it out');
	} else if (network.ipam6 !== undefined && network.ipam6.subnet === undefined && isOfOld(network, hosts)) {
		report.error(
			enabled,
			'Docker 20.10 finds no IPv6 subnet by itself',
			'give the network one: "ipam: {config: [{subnet: fd00:77::/64}]}" (Docker: "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network")',
		);
	}

	if (flagOf(tree.node(...path, 'enable_ipv4')) === false) {
		checkWithoutIPv4(network, context);
	}

	checkConfigs(network, context);
}

/** Docker makes a macvlan network even without addresses of any family. */
function checkWithoutIPv4(network: Network, {tree, report, hosts}: Context): void {
	const place = tree.place('networks', network.name, 'enable_ipv4');
	if (network.driver === 'overlay') {
		report.error(place, 'an overlay network always has IPv4', 'leave it out (Docker: "IPv4 cannot be disabled in a Swarm scoped network")');
	} else if (isOfOld(network, hosts)) {
		report.error(place, 'Docker 20.10 makes no network without IPv4', 'leave it out, or set "engine: 28" (Docker: "unknown flag: --ipv4")');
	} else if (network.driver === 'bridge' && network.ipam6 === undefined) {
		report.error(place, 'a bridge without IPv4 and without IPv6', 'write "enable_ipv6: true" too (Docker: "IPv4 or IPv6 must be enabled")');
	}
}

/** One subnet of each family. */
function checkConfigs({name, driver, ipam, ipam6}: Network, {tree, report}: Context): void {
	for (const [index, item] of itemsOf(tree.node('networks', name, 'ipam', 'config')).entries()) {
		const family = textAt(item, 'subnet')?.includes(':') === true ? 6 : 4;
		const isSecond = index !== configIndex(tree, name, family);
		if (isSecond && driver === 'bridge') {
			const hint = 'put it on a network of its own (Docker: "bridge driver doesn\'t support multiple subnets")';
			report.error(tree.place('networks', name, 'ipam', 'config', index), `a second IPv${family} subnet on a bridge`, hint);
		} else if (isSecond) {
			report.notYet(tree.place('networks', name, 'ipam', 'config', index), `a second IPv${family} subnet on a network`);
		} else if ((family === 4 ? ipam : ipam6) === undefined) {
			const what = family === 4 ? 'because of "enable_ipv4: false"' : 'without "enable_ipv6: true"';
			report.note(tree.place('networks', name, 'ipam', 'config', index, 'subnet'), `it has no effect ${what} at the network`);
		}
	}
}

/** A bridge is a device of one kernel; its containers cannot be on another machine. */
function checkOneHost({name}: Network, {lab, tree, report}: Context): void {
	const on = lab.services.filter(({attach, host}) => host !== '' && attach.mode === 'networks' && attach.endpoints.some(({network}) => network === name));
	const firsts = on.filter(({host}, index) => on.findIndex((other) => other.host === host) === index);
	const [, second] = firsts;
	if (second === undefined) {
		return;
	}

	const where = `its services are on ${listed(firsts.map(({host}) => host))} (${firsts.map((service) => `${service.name} on ${service.host}`).join(', ')})`;
	const networks = tree.node('networks');
	if (networks?.kind === 'map' && networks.entries.has(name)) {
		report.error(tree.key('networks', name), `a bridge lives on one host, but ${where}`, 'use "driver: overlay", or put the services on one host');
	} else {
		report.error(
			tree.key('services', second.name),
			`it is on the network "${name}", a bridge, which lives on one host, but ${where}`,
			'write "network_mode: bridge" for docker0, or name a network for each host and put its services on it: "networks: [NAME]"',
		);
	}
}

/** "h1", "h1 and h2", "h1, h2 and h3" */
function listed(words: readonly string[]): string {
	return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** One engine has one network of a name. */
function checkNames({lab, tree, report}: Context): void {
	const taken = new Map<string, string>();
	for (const network of lab.networks) {
		const {name, dockerName = name} = network;
		for (const host of hostsOf(network)) {
			const other = taken.get(`${host}\0${dockerName}`);
			if (other !== undefined && other !== name) {
				const named = tree.has('networks', name, 'name') ? name : other;
				report.error(
					tree.place('networks', named, 'name'),
					`the network "${named === name ? other : name}" on host "${host}" is already called "${dockerName}"`,
					`Docker: "network with name ${dockerName} already exists"`,
				);
			}

			taken.set(`${host}\0${dockerName}`, other ?? name);
		}
	}
}

/** Names of bridges that the file chooses: each is an interface of its host. */
function checkBridgeNames({lab, tree, hosts, report}: Context): void {
	const taken = new Map<string, string>();
	for (const network of lab.networks) {
		if (network.driver !== 'bridge' || network.bridge === undefined) {
			continue;
		}

		const {name, bridge, host} = network;
		const place = tree.place('networks', name, 'driver_opts', options.bridgeName);
		const machine = hosts.get(host);
		const other = taken.get(`${host}\0${bridge}`);
		if (other !== undefined) {
			report.error(place, `the bridge of network "${other}" is already called "${bridge}"`, 'Docker: "networks have same bridge name"');
		} else if (
			bridge === 'lo' ||
			bridge === 'docker0' ||
			bridge === gatewayBridge ||
			[...(machine?.nics ?? []), ...(machine?.bridges ?? [])].some(({dev}) => dev === bridge)
		) {
			report.error(place, `host "${host}" has an interface "${bridge}" already`, 'call the bridge something else, such as br-front');
		}

		taken.set(`${host}\0${bridge}`, name);
	}
}

/** The hosts that a network is on. */
export function hostsOf(network: Network): readonly string[] {
	return network.driver === 'bridge' ? (network.host === '' ? [] : [network.host]) : network.hosts;
}

/** Whether an engine 20.10 makes it. */
export function isOfOld(network: Network, hosts: Context['hosts']): boolean {
	return hostsOf(network).some((name) => hosts.get(name)?.docker?.engine === '20.10');
}
