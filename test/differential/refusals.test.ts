// What a real engine refuses and in which words: a wrong file is told the words of Docker, and here the same is asked of the engine that is installed.
// A row is what is wrong as a file, and the commands that come to the same; the last of them is the one that fails.
import {planConnect, planDisconnect, planLab, planNetworkRemoval, planPublish} from '../../src/drivers/index.ts';
import {LabError} from '../../src/base/errors.ts';
import type {DockerEngine, Lab} from '../../src/model/lab.ts';
import {parseLab, renderProblems} from '../../src/model/parse.ts';
import {eventually} from '../e2e/lab.ts';
import {labOf} from '../e2e/read.ts';
import {needs} from '../needs.ts';
import {installed, RealEngine} from './real-engine.ts';

type Engine = DockerEngine['engine'];

interface Refusal {
	/** Services and networks of a file whose host is h1; or what is asked of a lab that runs. */
	readonly file: string;
	readonly asked?: (lab: Lab) => unknown;
	readonly commands: readonly string[];
	/** Left out: all. */
	readonly engines?: readonly Engine[];
	/** Asked of the manager of a Swarm, one after the other, and nothing is taken away between. What it refuses later is in its log alone. */
	readonly isSwarm?: true;
}

const create = (words: string): string => `docker network create ${words}`;
const run = (words: string): string => `docker run -d ${words} lab/tools`;
const macvlan = 'driver: macvlan, driver_opts: {parent: eth0';
const overlay = (subnet: string): string => `driver: overlay, ipam: {config: [{subnet: ${subnet}}]}`;
const numbers = 'com.docker.network.driver.overlay.vxlanid_list';
const onOverlay = (words: string): string => create(`-d overlay --attachable ${words}`);
/** Who runs a container is told after 20 s that it does not come, and the next one waits for that. The engine says it at once in its log; who goes has asked. */
const attempt = (words: string): string => `timeout -s KILL 5 "$DOCKER" run -d ${words} lab/tools`;
const one = 'services: {c1: {image: lab/tools, networks: ';

const refusals: Readonly<Record<string, Refusal>> = {
	'subnets that overlap': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {ipam: {config: [{subnet: 10.90.0.0/16}]}}, n2: {ipam: {config: [{subnet: 10.90.1.0/24}]}}}`,
		commands: [create('--subnet 10.90.0.0/16 n1'), create('--subnet 10.90.1.0/24 n2')],
	},
	"a subnet of docker0's": {
		file: `${one}[n1]}}\nnetworks: {n1: {ipam: {config: [{subnet: 172.17.5.0/24}]}}}`,
		commands: [create('--subnet 172.17.5.0/24 n1')],
	},
	'an address outside': {
		file: `${one}{n1: {ipv4_address: 10.91.0.9}}}}\nnetworks: {n1: {ipam: {config: [{subnet: 10.90.0.0/24}]}}}`,
		commands: [create('--subnet 10.90.0.0/24 n1'), run('--network n1 --ip 10.91.0.9')],
	},
	'an address on a network that was given no subnet': {
		file: `${one}{n1: {ipv4_address: 172.18.0.9}}}}\nnetworks: {n1: {}}`,
		commands: [create('n1'), run('--network n1 --ip 172.18.0.9')],
	},
	'an address that somebody has': {
		file: `services: {c1: {image: lab/tools, networks: {n1: {ipv4_address: 10.90.0.9}}}, c2: {image: lab/tools, networks: {n1: {ipv4_address: 10.90.0.9}}}}
networks: {n1: {ipam: {config: [{subnet: 10.90.0.0/24}]}}}`,
		commands: [create('--subnet 10.90.0.0/24 n1'), run('--network n1 --ip 10.90.0.9'), run('--network n1 --ip 10.90.0.9')],
	},
	'the address of a gateway': {
		file: `${one}{n1: {ipv4_address: 10.90.0.128}}}}\nnetworks: {n1: {ipam: {config: [{subnet: 10.90.0.0/24, ip_range: 10.90.0.128/25}]}}}`,
		commands: [create('--subnet 10.90.0.0/24 --ip-range 10.90.0.128/25 n1'), run('--network n1 --ip 10.90.0.128')],
	},
	'two subnets of a family on a bridge': {
		file: `${one}[n1]}}\nnetworks: {n1: {ipam: {config: [{subnet: 10.90.0.0/24}, {subnet: 10.91.0.0/24}]}}}`,
		commands: [create('--subnet 10.90.0.0/24 --subnet 10.91.0.0/24 n1')],
	},
	'a network that Docker has by itself': {file: `${one}[none]}}\nnetworks: {none: {}}`, commands: [create('none')]},
	'IPv6 without a subnet': {file: `${one}[n1]}}\nnetworks: {n1: {enable_ipv6: true}}`, commands: [create('--ipv6 n1')], engines: ['20.10']},
	'a network without IPv4': {
		file: `${one}[n1]}}\nnetworks: {n1: {enable_ipv4: false, enable_ipv6: true, ipam: {config: [{subnet: "fd00:77::/64"}]}}}`,
		commands: [create('--ipv4=false --ipv6 --subnet fd00:77::/64 n1')],
		engines: ['20.10'],
	},
	'a network without IPv4 and without IPv6': {
		file: `${one}[n1]}}\nnetworks: {n1: {enable_ipv4: false}}`,
		commands: [create('--ipv4=false n1')],
		engines: ['28'],
	},
	'a network that leads outside and is isolated': {
		file: `${one}[n1]}}\nnetworks: {n1: {driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: isolated}}}`,
		commands: [create('-o com.docker.network.bridge.gateway_mode_ipv4=isolated n1')],
		engines: ['28'],
	},
	'a gateway for an internal network': {
		file: `${one}[n1]}}\nnetworks: {n1: {internal: true, ipam: {config: [{subnet: 10.90.0.0/24, aux_addresses: {DefaultGatewayIPv4: 10.90.0.9}}]}}}`,
		commands: [create('--internal --subnet 10.90.0.0/24 --aux-address DefaultGatewayIPv4=10.90.0.9 n1')],
		engines: ['28'],
	},
	'an IPv6 subnet of multicast addresses': {
		file: `${one}[n1]}}\nnetworks: {n1: {enable_ipv6: true, ipam: {config: [{subnet: "ff05::/64"}]}}}`,
		commands: [create('--ipv6 --subnet ff05::/64 n1')],
		engines: ['28'],
	},
	'an IPv6 subnet of link-local addresses': {
		file: `${one}[n1]}}\nnetworks: {n1: {enable_ipv6: true, ipam: {config: [{subnet: "fe80::/80"}]}}}`,
		commands: [create('--ipv6 --subnet fe80::/80 n1')],
		engines: ['28'],
	},
	'a second network on a parent': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {${macvlan}}}, n2: {${macvlan}}}}`,
		commands: [create('-d macvlan -o parent=eth0 n1'), create('-d macvlan -o parent=eth0 n2')],
		engines: ['20.10'],
	},
	'a parent that another network has for itself': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {${macvlan}, macvlan_mode: passthru}}, n2: {${macvlan}}}}`,
		commands: [create('-d macvlan -o parent=eth0 -o macvlan_mode=passthru n1'), create('-d macvlan -o parent=eth0 n2')],
		engines: ['28'],
	},
	'loopback as parent': {
		file: `${one}[n1]}}\nnetworks: {n1: {driver: macvlan, driver_opts: {parent: lo}}}`,
		commands: [create('-d macvlan -o parent=lo n1')],
	},
	'a name of a bridge twice': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {driver_opts: {com.docker.network.bridge.name: br9}}, n2: {driver_opts: {com.docker.network.bridge.name: br9}}}`,
		commands: [create('-o com.docker.network.bridge.name=br9 n1'), create('-o com.docker.network.bridge.name=br9 n2')],
	},
	'a name of a network twice': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {name: net}, n2: {name: net}}`,
		commands: [create('net'), create('net')],
	},
	'a name of a container twice': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge, container_name: web}, c2: {image: lab/tools, network_mode: bridge, container_name: web}}`,
		commands: [run('--name web'), run('--name web')],
	},
	'a port that is taken': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge, ports: ["127.0.0.1:8080:80"]}, c2: {image: lab/tools, network_mode: bridge, ports: ["127.0.0.1:8080:80"]}}`,
		commands: [run('-p 127.0.0.1:8080:80'), run('-p 127.0.0.1:8080:80')],
	},
	'a port of an IPv6 address that is taken': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge, ports: ["[::1]:8080:80"]}, c2: {image: lab/tools, network_mode: bridge, ports: ["[::1]:8080:80"]}}`,
		commands: [run('-p [::1]:8080:80'), run('-p [::1]:8080:80')],
	},
	'a port that somebody got while it ran': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge, ports: ["127.0.0.1:8080:80"]}, c2: {image: lab/tools, network_mode: bridge}}`,
		asked: (lab) =>
			planPublish(
				lab,
				planLab(lab).allocations,
				'c2',
				lab.services.flatMap(({publish}) => publish),
			),
		commands: [run('-p 127.0.0.1:8080:80'), run('-p 127.0.0.1:8080:80')],
	},
	'a port of a guest': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge}, c2: {image: lab/tools, network_mode: "service:c1", ports: ["8080:80"]}}`,
		commands: [run('--name c1'), run('--network container:c1 -p 8080:80')],
	},
	'a hostname of a guest': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge}, c2: {image: lab/tools, network_mode: "service:c1", hostname: front}}`,
		commands: [run('--name c1'), run('--network container:c1 --hostname front')],
	},
	'a MAC in mode host': {
		file: `services: {c1: {image: lab/tools, network_mode: host, mac_address: "02:00:00:00:00:33"}}`,
		commands: [run('--network host --mac-address 02:00:00:00:00:33')],
		engines: ['20.10'],
	},
	'a network for a container of mode none': {
		file: `services: {c1: {image: lab/tools, network_mode: none}, c2: {image: lab/tools, networks: [n1]}}\nnetworks: {n1: {}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'c1', 'n1'),
		commands: [create('n1'), run('--name c1 --network none'), 'docker network connect n1 c1'],
	},
	'a network for a container of mode host': {
		file: `services: {c1: {image: lab/tools, network_mode: host}, c2: {image: lab/tools, networks: [n1]}}\nnetworks: {n1: {}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'c1', 'n1'),
		commands: [create('n1'), run('--name c1 --network host'), 'docker network connect n1 c1'],
		engines: ['20.10'],
	},
	'a network that nobody knows': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'c1', 'nope'),
		commands: [run('--name c1'), 'docker network connect nope c1'],
	},
	'a network that a container is on': {
		file: `${one}[n1]}}\nnetworks: {n1: {}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'c1', 'n1'),
		commands: [create('n1'), run('--name c1 --network n1'), 'docker network connect n1 c1'],
	},
	'a network that a container is not on': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge}, c2: {image: lab/tools, networks: [n1]}}\nnetworks: {n1: {}}`,
		asked: (lab) => planDisconnect(lab, planLab(lab).allocations, 'c1', 'n1'),
		commands: [create('n1'), run('--name c1'), 'docker network disconnect n1 c1'],
	},
	'to remove a network that is used': {
		file: `${one}[n1]}}\nnetworks: {n1: {}}`,
		asked: (lab) => planNetworkRemoval(lab, planLab(lab).allocations, 'n1'),
		commands: [create('n1'), run('--name c1 --network n1'), 'docker network rm n1'],
	},
	'to remove a network that Docker has by itself': {
		file: `services: {c1: {image: lab/tools, network_mode: bridge}}`,
		asked: (lab) => planNetworkRemoval(lab, planLab(lab).allocations, 'bridge'),
		commands: ['docker network rm bridge'],
	},
	'subnets of overlay networks that overlap': {
		file: `${one}[a1, a2]}}\nnetworks: {a1: {${overlay('10.60.0.0/24')}}, a2: {${overlay('10.60.0.128/25')}}}`,
		commands: [onOverlay('--subnet 10.60.0.0/24 a1'), onOverlay('--subnet 10.60.0.128/25 a2')],
		isSwarm: true,
	},
	"a subnet of ingress's": {
		file: `${one}[b1]}}\nnetworks: {b1: {${overlay('10.0.0.0/16')}}}`,
		commands: [onOverlay('--subnet 10.0.0.0/16 b1')],
		isSwarm: true,
	},
	'a number of an overlay network twice': {
		file: `${one}[d1, d2]}}\nnetworks: {d1: {driver: overlay, vni: 5000}, d2: {vni: 5000, ${overlay('10.61.0.0/24')}}}`,
		commands: [onOverlay(`-o ${numbers}=5000 d1`), onOverlay(`-o ${numbers}=5000 --subnet 10.61.0.0/24 d2`)],
		isSwarm: true,
	},
	"ingress's number": {
		file: `${one}[e1]}}\nnetworks: {e1: {vni: 4096, ${overlay('10.62.0.0/24')}}}`,
		commands: [onOverlay(`-o ${numbers}=4096 --subnet 10.62.0.0/24 e1`)],
		isSwarm: true,
	},
	// names of overlay networks that could not begin an id: docker looks for those of local networks first
	'an overlay network that a container is on': {
		file: `services: {inside: {image: lab/tools, networks: [over]}}\nnetworks: {over: {driver: overlay}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'inside', 'over'),
		commands: [onOverlay('over'), run('--name inside --network over'), 'docker network connect over inside'],
		isSwarm: true,
	},
	'to remove an overlay network that is used': {
		file: `services: {inside: {image: lab/tools, networks: [over]}}\nnetworks: {over: {driver: overlay}}`,
		asked: (lab) => planNetworkRemoval(lab, planLab(lab).allocations, 'over'),
		commands: ['docker network rm over'],
		isSwarm: true,
	},
	'an overlay network that a container is not on': {
		file: `services: {inside: {image: lab/tools, networks: [over]}, outside: {image: lab/tools, network_mode: bridge}}\nnetworks: {over: {driver: overlay}}`,
		asked: (lab) => planDisconnect(lab, planLab(lab).allocations, 'outside', 'over'),
		commands: [run('--name outside'), 'docker network disconnect over outside'],
		isSwarm: true,
	},
	'an overlay network for a container of mode none': {
		file: `services: {inside: {image: lab/tools, networks: [over]}, lone: {image: lab/tools, network_mode: none}}\nnetworks: {over: {driver: overlay}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'lone', 'over'),
		commands: [run('--name lone --network none'), 'docker network connect over lone'],
		isSwarm: true,
	},
	'a network that no host of a Swarm knows': {
		file: `services: {outside: {image: lab/tools, network_mode: bridge}}`,
		asked: (lab) => planConnect(lab, planLab(lab).allocations, 'outside', 'nope'),
		commands: ['docker network connect nope outside'],
		isSwarm: true,
	},
	'a name of an overlay network twice': {
		file: `${one}[n1, n2]}}\nnetworks: {n1: {driver: overlay, name: over}, n2: {driver: overlay, name: over}}`,
		commands: [onOverlay('over')],
		isSwarm: true,
	},
	'a network with the name of the way out of overlay networks': {
		file: `${one}[docker_gwbridge]}}\nnetworks: {docker_gwbridge: {}}`,
		commands: [create('docker_gwbridge')],
		isSwarm: true,
	},
	'an overlay network without IPv4': {
		file: `${one}[h1]}}\nnetworks: {h1: {driver: overlay, enable_ipv4: false}}`,
		commands: [onOverlay('--ipv4=false h1')],
		engines: ['28'],
		isSwarm: true,
	},
	'an address of an overlay network that somebody has': {
		file: `services: {g2: {image: lab/tools, networks: {g1: {ipv4_address: 10.63.0.9}}}, g3: {image: lab/tools, networks: {g1: {ipv4_address: 10.63.0.9}}}}
networks: {g1: {${overlay('10.63.0.0/24')}}}`,
		commands: [onOverlay('--subnet 10.63.0.0/24 g1'), run('--network g1 --ip 10.63.0.9'), attempt('--network g1 --ip 10.63.0.9')],
		isSwarm: true,
	},
	'an address outside of an overlay network that was given no subnet': {
		file: `${one}{i1: {ipv4_address: 10.200.0.9}}}}\nnetworks: {i1: {driver: overlay}}`,
		commands: [onOverlay('i1'), attempt('--network i1 --ip 10.200.0.9')],
		isSwarm: true,
	},
	'an address outside of an overlay network': {
		file: `services: {g2: {image: lab/tools, networks: [g1]}, c1: {image: lab/tools, networks: {g1: {ipv4_address: 10.64.0.9}}}}\nnetworks: {g1: {${overlay('10.63.0.0/24')}}}`,
		commands: [attempt('--network g1 --ip 10.64.0.9')],
		isSwarm: true,
	},
};

const address = '10.77.0.11';
const machine = (engine: Engine): string => `vethlab: 1
name: refusals
lans: {office: {subnet: 10.77.0.0/24}}
hosts: {h1: {nics: {eth0: {lan: office, ip: ${address}/24}}, docker: {engine: "${engine}"}}}
`;

/** Docker's words in what is said of a file, or with which a lab refuses. */
function wordsOf({file, asked}: Refusal, engine: Engine): readonly string[] {
	const text = machine(engine) + file;
	if (asked !== undefined) {
		try {
			asked(labOf(text));
			return [];
		} catch (error) {
			return error instanceof LabError && error.said !== undefined ? [error.said] : [];
		}
	}

	const {problems} = parseLab(text, {file: 'lab.veth.yaml', env: {}});
	return [...renderProblems(problems, text, 'lab.veth.yaml').matchAll(/Docker: "(.*)"\)?$/gm)].map(([, words = '']) => words);
}

/** "…" is what differs from one engine to the next, as the ids of containers do. */
function holds(said: string, words: string): boolean {
	const [first = '', ...others] = words.replaceAll(anId, '…').split('…');
	const at = said.replaceAll(anId, '…').indexOf(first);
	return at !== -1 && (others.length === 0 || holds(said.replaceAll(anId, '…').slice(at + first.length), others.join('…')));
}

/** Of a network, a container or an endpoint, and Swarm's of networks and tasks. */
const anId = /\b(?:[\da-f]{12,64}|[\da-z]{25})\b/g;

needs('dockerd')('what a real engine refuses is refused in its words', async (t) => {
	const {engine, docker} = await installed();
	const real = await RealEngine.start(planLab(labOf(`${machine(engine)}services: {c1: {image: lab/tools, network_mode: bridge}}`)).units, docker);
	try {
		const other: string[] = [];
		const rows = Object.entries(refusals).filter(([, {engines}]) => engines === undefined || engines.includes(engine));
		for (const [what, row] of rows.toSorted(([, a], [, b]) => Number(a.isSwarm ?? false) - Number(b.isSwarm ?? false))) {
			// oxlint-disable-next-line no-await-in-loop -- one engine is asked all of it
			await join(real, row);
			const words = wordsOf(row, engine);
			const before = real.log().length;
			// oxlint-disable-next-line no-await-in-loop -- as above
			const said = await refusalOf(real, row.commands);
			const heard = (): string => said + (row.isSwarm === true ? real.log().slice(before) : '');
			// oxlint-disable-next-line no-await-in-loop -- as above
			if (!(await eventually(() => words.some((some) => holds(heard(), some)), row.isSwarm === true ? 30_000 : 0))) {
				other.push(`${what}\n  docker  ${heard()}\n  vethlab ${words.join('\n          ')}`);
			}

			if (row.isSwarm !== true) {
				// oxlint-disable-next-line no-await-in-loop -- as above
				await clear(real);
			}
		}

		t.deepEqual(other, []);
	} finally {
		await real.close();
	}
});

/** From the first row that needs a Swarm on. */
async function join(real: RealEngine, {isSwarm}: Refusal): Promise<void> {
	const state = await real.docker("docker info -f '{{.Swarm.LocalNodeState}}'");
	if (isSwarm === true && state.trim() === 'inactive') {
		await real.docker(`docker swarm init --advertise-addr ${address}`);
	}
}

async function refusalOf(real: RealEngine, commands: readonly string[]): Promise<string> {
	for (const [index, command] of commands.entries()) {
		try {
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			await real.docker(command);
		} catch (error) {
			return index === commands.length - 1 && error instanceof Error ? error.message : `too early: ${String(error)}`;
		}
	}

	return 'nothing: it was done';
}

async function clear(real: RealEngine): Promise<void> {
	await real.docker('docker ps -aq | xargs -r "$DOCKER" rm -f');
	await real.docker('docker network prune -f');
}
