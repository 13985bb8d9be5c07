// The labs in which the modes are compared, as text of scenario files: n containers of one mode that serve one page and publish nothing; and a host with
// many networks. Pure.
import type {BenchLab} from './lab.ts';

/** `published`: mode bridge with a published port, as in the labs of lab.ts; what others are compared with. */
export const wiredModes = ['published', 'bridge', 'host', 'none', 'container', 'network', 'macvlan', 'overlay'] as const;
export type WiredMode = (typeof wiredModes)[number];

/** What a container can be connected to in the modes that allow it: a user-defined bridge, in mode overlay another overlay. */
export const otherNetwork = 'other';

const firstPort = 10_000;
const head = (name: string, hosts: readonly string[]): readonly string[] => [
	'vethlab: 1',
	`name: ${name}`,
	'lans: {office: {subnet: 10.50.0.0/16}}',
	'hosts:',
	...hosts.map((host, index) => `  ${host}: {nics: {eth0: {lan: office, ip: 10.50.0.${index + 1}/16}}, docker: {engine: "28"}}`),
];

/** `count` containers of a mode on one host, turn by turn on two of an overlay; on each host one beside them that keeps its networks there. */
export function modeLab(name: string, count: number, mode: WiredMode): BenchLab {
	const hosts = mode === 'overlay' ? ['h1', 'h2'] : ['h1'];
	const services = Array.from({length: count}, (_, index) => `  c${index + 1}: {host: ${hosts[index % hosts.length]}, ${attachment(mode, index + 1)}}`);
	const text = [
		...head(name, hosts),
		'networks:',
		...(mode === 'overlay' ? ['  over: {driver: overlay, ipam: {config: [{subnet: 10.80.0.0/16}]}}'] : []),
		...(mode === 'network' ? ['  mine: {ipam: {config: [{subnet: 10.60.0.0/16}]}}'] : []),
		...(mode === 'macvlan'
			? ['  lan: {driver: macvlan, driver_opts: {parent: eth0}, ipam: {config: [{subnet: 10.50.0.0/16, ip_range: 10.50.128.0/17}]}}']
			: []),
		`  ${otherNetwork}: {${mode === 'overlay' ? 'driver: overlay, ' : ''}ipam: {config: [{subnet: 10.70.0.0/16}]}}`,
		'services:',
		...hosts.map((host) => `  anchor-${host}: {host: ${host}, networks: [${[otherNetwork, ...(mode === 'overlay' ? ['over'] : [])].join(', ')}]}`),
		...services,
		'',
	].join('\n');
	return {name, text, requests: count < 2 ? [] : requestsOf(mode, count)};
}

/** `networks` user-defined networks of `each` containers on one host. */
export function crowdLab(name: string, networks: number, each: number): BenchLab {
	const numbers = Array.from({length: networks}, (_, index) => index + 1);
	const text = [
		...head(name, ['h1']),
		'networks:',
		...numbers.map((number) => `  n${number}: {ipam: {config: [{subnet: 10.60.${number}.0/24}]}}`),
		'services:',
		...numbers.flatMap((number) =>
			Array.from({length: each}, (_, index) => `  c${number}-${index + 1}: {host: h1, networks: [n${number}], serve: [{http: {port: 80}}]}`),
		),
		'',
	].join('\n');
	return {name, text, requests: [{from: `c${networks}-1`, url: `http://c${networks}-${each}/`}]};
}

function attachment(mode: WiredMode, number: number): string {
	const page = (port: number): string => `serve: [{http: {port: ${port}}}]`;
	switch (mode) {
		case 'published': {
			return `network_mode: bridge, ports: ["${firstPort + number}:80"], ${page(80)}`;
		}

		case 'bridge':
		case 'none': {
			return `network_mode: ${mode}, ${page(80)}`;
		}

		case 'host': {
			return `network_mode: host, ${page(firstPort + number)}`;
		}

		case 'container': {
			return number === 1 ? attachment('bridge', 1) : `network_mode: "service:c1", ${page(firstPort + number)}`;
		}

		case 'network': {
			return `networks: [mine], ${page(80)}`;
		}

		case 'macvlan': {
			return `networks: [lan], ${page(80)}`;
		}

		case 'overlay': {
			return `networks: [over], ${page(80)}`;
		}
	}
}

/** That the last container answers the one before it, by name where there are names. */
function requestsOf(mode: WiredMode, count: number): BenchLab['requests'] {
	const from = `c${count - 1}`;
	switch (mode) {
		case 'none': {
			return [];
		}

		case 'published':
		case 'bridge': {
			return [{from, url: `http://172.17.${(count + 1) >> 8}.${(count + 1) & 255}/`}];
		}

		case 'host':
		case 'container': {
			return [{from, url: `http://127.0.0.1:${firstPort + count}/`}];
		}

		case 'network':
		case 'macvlan':
		case 'overlay': {
			return [{from, url: `http://c${count}/`}];
		}
	}
}
