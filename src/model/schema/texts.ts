// The texts that stand in scenario files: names, addresses, durations, port mappings. Each says how it looks, for messages and for editors.
import {canonical, isCidr, isCidr6, isIPv4, isIPv6, subnetOf} from '../address.ts';
import {longestInterfaceName} from '../../base/names.ts';
import {either, number, text, type RefKind, type TextShape} from '../parse/shape.ts';

/** HOST_NAME_MAX is 64 (hostname(7)), a DNS label has 63 (RFC 1035): names of hosts and services become both. */
const nameLook = 'a name like "web" or "h1"';
const nameHint = 'up to 63 of a-z, A-Z, 0-9, ".", "_" and "-", the first a letter or digit';
const namePattern = '[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}';

export const anyText = text('a text');
export const name = text(nameLook, namePattern, {hint: nameHint});
/** The name of something in the file. */
export const ref = (kind: RefKind): TextShape => text(nameLook, namePattern, {ref: kind, hint: nameHint});

/** dev_valid_name() in net/core/dev.c: up to 15 bytes, no "/", ":" or white space; narrowed to what all tools take. */
export const device = text('an interface name like "eth0"', `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,${longestInterfaceName - 1}}`, {
	hint: `up to ${longestInterfaceName} of a-z, A-Z, 0-9, ".", "_" and "-"`,
});
/** `eth0@if5` is how `ip` prints one end of a veth pair; checks may name what a lab does not have. */
export const seenDevice = text('an interface name like "eth0"', '[^\\s/:]{1,15}');

export const ipv4 = text('an IPv4 address like 172.17.0.2', '\\d{1,3}(\\.\\d{1,3}){3}', {valid: isIPv4});
export const ip = text('an IP address', '[0-9a-fA-F:.]+', {valid: (value) => isIPv4(value) || isIPv6(value)});
export const cidr = text('an address with prefix like 192.168.50.10/24', '[0-9.]+/\\d{1,2}', {valid: isCidr});
export const subnet = text('a subnet like 192.168.50.0/24', '[0-9.]+/\\d{1,2}', {valid: (value) => isCidr(value) && subnetOf(value) === value});
export const ipv6 = text('an IPv6 address like fd00:77::2', '[0-9a-fA-F:.]+', {valid: isIPv6});
export const cidr6 = text('an IPv6 address with prefix like fd00:50::10/64', '[0-9a-fA-F:.]+/\\d{1,3}', {valid: isCidr6});
export const subnet6 = text('an IPv6 subnet like fd00:77::/64', '[0-9a-fA-F:.]+/\\d{1,3}', {valid: isSubnet6});
/** Of either family. */
export const anyCidr = text('an address with prefix like 192.168.50.10/24 or fd00:50::10/64', '[0-9a-fA-F:.]+/\\d{1,3}', {
	valid: (value) => isCidr(value) || isCidr6(value),
});
export const anySubnet = text('a subnet like 10.77.0.0/24 or fd00:77::/64', '[0-9a-fA-F:.]+/\\d{1,3}', {
	valid: (value) => isSubnet6(value) || (isCidr(value) && subnetOf(value) === value),
});
export const mac = text('a MAC like 02:00:00:00:00:01 (lower case)', '[0-9a-f]{2}(:[0-9a-f]{2}){5}');
/** is_valid_ether_addr() in linux/etherdevice.h: neither multicast nor all zeros. */
export const ownMac = text('the MAC of an interface like 02:00:00:00:00:01 (lower case)', '[0-9a-f][02468ace](:[0-9a-f]{2}){5}', {
	valid: (value) => value !== '00:00:00:00:00:00',
	hint: 'the first byte is even, and not all bytes are zero',
});
export const duration = text('a duration like 200ms, 5s or 1m30s', '(\\d{1,9}(\\.\\d{1,9})?(us|ms|s|m|h))+');
export const port = number('a port from 1 to 65535', 1, 65_535);
export const mtu = number('an MTU from 68 to 65535', 68, 65_535);

const portRange = '\\d{1,5}(-\\d{1,5})?';
const portMappingLook = 'a port mapping like "8080:80", "127.0.0.1:8080:80" or "53:53/udp"';
export const portMapping = text(portMappingLook, `((\\[[0-9a-fA-F:]+\\]|\\d{1,3}(\\.\\d{1,3}){3}):)?((${portRange})?:)?${portRange}(/(tcp|udp|sctp))?`);
export const portMappingWant = portMappingLook;

/** How many seen or expected: 3, ">= 1", "== 0". */
export const count = either(
	'a count like 3, ">= 1" or "== 0"',
	number('a count', 0, Number.MAX_SAFE_INTEGER),
	text('a count', '(==|!=|>=|<=|>|<) ?\\d{1,15}(\\.\\d{1,9})?'),
);
export const url = text('a URL like "http://192.168.50.10:8080/"', 'http://(\\[[0-9a-fA-F:.]+\\]|[a-zA-Z0-9._-]+)(:\\d{1,5})?([/?]\\S*)?', {ref: 'url'});
/** Where packets are seen. */
export const point = text(
	'a host, service or LAN, one of its interfaces like "h1:docker0", or the place of an overlay network like "h1:vxlan4097"',
	'[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}(:vxlan\\d{1,8})?(:[^\\s/:]{1,15})?',
	{ref: 'point'},
);
/** In pcap-filter(7)'s words. libpcap's time grows with the cube of its length. */
export const filter = text('a capture filter like "tcp port 80", up to 1000 characters', '[^\\0\\n]{1,1000}', {ref: 'filter'});
/** In the folder of its run: nothing that leads out of it. */
export const captureFile = text('a file name like "wire.pcapng"', '[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}\\.pcapng', {
	hint: 'it is put into the folder of the run, as pcapng: a name without "/" that ends with .pcapng',
});
export const regex = text('a regular expression', undefined, {valid: isRegex});

function isSubnet6(value: string): boolean {
	return isCidr6(value) && subnetOf(value) === canonical(value);
}

function isRegex(value: string): boolean {
	try {
		return new RegExp(value) instanceof RegExp;
	} catch {
		return false;
	}
}
