// A service: Compose's keys, what each does here, and ours. A Compose key whose feature comes later is in `notYet`.
import {either, flag, list, names, nothing, number, object, one, text, words, type Shape} from '../parse/shape.ts';
import {endpoint} from './network.ts';
import {anyText, cidr, cidr6, device, ip, ipv4, ipv6, name, ownMac, port, portMapping, portMappingWant, ref} from './texts.ts';

const noEffect = 'accepted from Compose, but has no effect in the lab';

const withoutEffect = `
	annotations attach blkio_config cgroup cgroup_parent configs cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus
	cpuset credential_spec deploy develop device_cgroup_rules devices gpus group_add healthcheck init ipc isolation label_file labels logging mem_limit
	mem_reservation mem_swappiness memswap_limit models oom_kill_disable oom_score_adj pids_limit platform post_start post_stop pre_start pre_stop
	pull_policy pull_refresh_after restart runtime secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt tmpfs tty ulimits
	use_api_socket userns_mode volumes volumes_from
`;

const notYet = ['env_file', 'external_links', 'pid', 'privileged', 'profiles', 'scale', 'text', 'uts'] as const;

const texts = either('a text or a list of texts', anyText, list(anyText));
const environmentName = text('a variable name', '[^=\\0]+');
const settings: Shape = either(
	'a map or a list of "name=value"',
	names(environmentName, either('a text, number or nothing', anyText, {is: 'nothing'})),
	list(text('a setting like "NAME=value"', '[^=\\0]+(=[^\\0]*)?')),
);
const sysctlName = text('a network setting like net.ipv4.ip_forward', 'net[./][a-zA-Z0-9_./-]+', {valid: (value) => !value.includes('..')});
/** Only /proc/sys/net has a copy for each network namespace (network_namespaces(7)). */
export const sysctls: Shape = either(
	'a map or a list of "name=value"',
	names(sysctlName, anyText),
	list(text('a network setting like net.ipv4.ip_forward=1', 'net[./][a-zA-Z0-9_./-]+=[^\\0]*', {valid: (value) => !value.includes('..')})),
);

export const serve = one('server', {
	http: object({port, body: anyText, status: number('an HTTP status from 200 to 599', 200, 599), echo: words(['peer', 'headers'])}, {required: ['port']}),
	tcp: object({port, echo: flag}, {required: ['port']}),
	udp: object({port, echo: flag}, {required: ['port']}),
});

const longPort = object(
	{
		name: anyText,
		target: port,
		published: either('a port or a range like "9000-9002"', number('a port', 0, 65_535), text('a port or a range', '\\d{1,5}(-\\d{1,5})?')),
		host_ip: ip,
		protocol: words(['tcp', 'udp'], ['sctp']),
		mode: words(['host', 'ingress']),
		app_protocol: anyText,
	},
	{required: ['target']},
);

const handNic = object({lan: ref('LAN'), bridge: device, ip: cidr, ip6: cidr6, mac: ownMac, gateway: ipv4, gateway6: ipv6, via: words(['pipework'])});

const dependency = object({condition: words(['service_started', 'service_healthy', 'service_completed_successfully']), restart: flag, required: flag});

export const service = object(
	{
		image: anyText,
		command: texts,
		entrypoint: texts,
		environment: settings,
		working_dir: text('an absolute path', '/[^\\0]*'),
		user: anyText,
		hostname: name,
		domainname: name,
		container_name: name,
		read_only: flag,
		cap_add: list(anyText),
		cap_drop: list(anyText),
		sysctls,
		network_mode: text('bridge, host, none, service:NAME or container:NAME', 'bridge|host|none|(service|container):[a-zA-Z0-9][a-zA-Z0-9._-]*', {
			near: ['bridge', 'host', 'none', 'service:', 'container:'],
			hint: 'a network of your own is written "networks: [NAME]"',
		}),
		networks: either('a list or a map of networks', list(ref('network')), names(ref('network'), either('a map', endpoint, nothing)), nothing),
		ports: list(either(portMappingWant, number('a port from 1 to 65535', 1, 65_535), portMapping, longPort)),
		expose: list(text('a port like 80 or "53/udp"', '\\d{1,5}(-\\d{1,5})?(/(tcp|udp))?')),
		links: list(text('a link like "db" or "db:database"', '[a-zA-Z0-9][a-zA-Z0-9._-]*(:[a-zA-Z0-9][a-zA-Z0-9._-]*)?')),
		dns: either('an IP address or a list of them', ip, list(ip)),
		dns_search: texts,
		dns_opt: list(anyText),
		extra_hosts: either(
			'a list of "name:address" or a map',
			list(text('a line like "name:192.168.50.10"', '[^\\s:=]+[:=][^\\s]+')),
			names(text('a host name', '[^\\s]+'), either('an address or a list of them', anyText, list(anyText))),
		),
		mac_address: ownMac,
		depends_on: either('a list or a map of services', list(ref('service')), names(ref('service'), dependency)),
		host: ref('docker host'),
		serve: list(serve),
		nics: names(device, handNic),
	},
	{
		notYet,
		noted: {
			...Object.fromEntries(
				withoutEffect
					.trim()
					.split(/\s+/)
					.map((key) => [key, noEffect]),
			),
			build: "images are not built here; a stand-in answers on the service's declared ports instead",
		},
		refused: {
			extends: 'write the service out in full, or run "docker compose config" first and load its output',
			provider: 'providers start things outside the lab: remove it',
		},
	},
);

export const noEffectWords = noEffect;
