// The kernel features that labs use, each with the commands that show whether this kernel has it. They are run in a scratch namespace (scratch.ts).
// To add one: a row here. Interface names are the row's own, because all rows of one run share the namespace.

export interface Feature {
	/** Shell commands; the feature is there when the last one succeeds and none before it ended the shell. Every command is joined by &&. */
	readonly commands: readonly string[];
	readonly neededFor: string;
	/** No lab runs without it. */
	readonly isEssential?: true;
	/** The module that brings it, where the kernel has it as one. */
	readonly module: string;
	/** The kernel's build options that it needs. */
	readonly option: string;
}

const veth = (name: string): string => `ip link add ${name} type veth peer name ${name}-peer`;

export const features = {
	bridge: {commands: ['ip link add f-bridge type bridge'], neededFor: 'mode bridge, LANs', isEssential: true, module: 'bridge', option: 'CONFIG_BRIDGE'},
	veth: {commands: [veth('f-veth')], neededFor: 'every cable', isEssential: true, module: 'veth', option: 'CONFIG_VETH'},
	nat: {
		commands: [
			'iptables-nft -t nat -A POSTROUTING -s 192.0.2.0/24 ! -o lo -j MASQUERADE',
			'iptables-nft -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 192.0.2.2:80',
		],
		neededFor: 'published ports, the way out of a bridge network',
		isEssential: true,
		module: 'nft_chain_nat',
		option: 'CONFIG_NF_TABLES, CONFIG_NFT_NAT, CONFIG_NFT_MASQ, CONFIG_NFT_COMPAT',
	},
	conntrack: {
		commands: ['iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
		neededFor: 'rules that know connections',
		isEssential: true,
		module: 'xt_conntrack',
		option: 'CONFIG_NETFILTER_XT_MATCH_CONNTRACK',
	},
	addrtype: {
		commands: ['iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j RETURN'],
		neededFor: 'published ports',
		isEssential: true,
		module: 'xt_addrtype',
		option: 'CONFIG_NETFILTER_XT_MATCH_ADDRTYPE',
	},
	raw: {
		commands: ['iptables-nft -t raw -A PREROUTING -d 192.0.2.2/32 ! -i lo -j DROP'],
		neededFor: 'Docker 28: no direct way to a container past its published ports',
		module: 'nft_compat',
		option: 'CONFIG_NF_TABLES, CONFIG_NFT_COMPAT',
	},
	nat6: {
		commands: ['ip6tables-nft -t nat -A POSTROUTING -s 2001:db8::/64 -j MASQUERADE'],
		neededFor: 'published ports and NAT over IPv6',
		module: 'nft_chain_nat',
		option: 'CONFIG_NF_TABLES_IPV6, CONFIG_NFT_MASQ',
	},
	'bridge-nf': {
		commands: ['test -e /proc/sys/net/bridge/bridge-nf-call-iptables'],
		neededFor: 'rules between containers of one bridge (icc=false, isolation)',
		module: 'br_netfilter',
		option: 'CONFIG_BRIDGE_NETFILTER',
	},
	overlayfs: {
		commands: [
			'mkdir /tmp/lower /tmp/upper /tmp/work /tmp/merged',
			'mount -t overlay -o lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/merged',
		],
		neededFor: 'the file systems of containers and hosts',
		isEssential: true,
		module: 'overlay',
		option: 'CONFIG_OVERLAY_FS',
	},
	macvlan: {
		commands: [veth('f-mac'), 'ip link add link f-mac name f-macvlan type macvlan mode bridge'],
		neededFor: 'mode macvlan',
		module: 'macvlan',
		option: 'CONFIG_MACVLAN',
	},
	vxlan: {commands: ['ip link add f-vxlan type vxlan id 4097 dstport 4789 nolearning'], neededFor: 'mode overlay', module: 'vxlan', option: 'CONFIG_VXLAN'},
	ipvlan: {
		commands: [veth('f-ip'), 'ip link add link f-ip name f-ipvlan type ipvlan mode l2'],
		neededFor: 'mode ipvlan',
		module: 'ipvlan',
		option: 'CONFIG_IPVLAN',
	},
	vlan: {
		commands: [veth('f-dot1q'), 'ip link add link f-dot1q name f-vlan type vlan id 5'],
		neededFor: 'macvlan on a VLAN (parent eth0.5)',
		module: '8021q',
		option: 'CONFIG_VLAN_8021Q',
	},
	dummy: {commands: ['ip link add f-dummy type dummy'], neededFor: 'scenarios with a dummy interface', module: 'dummy', option: 'CONFIG_DUMMY'},
	netem: {
		commands: [veth('f-em'), 'tc qdisc add dev f-em root netem delay 1ms'],
		neededFor: 'faults: delay, loss, reordering',
		module: 'sch_netem',
		option: 'CONFIG_NET_SCH_NETEM',
	},
	tbf: {
		commands: [veth('f-tbf'), 'tc qdisc add dev f-tbf root tbf rate 1mbit burst 10kb latency 10ms'],
		neededFor: 'faults: a slow line',
		module: 'sch_tbf',
		option: 'CONFIG_NET_SCH_TBF',
	},
	esp: {
		commands: [`ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode transport aead 'rfc4106(gcm(aes))' 0x${'00'.repeat(20)} 128`],
		neededFor: 'mode overlay with --opt encrypted',
		module: 'esp4',
		option: 'CONFIG_INET_ESP, CONFIG_CRYPTO_GCM',
	},
	trace: {
		commands: ['iptables-nft -t raw -A OUTPUT -p tcp --dport 8080 -j TRACE'],
		neededFor: 'vethlab trace: the rules that a packet met',
		module: 'nf_tables',
		option: 'CONFIG_NF_TABLES',
	},
	capture: {commands: ['test -e /proc/net/packet'], neededFor: 'watching packets', module: 'af_packet', option: 'CONFIG_PACKET'},
} as const satisfies Record<string, Feature>;

export type FeatureName = keyof typeof features;

/** The table with its rows as what they have in common. */
export function featureRows(): readonly (readonly [FeatureName, Feature])[] {
	return Object.entries(features).map(([name, feature]) => [name as FeatureName, feature] as const);
}
