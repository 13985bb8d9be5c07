// The frame by which an engine finds out that everything before it has been seen: it is sent through an interface, and when it is in the capture ring,
// so is all that came earlier. Nobody is shown it: who takes frames out of a ring (native/ring.cc) passes over it, in a tunnel too.
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
