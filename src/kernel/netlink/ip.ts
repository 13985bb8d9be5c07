// IP addresses as netlink carries them (4 or 16 bytes) and as people write them. Not about subnets: `model/` knows those.

/** Text of 4 or 16 address bytes, IPv6 as RFC 5952 writes it; undefined for any other length. */
export function ipText(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
	switch (end - start) {
		case 4: {
			return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
		}

		case 16: {
			return ipv6Text(bytes, start);
		}

		default: {
			return undefined;
		}
	}
}

function ipv6Text(bytes: Uint8Array, start: number): string {
	const groups: number[] = [];
	for (let at = start; at < start + 16; at += 2) {
		groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
	}

	if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff) {
		return `::ffff:${ipText(bytes, start + 12, start + 16)}`;
	}

	const gap = longestZeroRun(groups);
	const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
	return gap === undefined ? hex(groups) : `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`;
}

/** The first of the longest runs of two or more zero groups. */
function longestZeroRun(groups: readonly number[]): {readonly start: number; readonly length: number} | undefined {
	let best: {start: number; length: number} | undefined;
	for (let start = 0; start < groups.length; start++) {
		let length = 0;
		while (groups[start + length] === 0) {
			length++;
		}

		if (length > 1 && length > (best?.length ?? 0)) {
			best = {start, length};
		}

		start += length;
	}

	return best;
}

/** The 4 or 16 bytes of an address; undefined when the text is none. */
export function ipBytes(text: string): Buffer | undefined {
	return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Buffer | undefined {
	const parts = text.split('.');
	const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
	return isAddress ? Buffer.from(parts.map(Number)) : undefined;
}

function ipv6Bytes(text: string): Buffer | undefined {
	const halves = text.split('::');
	const [head = [], tail = []] = halves.map((half) => groupsOf(half));
	const missing = 8 - head.length - tail.length;
	if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0) || [...head, ...tail].includes(-1)) {
		return undefined;
	}

	const bytes = Buffer.alloc(16);
	for (const [index, group] of [...head, ...Array.from({length: missing}, () => 0), ...tail].entries()) {
		bytes.writeUInt16BE(group, index * 2);
	}

	return bytes;
}

/** The 16-bit groups of one side of `::`; -1 stands for what is no group. A dotted IPv4 tail is two groups. */
function groupsOf(text: string): readonly number[] {
	return text === ''
		? []
		: text.split(':').flatMap((group) => {
				const v4 = group.includes('.') ? ipv4Bytes(group) : undefined;
				if (v4 !== undefined) {
					return [v4.readUInt16BE(0), v4.readUInt16BE(2)];
				}

				return [/^[\da-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : -1];
			});
}

/** 4 or 6 by the look of an address or subnet; "default" is IPv4's. */
export function familyOf(address: string): 4 | 6 {
	return address.includes(':') ? 6 : 4;
}

/** "172.17.0.1/16" -> "172.17.0.0/16" */
export function network(address: string): string {
	const [ip = '', prefix] = address.split('/');
	const bytes = ipBytes(ip) ?? Buffer.alloc(4);
	const bits = prefix === undefined ? bytes.length * 8 : Number(prefix);
	const masked = bytes.map((byte, index) => byte & (0xff_00 >> Math.min(8, Math.max(0, bits - index * 8))));
	return `${ipText(masked)}/${bits}`;
}

/** Whether the address is in the subnet: of its family, and within its prefix. */
export function contains(subnet: string, ip: string): boolean {
	const prefix = subnet.split('/')[1];
	return familyOf(subnet) === familyOf(ip) && network(`${ip}/${prefix}`) === subnet;
}
