// Rows that all versions of the engine share, alone or in other chains.
import type {Row, RuleRow} from './rows.ts';

/** Rule texts that engines put into different chains. */
export const conntrack = '-o {bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';

/** Rules that both engines make for a bridge in the nat table; each is put first, so the list reads bottom up. */
export const bridgeNat: readonly Row[] = [
	{
		make: 'rule',
		table: 'nat',
		chain: 'POSTROUTING',
		insert: true,
		when: ['masquerade', 'nat'],
		rule: '-s {subnet} ! -o {bridge} -j {translation}',
		why: 'what a container of {bridge} sends to the world leaves with an address of {host}',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'POSTROUTING',
		insert: true,
		when: ['no-proxy'],
		rule: '-o {bridge} -m addrtype --src-type LOCAL -j {translation}',
		why: 'without a proxy {host} itself reaches published ports by DNAT: the container must answer to {bridge}, not to 127.0.0.1',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'DOCKER',
		insert: true,
		when: ['proxy', 'masquerade'],
		rule: '-i {bridge} -j RETURN',
		why: 'containers that call a published port skip DNAT: docker-proxy serves them',
	},
];

/** The jumps to the nat table's chain of published ports. */
export const toDocker: readonly Row[] = [
	{
		make: 'rule',
		table: 'nat',
		chain: 'PREROUTING',
		rule: '-m addrtype --dst-type LOCAL -j DOCKER',
		why: 'what arrives for an address of {host} is looked up among the published ports',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'OUTPUT',
		when: ['proxy'],
		rule: '{notLoopback}-m addrtype --dst-type LOCAL -j DOCKER',
		why: 'what {host} sends to its own addresses too, except loopback: docker-proxy serves that',
	},
	{
		make: 'rule',
		table: 'nat',
		chain: 'OUTPUT',
		when: ['no-proxy'],
		rule: '-m addrtype --dst-type LOCAL -j DOCKER',
		why: 'what {host} sends to its own addresses too, loopback included, for there is no docker-proxy',
	},
];

/** The second half of keeping bridges apart. */
export const isolation: readonly RuleRow[] = [
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER-ISOLATION-STAGE-2',
		insert: true,
		rule: '-o {bridge} -j DROP',
		why: 'and stage 2 drops what would enter {bridge} from another bridge',
	},
];

/** What keeps an internal network to itself; each is put first. */
export const confinement: readonly Row[] = [
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER-ISOLATION-STAGE-1',
		insert: true,
		rule: '! -d {subnet} -i {bridge} -j DROP',
		why: 'nothing leaves {bridge} for an address outside {subnet}',
	},
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER-ISOLATION-STAGE-1',
		insert: true,
		rule: '! -s {subnet} -o {bridge} -j DROP',
		why: 'and nothing from outside {subnet} comes in',
	},
];

/** The same, but IPv6 within the bridge is let be: neighbours ask by link-local and multicast addresses. */
export const confinementBut6: readonly Row[] = [
	...confinement.map((row) => ({...row, when: ['ipv4' as const]})),
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER-ISOLATION-STAGE-1',
		insert: true,
		when: ['ipv6'],
		rule: '! -d {subnet} -i {bridge} ! -o {bridge} -j DROP',
		why: 'nothing leaves {bridge} for an address outside {subnet}; within {bridge} neighbours ask by link-local and multicast addresses',
	},
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER-ISOLATION-STAGE-1',
		insert: true,
		when: ['ipv6'],
		rule: '! -s {subnet} ! -i {bridge} -o {bridge} -j DROP',
		why: 'and nothing from outside {subnet} comes in',
	},
];

export const accept = '-d {address}/{bits} ! -i {bridge} -o {bridge} -p {protocol} -m {protocol} --dport {port} -j ACCEPT';
export const dnat = '{destination}{notFromBridge}-p {protocol} -m {protocol} --dport {hostPort} -j DNAT --to-destination {to}';
export const hairpin = '-s {address}/{bits} -d {address}/{bits} -p {protocol} -m {protocol} --dport {port} -j MASQUERADE';
export const dnatWhy = 'what comes to {where} goes on to {service}, {to}';
export const acceptWhy = 'new connections may enter {bridge} for port {port} of {service}';
export const hairpinWhy = 'when {service} calls its own published port, the answer has to come back through {host}';
