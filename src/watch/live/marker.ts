// The frame by which an engine finds out that everything before it has been seen: it is sent through an interface, and when it is in the capture ring,
// so is all that came earlier. Nobody is shown it.
import {Buffer} from 'node:buffer';

/** The shortest frame of Ethernet, without its checksum. */
const frameBytes = 60;
/** For local experiments (IEEE Std 802, 9.2.4). No protocol of the kernel takes it. */
const etherType = 0x88_b5;
const typeAt = 12;
const idAt = 16;
/** The end of the frame, so that it is known in a tunnel, too. */
const mark = Buffer.from('vethlab: a mark!');
const markAt = frameBytes - mark.length;
const lastByte = mark[mark.length - 1] ?? 0;

/**
 * The marker of this number, up to 2^32-1. A bridge takes it in by no port, because its sender has no address (br_handle_frame, net/bridge/br_input.c):
 * it is not flooded, and no switch learns of it. Its receiver is the address of LLDP, which is not passed on either (IEEE Std 802.1Q, 8.6.3).
 */
export function markerFrame(id: number): Uint8Array {
	const frame = Buffer.alloc(frameBytes);
	frame.writeUIntBE(0x01_80_c2_00_00_0e, 0, 6);
	frame.writeUInt16BE(etherType, typeAt);
	frame.writeUInt32BE(id, idAt);
	mark.copy(frame, markAt);
	return frame;
}

/** Whether the frame is a marker, or has one in it. */
export function isMarker(bytes: Uint8Array, start: number, length: number): boolean {
	const end = start + length;
	if (length < frameBytes || bytes[end - 1] !== lastByte) {
		return false;
	}

	const own = end - frameBytes;
	return (
		bytes[own + typeAt] === etherType >> 8 &&
		bytes[own + typeAt + 1] === (etherType & 0xff) &&
		mark.every((byte, index) => bytes[own + markAt + index] === byte)
	);
}

/** The number of a marker. */
export function markerId(bytes: Uint8Array, start: number, length: number): number {
	const at = start + length - frameBytes + idAt;
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
