// The lab that is measured, as text of a scenario file: n containers of one mode on one host, and a laptop on the same LAN that asks them. Pure.

export type BenchMode = 'bridge' | 'host' | 'none' | 'container';

/** Where container i of n listens, from 1: one bridge takes 1,023 ports, so there are never more containers than this range has ports. */
const firstPort = 10_000;
const address = '192.168.50.10';

export interface BenchLab {
	readonly name: string;
	readonly text: string;
	/** What shows that the last container answers: from another machine and, through docker-proxy, from its own host. Empty in mode none. */
	readonly requests: readonly {readonly from: string; readonly url: string}[];
}

/** `name` is the lab's: labs of two benches at the same time must not share it. */
export function benchLab(name: string, count: number, mode: BenchMode = 'bridge'): BenchLab {
	const services = Array.from({length: count}, (_, index) => `  web${index + 1}: ${service(mode, index + 1)}`);
	const text = [
		'vethlab: 1',
		`name: ${name}`,
		'lans:',
		'  office: {subnet: 192.168.50.0/24}',
		'hosts:',
		`  h1: {nics: {eth0: {lan: office, ip: ${address}/24}}, docker: {engine: "28"}}`,
		'  laptop: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.12/24}}}',
		'services:',
		...services,
		'',
	].join('\n');
	const last = mode === 'container' ? 1 : count;
	return {
		name,
		text,
		requests:
			mode === 'none'
				? []
				: [
						{from: 'laptop', url: `http://${address}:${firstPort + last}/`},
						{from: 'h1', url: `http://127.0.0.1:${firstPort + last}/`},
					],
	};
}

function service(mode: BenchMode, number: number): string {
	const own = firstPort + number;
	switch (mode) {
		case 'bridge': {
			return `{host: h1, network_mode: bridge, serve: [{http: {port: 80}}], ports: ["${own}:80"]}`;
		}

		case 'host': {
			return `{host: h1, network_mode: host, serve: [{http: {port: ${own}}}]}`;
		}

		case 'none': {
			return '{host: h1, network_mode: none, serve: [{http: {port: 80}}]}';
		}

		case 'container': {
			return number === 1 ? service('bridge', 1) : `{host: h1, network_mode: "service:web1", serve: [{http: {port: ${own}}}]}`;
		}
	}
}
