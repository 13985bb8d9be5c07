// Numbers of pcapng that its reader and its writer share (draft-ietf-opsawg-pcapng).

export const blocks = {section: 0x0a_0d_0d_0a, interface: 1, old: 2, simple: 3, enhanced: 6} as const;
export const byteOrder = 0x1a_2b_3c_4d;
export const options = {
	end: 0,
	comment: 1,
	interface: {name: 2, description: 3, resolution: 9, offset: 14},
	packet: {flags: 2},
} as const;
