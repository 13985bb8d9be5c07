// Linux cooked captures, which `tcpdump -i any` writes: a header of libpcap's in place of the link's own (LINKTYPE_LINUX_SLL and SLL2, pcap-linktype(7)).
import {etherTypeName, stepIntoType} from './ethernet.ts';
import {macAt, named, u16, u32, u8} from './bytes.ts';
import type {Field, Protocol} from './walk.ts';

/** linux/if_packet.h, PACKET_… */
const packetTypes = ['to us', 'broadcast', 'multicast', 'to another', 'sent by us'];

/** The sender's link address; other than six bytes it is no MAC address. */
function addressOf(bytes: Uint8Array, at: number, length: number): string {
	return length === 6 ? macAt(bytes, at) : '';
}

function packetType(bytes: Uint8Array, start: number, end: number): Field {
	const value = end - start === 1 ? u8(bytes, start) : u16(bytes, start);
	return {name: 'sll.pkttype', value, text: named(value, packetTypes[value]), start, end};
}

function protocolField(bytes: Uint8Array, at: number): Field {
	const value = u16(bytes, at);
	return {name: 'sll.etype', value, text: etherTypeName(value), start: at, end: at + 2};
}

function sourceField(bytes: Uint8Array, at: number, length: number): readonly Field[] {
	return length === 6 ? [{name: 'sll.src.eth', value: macAt(bytes, at), start: at, end: at + 6}] : [];
}

export const sll: Protocol = {
	name: 'Linux cooked',
	headerBytes: 16,

	step(walk) {
		const {bytes, at} = walk;
		walk.source = addressOf(bytes, at + 6, u16(bytes, at + 4));
		walk.at = at + 16;
		return stepIntoType(walk, u16(bytes, at + 14));
	},

	details(bytes, {start}) {
		const [type, protocol] = [packetType(bytes, start, start + 2), protocolField(bytes, start + 14)];
		return {
			text: `${type.text ?? ''}, ${protocol.text ?? ''}`,
			fields: [
				type,
				{name: 'sll.hatype', value: u16(bytes, start + 2), start: start + 2, end: start + 4},
				{name: 'sll.halen', value: u16(bytes, start + 4), start: start + 4, end: start + 6},
				...sourceField(bytes, start + 6, u16(bytes, start + 4)),
				protocol,
			],
		};
	},
};

export const sll2: Protocol = {
	name: 'Linux cooked 2',
	headerBytes: 20,

	step(walk) {
		const {bytes, at} = walk;
		walk.source = addressOf(bytes, at + 12, u8(bytes, at + 11));
		walk.at = at + 20;
		return stepIntoType(walk, u16(bytes, at));
	},

	details(bytes, {start}) {
		const [type, protocol] = [packetType(bytes, start + 10, start + 11), protocolField(bytes, start)];
		return {
			text: `${type.text ?? ''}, interface ${u32(bytes, start + 4)}, ${protocol.text ?? ''}`,
			fields: [
				protocol,
				{name: 'sll.ifindex', value: u32(bytes, start + 4), start: start + 4, end: start + 8},
				{name: 'sll.hatype', value: u16(bytes, start + 8), start: start + 8, end: start + 10},
				type,
				{name: 'sll.halen', value: u8(bytes, start + 11), start: start + 11, end: start + 12},
				...sourceField(bytes, start + 12, u8(bytes, start + 11)),
			],
		};
	},
};
