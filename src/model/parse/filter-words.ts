// The words of capture filters (pcap-filter(7)). libpcap says of a wrong filter only that it is wrong, and takes a word that it does not know for the name
// of a host, which it asks DNS for: here the word is found before.
import {didYouMean} from './words.ts';

/** Primitives, qualifiers, operators and named offsets that mean something of an Ethernet frame, and the other protocols of the grammar. */
const known: ReadonlySet<string> = new Set(
	`and or not host net mask port portrange gateway proto protochain dir type subtype src dst inbound outbound ifindex less greater len length
	broadcast multicast byte link ether fddi tr wlan ppp slip ip ip6 arp rarp atalk aarp decnet iso stp ipx netbeui lat moprc mopdl
	tcp udp sctp icmp icmp6 igmp igrp pim vrrp carp ah esp vlan mpls pppoed pppoes geneve vxlan clnp esis es-is isis is-is l1 l2 iih lsp snp csnp psnp
	icmptype icmpcode icmp6type icmp6code tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr
	icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp
	icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply
	icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery
	icmp6-multicastlistenerreportv1 icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert
	icmp6-redirect icmp6-multicastlistenerreportv2`
		.split(/\s+/)
		.filter((word) => word !== ''),
);
/** After these come names that the machine knows: of services and protocols. */
const naming: ReadonlySet<string> = new Set(['port', 'portrange', 'proto', 'protochain']);
/** After these come addresses again. */
const addressing: ReadonlySet<string> = new Set(['host', 'net', 'gateway']);

export interface UnknownWord {
	/** Where it begins in the filter, in UTF-16 units. */
	readonly at: number;
	readonly word: string;
	readonly hint: string;
}

/** The first word of a filter that is none, or is the name of a host; undefined: there is no such word. */
export function unknownWord(filter: string): UnknownWord | undefined {
	let isNaming = false;
	for (const {0: word, index} of filter.matchAll(/\\?[\w.:/-]+/g)) {
		const isWord = /^[A-Za-z][\w.-]*$/.test(word) && !/^[\da-f]{4}(?:\.[\da-f]{4}){2}$/i.test(word);
		if (naming.has(word)) {
			isNaming = true;
		} else if (addressing.has(word)) {
			isNaming = false;
		} else if (isWord && !isNaming && !known.has(word)) {
			return {at: index, word, hint: didYouMean(word, known) ?? 'hosts are written as addresses: "host 172.17.0.2"; pcap-filter(7) has the words'};
		}
	}

	return undefined;
}
