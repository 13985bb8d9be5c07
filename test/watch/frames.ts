// Frames made by hand, a name each: what the kernel does not send on a small network. Headers are as RFCs draw them; what a test does not look at is 0.
import type {Frame} from '../../src/watch/decode/index.ts';

const macs = {a: '020000000001', b: '020000000002', all: 'ffffffffffff'} as const;

function bytes(...parts: readonly (string | number | readonly number[] | Uint8Array)[]): Buffer {
	return Buffer.concat(
		parts.map((part) =>
			typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part),
		),
	);
}

function be16(value: number): Buffer {
	return Buffer.from([(value >> 8) & 255, value & 255]);
}

function be32(value: number): Buffer {
	return Buffer.concat([be16(value >>> 16), be16(value & 0xff_ff)]);
}

function text(value: string): Buffer {
	return Buffer.from(value, 'latin1');
}

function eth(type: number, payload: Uint8Array, to: string = macs.b): Buffer {
	return bytes(to, macs.a, be16(type), payload);
}

interface Ipv4Parts {
	readonly options?: Uint8Array;
	readonly flags?: number;
	readonly from?: string;
	readonly to?: string;
	readonly total?: number;
	readonly ttl?: number;
}

function ip4(protocol: number, payload: Uint8Array, parts: Ipv4Parts = {}): Buffer {
	const {options = Buffer.alloc(0), flags = 0x40_00, from = '0a000001', to = '0a000002', ttl = 64} = parts;
	const headerBytes = 20 + options.length;
	const total = parts.total ?? headerBytes + payload.length;
	const header = bytes(0x40 | (headerBytes / 4), 0xb9, be16(total), be16(0x12_34), be16(flags), ttl, protocol, '0000', from, to, options);
	let sum = 0;
	for (let at = 0; at < headerBytes; at += 2) {
		sum += header.readUInt16BE(at);
	}

	while (sum > 0xff_ff) {
		sum = (sum & 0xff_ff) + (sum >>> 16);
	}

	header.writeUInt16BE(~sum & 0xff_ff, 10);
	return bytes(header, payload);
}

const address6 = {a: 'fd000000000000000000000000000001', b: 'fd000000000000000000000000000002', routers: 'ff020000000000000000000000000001'} as const;

function ip6(next: number, payload: Uint8Array, to: string = address6.b): Buffer {
	return bytes('6b012345', be16(payload.length), next, 64, address6.a, to, payload);
}

function udp(from: number, to: number, payload: Uint8Array, length = payload.length + 8): Buffer {
	return bytes(be16(from), be16(to), be16(length), '1a2b', payload);
}

function tcp(flags: number, options: string, payload: Uint8Array = Buffer.alloc(0), ports: readonly [number, number] = [40_000, 80]): Buffer {
	const optionBytes = bytes(options);
	const words = 5 + optionBytes.length / 4;
	return bytes(
		be16(ports[0]),
		be16(ports[1]),
		be32(0xf0_00_00_01),
		be32(0x01_02_03_04),
		be16((words << 12) | flags),
		be16(501),
		'abcd',
		be16(flags & 0x20 ? 7 : 0),
		optionBytes,
		payload,
	);
}

function name(...labels: readonly string[]): Buffer {
	return bytes(...labels.flatMap((label) => [label.length, text(label)]), 0);
}

function dns(flags: number, counts: readonly number[], body: Uint8Array): Buffer {
	return bytes('abcd', be16(flags), ...counts.map(be16), body);
}

function record(owner: Uint8Array, type: number, data: Uint8Array): Buffer {
	return bytes(owner, be16(type), '0001', be32(600), be16(data.length), data);
}

const pointer = bytes('c00c');
const question = bytes(name('web', 'front'), '0001', '0001');
const ping = bytes('0800 1111 0001 0002', text('abcdefgh'));
const inUdp = (payload: Uint8Array, from = 40_000, to = 53): Buffer => eth(0x08_00, ip4(17, udp(from, to, payload)));
const option = (code: number, data: Uint8Array): Buffer => bytes(code, data.length, data);
const dhcp = (op: number, ...options: readonly Uint8Array[]): Buffer =>
	bytes(
		op,
		'010600 3903f326 0000 8000',
		'00000000',
		op === 2 ? '0a000009' : '00000000',
		'0a000001 00000000',
		macs.a,
		Buffer.alloc(10 + 192),
		'63825363',
		...options,
		255,
	);
const vxlan = (payload: Uint8Array): Buffer => inUdp(bytes('0800 0000 00002a 00', payload), 50_000, 4789);
const quoted = ip4(17, udp(40_000, 53, Buffer.alloc(0), 20)).subarray(0, 28);

/** Well formed; the outermost header is Ethernet's. */
const good: Readonly<Record<string, Buffer>> = {
	'arp request': eth(0x08_06, bytes('0001 0800 06 04 0001', macs.a, '0a000001', '000000000000', '0a000002'), macs.all),
	'arp reply': eth(0x08_06, bytes('0001 0800 06 04 0002', macs.a, '0a000001', macs.b, '0a000002', Buffer.alloc(18))),
	'arp announcement': eth(0x08_06, bytes('0001 0800 06 04 0001', macs.a, '0a000001', '000000000000', '0a000001'), macs.all),
	'arp probe': eth(0x08_06, bytes('0001 0800 06 04 0001', macs.a, '00000000', '000000000000', '0a000001'), macs.all),
	'802.1Q': eth(0x81_00, bytes('a00a 0800', ip4(1, ping))),
	'802.1Q in 802.1ad': eth(0x88_a8, bytes('3064 8100 600a 0800', ip4(1, ping))),
	'802.1Q, spanning tree': bytes('0180c200000e', macs.a, '8100 000a', be16(8), '424203', Buffer.alloc(5)),
	'spanning tree': bytes('0180c2000000', macs.a, be16(38), '424203', '0000 00 00 00', Buffer.alloc(30), Buffer.alloc(8)),
	'ip options': eth(0x08_00, ip4(1, ping, {options: bytes('94040000')})),
	'ip fragment, first': eth(0x08_00, ip4(17, udp(1000, 2000, Buffer.alloc(16), 100), {flags: 0x20_00})),
	'ip fragment, last': eth(0x08_00, ip4(17, Buffer.alloc(24), {flags: 0x00_03})),
	'ip in ip': eth(0x08_00, ip4(4, ip4(1, ping, {from: 'c0a80001', to: 'c0a80002'}))),
	'protocol without a decoder': eth(0x08_00, ip4(132, Buffer.alloc(12))),
	'icmp fragmentation needed': eth(0x08_00, ip4(1, bytes('0304 2222 0000 0578', quoted))),
	'icmp redirect': eth(0x08_00, ip4(1, bytes('0501 2222 0a0000fe', quoted))),
	'icmp time exceeded of tcp': eth(0x08_00, ip4(1, bytes('0b00 2222 00000000', ip4(6, tcp(2, '')).subarray(0, 28)))),
	'icmp reassembly time exceeded': eth(
		0x08_00,
		ip4(1, bytes('0b01 2222 00000000', ip4(17, udp(40_000, 53, Buffer.alloc(0), 2000), {flags: 0x20_00}).subarray(0, 28))),
	),
	'icmp timestamp': eth(0x08_00, ip4(1, bytes('0d00 2222 0001 0002', Buffer.alloc(12)))),
	'tcp syn': eth(0x08_00, ip4(6, tcp(0x02, '020405b4 0402 080a 00000001 00000000 01 030307'))),
	'tcp sack': eth(0x08_00, ip4(6, tcp(0x10, '0101 080a 0000000a 00000014 0101 0512 00000100 00000200 00000300 00000400'))),
	'tcp all flags': eth(0x08_00, ip4(6, tcp(0x1_ff, ''))),
	'http request': eth(0x08_00, ip4(6, tcp(0x18, '', text('GET /a?b=c HTTP/1.1\r\nHost: h1:8080\r\nUser-Agent: curl\r\nX-Lab: one\r\n\r\n')))),
	'http response': eth(0x08_00, ip4(6, tcp(0x18, '', text('HTTP/1.1 404 Not Found\r\nServer: lab\r\nContent-Length: 0\r\n\r\n'), [80, 40_000]))),
	udp: inUdp(text('hello'), 1000, 2000),
	'dns query': inUdp(dns(0x01_00, [1, 0, 0, 0], question)),
	'dns answer': inUdp(
		dns(
			0x81_80,
			[1, 4, 1, 1],
			bytes(
				question,
				record(pointer, 5, name('w1')),
				record(name('w1'), 1, bytes('0a000009')),
				record(name('w1'), 28, bytes(address6.b)),
				record(pointer, 16, bytes(5, text('hello'))),
				record(name('front'), 2, name('ns')),
				bytes(0, '0029 1000 00000000 0000'),
			),
		),
		53,
		40_000,
	),
	'dns of an address, and of mail': inUdp(
		dns(0x81_80, [1, 2, 0, 0], bytes(question, record(pointer, 12, name('web')), record(pointer, 15, bytes('000a', name('mail'))))),
		53,
		40_000,
	),
	'dns no such name': inUdp(dns(0x85_83, [1, 0, 0, 0], question), 53, 40_000),
	"dns of the engine's own": eth(0x08_00, ip4(17, udp(40_000, 41_234, dns(0x01_00, [1, 0, 0, 0], question)), {from: '7f000001', to: '7f00000b'})),
	'dns over tcp': eth(0x08_00, ip4(6, tcp(0x18, '', bytes(be16(12 + question.length), dns(0x01_00, [1, 0, 0, 0], question)), [40_000, 53]))),
	'dhcp discover': inUdp(dhcp(1, option(53, bytes(1)), option(12, text('web')), option(50, bytes('0a000009'))), 68, 67),
	'dhcp ack': inUdp(
		dhcp(
			2,
			option(53, bytes(5)),
			option(1, bytes('ffffff00')),
			option(3, bytes('0a000001')),
			option(6, bytes('0a000001 0a000002')),
			option(15, text('lab')),
			option(51, be32(3600)),
			option(54, bytes('0a000001')),
		),
		67,
		68,
	),
	vxlan: vxlan(eth(0x08_00, ip4(1, ping, {from: 'ac120002', to: 'ac120003'}))),
	'vxlan in vxlan': vxlan(vxlan(eth(0x08_06, bytes('0001 0800 06 04 0001', macs.a, '0a000001', '000000000000', '0a000002')))),
	'ipv6 echo': eth(0x86_dd, ip6(58, bytes('8000 3333 0001 0002', text('abcd')))),
	'ipv6 hop-by-hop, destination options, routing': eth(
		0x86_dd,
		ip6(0, bytes('3c00 0104 00000000', '2b00 0104 00000000', '1102 0200 00000000', address6.b, udp(1000, 2000, text('hi')))),
	),
	'ipv6 fragment, first': eth(0x86_dd, ip6(44, bytes('1100 0001 00000007', udp(1000, 2000, Buffer.alloc(16), 100)))),
	'ipv6 fragment, last': eth(0x86_dd, ip6(44, bytes('1100 0018 00000007', Buffer.alloc(24)))),
	'ipv6 ah': eth(0x86_dd, ip6(51, bytes('1104 0000 00000001 00000002', Buffer.alloc(12), udp(1000, 2000, text('hi'))))),
	'ipv6 esp': eth(0x86_dd, ip6(50, Buffer.alloc(32, 7))),
	'ipv6 no next header': eth(0x86_dd, ip6(59, Buffer.alloc(0))),
	'icmpv6 too big': eth(0x86_dd, ip6(58, bytes('0200 3333 00000578', ip6(17, udp(1000, 53, Buffer.alloc(4)))))),
	'icmpv6 unreachable': eth(0x86_dd, ip6(58, bytes('0104 3333 00000000', ip6(6, tcp(2, ''))))),
	'neighbor solicitation': eth(0x86_dd, ip6(58, bytes('8700 3333 00000000', address6.b, '0101', macs.a))),
	'neighbor advertisement': eth(0x86_dd, ip6(58, bytes('8800 3333 e0000000', address6.a, '0201', macs.a))),
	'router advertisement': eth(
		0x86_dd,
		ip6(
			58,
			bytes(
				'8600 3333 40c0 0708 00000000 00000000',
				'0101',
				macs.a,
				'0501 0000 000005dc',
				'0304 40c0 00000e10 00000e10 00000000',
				'fd000000000000000000000000000000',
			),
			address6.routers,
		),
	),
};

/** Wrong, or cut. */
const bad: Readonly<Record<string, Buffer>> = {
	nothing: Buffer.alloc(0),
	'802.1ad, spanning tree, which tshark takes for a protocol 8': bytes('0180c200000e', macs.a, '88a8 000a', be16(8), '424203', Buffer.alloc(5)),
	'half an address': bytes('0200'),
	'ip cut': eth(0x08_00, ip4(6, tcp(2, '')).subarray(0, 12)),
	'ip header length 0': eth(0x08_00, bytes(0x40, ip4(6, tcp(2, '')).subarray(1))),
	'ip length less than its header': eth(0x08_00, ip4(6, tcp(2, ''), {total: 8})),
	'ip length more than there is': eth(0x08_00, ip4(17, udp(1, 2, Buffer.alloc(4)), {total: 400})),
	'ip length 0 (segmentation left to the card)': eth(0x08_00, ip4(6, tcp(0x18, '', Buffer.alloc(30)), {total: 0})),
	'tcp header length 0': eth(0x08_00, ip4(6, bytes(tcp(2, '').subarray(0, 12), 0, Buffer.alloc(7)))),
	'tcp option of no length': eth(0x08_00, ip4(6, tcp(2, '02000000'))),
	'tcp option longer than the header': eth(0x08_00, ip4(6, tcp(2, '050a0000'))),
	'udp length 0': eth(0x08_00, ip4(17, udp(1, 2, Buffer.alloc(4), 0))),
	'udp length 3': eth(0x08_00, ip4(17, udp(1, 2, Buffer.alloc(4), 3))),
	'dns pointer to itself': inUdp(dns(0x01_00, [1, 0, 0, 0], bytes('c00c', '0001', '0001'))),
	'dns counts that cannot be': inUdp(dns(0x01_00, [65_535, 65_535, 65_535, 65_535], question)),
	'dns name that would move the cursor': inUdp(dns(0x01_00, [1, 0, 0, 0], bytes(5, text('\u001B[2Jx'), 0, '0001', '0001'))),
	'dns address that ends before its end': inUdp(dns(0x81_80, [1, 1, 0, 0], bytes(question, pointer, '0001 0001 00000258 0004 0a00')), 53, 40_000),
	'neighbor solicitation with an option of no length': eth(0x86_dd, ip6(58, bytes('8700 3333 00000000', address6.b, '0100', macs.a))),
	'dhcp option longer than the message': inUdp(dhcp(1, bytes(53, 200, 1)), 68, 67),
	'vxlan without a vni': inUdp(bytes('0000 0000 00002a 00', Buffer.alloc(20)), 50_000, 4789),
	'forty tags': eth(0x81_00, bytes(...Array.from({length: 40}, () => '000a8100'))),
	'ipv6 hop-by-hop longer than the packet': eth(0x86_dd, ip6(0, bytes('11ff 0104 00000000'))),
	'http request that would ring the bell': eth(0x08_00, ip4(6, tcp(0x18, '', text('GET /\u0007\u001B]0;x HTTP/1.1\r\n')))),
};

function framesOf(named: Readonly<Record<string, Buffer>>): readonly (readonly [name: string, frame: Frame])[] {
	return Object.entries(named).map(([title, all]) => [title, {bytes: all, linkType: 1, wireBytes: all.length}]);
}

export const goodFrames = framesOf(good);
export const badFrames = framesOf(bad);
