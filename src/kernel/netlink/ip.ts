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

/** The `index`-th of the eight groups of an address. */
function groupAt(bytes: Uint8Array, start: number, index: number): number {
	return ((bytes[start + 2 * index] ?? 0) << 8) | (bytes[start + 2 * index + 1] ?? 0);
}

function ipv6Text(bytes: Uint8Array, start: number): string {
	const gap = longestZeroRun(bytes, start);
	if (gap.start === 0 && gap.length === 5 && groupAt(bytes, start, 5) === 0xff_ff) {
		return `::ffff:${ipText(bytes, start + 12, start + 16)}`;
	}

	let text = '';
	for (let index = 0; index < 8; index++) {
		if (index === gap.start && gap.length > 1) {
			text += '::';
			index += gap.length - 1;
		} else {
			text += `${index === 0 || index === gap.start + gap.length ? '' : ':'}${groupAt(bytes, start, index).toString(16)}`;
		}
	}

	return text;
}

/** The first of the longest runs of zero groups; of two or more, as one is written out (RFC 5952 4.2.2). */
function longestZeroRun(bytes: Uint8Array, start: number): {readonly start: number; readonly length: number} {
	const best = {start: -1, length: 1};
	for (let from = 0; from < 8; from++) {
		let length = 0;
		while (from + length < 8 && groupAt(bytes, start, from + length) === 0) {
			length++;
		}

		if (length > best.length) {
			best.start = from;
			best.length = length;
		}

		from += length;
	}

	return best;
}

/** The 4 or 16 bytes of an address; undefined when the text is none. */
export function ipBytes(text: string): Buffer | undefined {
	return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Buffer | undefined {
	const number = ipv4Number(text);
	if (number === undefined) {
		return undefined;
	}

	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(number);
	return bytes;
}

const [dot, zero, nine] = [0x2e, 0x30, 0x39];

/** An IPv4 address as a number: four numbers of up to three digits; undefined when the text is none. Letter by letter, as it is done for every connection. */
export function ipv4Number(text: string): number | undefined {
	let [address, parts, part, digits] = [0, 1, 0, 0];
	for (let at = 0; at < text.length; at++) {
		const letter = text.charCodeAt(at);
		if (letter >= zero && letter <= nine && digits < 3) {
			part = part * 10 + letter - zero;
			digits++;
		} else if (letter === dot && digits > 0 && part < 256) {
			address = address * 256 + part;
			parts++;
			part = 0;
			digits = 0;
		} else {
			return undefined;
		}
	}

	return parts === 4 && digits > 0 && part < 256 ? address * 256 + part : undefined;
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

/** "172.17.0.0/16" in parts; without a prefix it is one address. */
export function subnetOf(text: string): {readonly ip: string; readonly family: 4 | 6; readonly prefix: number} {
	const slash = text.indexOf('/');
	const family = familyOf(text);
	return slash === -1 ? {ip: text, family, prefix: family === 4 ? 32 : 128} : {ip: text.slice(0, slash), family, prefix: Number(text.slice(slash + 1))};
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
