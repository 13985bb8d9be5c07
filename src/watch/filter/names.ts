// What a filter may ask for: the names of fields, as the decoders give them and Wireshark's filters have them. A test compares these with the decoders.

export type Kind = 'number' | 'address' | 'text';

/** By protocol: what it is compared with, and the rest of the name. */
const fields: Readonly<Record<string, Partial<Readonly<Record<Kind, string>>>>> = {
	ah: {number: 'length next_header'},
	arp: {
		number: 'hw.size hw.type opcode proto.size proto.type',
		address: 'dst.hw_mac dst.proto_ipv4 src.hw_mac src.proto_ipv4',
	},
	dhcp: {
		number: 'hops id option.dhcp option.ip_address_lease_time option.type secs type',
		address:
			'hw.mac_addr ip.client ip.relay ip.server ip.your option.dhcp_server_id option.domain_name_server option.requested_ip_address option.router option.subnet_mask',
		text: 'option.domain_name option.hostname',
	},
	dns: {
		number: 'count.add_rr count.answers count.auth_rr count.queries flags.authoritative flags.opcode flags.rcode flags.recavail flags.recdesired flags.response flags.truncated id qry.type resp.ttl resp.type',
		address: 'a aaaa',
		text: 'cname ns ptr.domain_name qry.name resp.data resp.name txt',
	},
	eth: {number: 'len type', address: 'dst src'},
	frame: {number: 'cap_len len number packet_flags_direction time_epoch', text: 'comment interface_name'},
	http: {number: 'response.code', text: 'request.method request.uri request.version response.phrase response.version'},
	icmp: {number: 'checksum code ident mtu seq type', address: 'redir_gw'},
	icmpv6: {
		number: 'checksum code echo.identifier echo.sequence_number mtu nd.na.flag.o nd.na.flag.r nd.na.flag.s nd.ra.cur_hop_limit nd.ra.flag.m nd.ra.flag.o nd.ra.router_lifetime opt.length opt.mtu opt.prefix.length opt.type type',
		address: 'nd.na.target_address nd.ns.target_address opt.linkaddr opt.prefix',
	},
	ieee8021ad: {number: 'dei etype id len priority'},
	ip: {
		number: 'checksum dsfield.dscp dsfield.ecn flags.df flags.mf frag_offset hdr_len id len opt.len opt.type proto ttl version',
		address: 'dst src',
	},
	ipv6: {
		number: 'dstopts.len dstopts.nxt flow fraghdr.ident fraghdr.more fraghdr.nxt fraghdr.offset hlim hopopts.len hopopts.nxt nxt plen routing.len routing.nxt tclass version',
		address: 'dst src',
	},
	sll: {number: 'etype halen hatype ifindex pkttype', address: 'src.eth'},
	tcp: {
		number: 'ack_raw checksum dstport flags.ack flags.ae flags.cwr flags.ece flags.fin flags.push flags.reset flags.syn flags.urg hdr_len len options.mss_val options.sack_le options.sack_perm options.sack_re options.timestamp.tsecr options.timestamp.tsval options.wscale.shift seq_raw srcport urgent_pointer window_size_value',
	},
	udp: {number: 'checksum dstport length srcport'},
	vlan: {number: 'dei etype id len priority'},
	vxlan: {number: 'flags gbp vni'},
};

/** Names that stand for two fields. */
const pairs: ReadonlyMap<string, readonly [string, string]> = new Map([
	['eth.addr', ['eth.src', 'eth.dst']],
	['ip.addr', ['ip.src', 'ip.dst']],
	['ipv6.addr', ['ipv6.src', 'ipv6.dst']],
	['tcp.port', ['tcp.srcport', 'tcp.dstport']],
	['udp.port', ['udp.srcport', 'udp.dstport']],
]);

const kinds: ReadonlyMap<string, Kind> = new Map(
	Object.entries(fields).flatMap(([protocol, byKind]) =>
		(Object.entries(byKind) as [Kind, string][]).flatMap(([kind, names]) => names.split(' ').map((name) => [`${protocol}.${name}`, kind] as const)),
	),
);

/** The headers, by the names of their decoders, in which fields with such a beginning are; frame.* is in none. */
const headers: Readonly<Record<string, readonly string[]>> = {
	ah: ['AH'],
	arp: ['ARP'],
	dhcp: ['DHCP'],
	dns: ['DNS'],
	eth: ['Ethernet'],
	http: ['HTTP'],
	icmp: ['ICMP'],
	icmpv6: ['ICMPv6'],
	ieee8021ad: ['802.1ad'],
	ip: ['IPv4'],
	ipv6: ['IPv6', 'Hop-by-hop options', 'Routing', 'Fragment', 'Destination options'],
	sll: ['Linux cooked', 'Linux cooked 2'],
	tcp: ['TCP'],
	udp: ['UDP'],
	vlan: ['802.1Q'],
	vxlan: ['VXLAN'],
};

/** The headers that a field, or a protocol's fields, are in. */
export function headersOf(name: string): readonly string[] {
	return headers[name.split('.', 1)[0] ?? ''] ?? [];
}

/** "ip.addr" -> ip.src and ip.dst */
export function fieldsOf(name: string): readonly string[] {
	return pairs.get(name) ?? [name];
}

/** What a field is compared with; undefined: there is no such field. Any header of HTTP is one. */
export function kindOf(name: string): Kind | undefined {
	return kinds.get(fieldsOf(name)[0] ?? '') ?? (/^http\.[a-z]\w*$/.test(name) ? 'text' : undefined);
}

export function isProtocol(word: string): boolean {
	return Object.hasOwn(fields, word);
}

/** All that may stand in a filter, for hints. */
export function allNames(): readonly string[] {
	return [...Object.keys(fields), ...pairs.keys(), ...kinds.keys()];
}
