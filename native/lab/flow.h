// One direction of a TCP connection: bytes from one socket to another, in order, with the end of the stream passed on.
// It holds one buffer at most, and only while the receiver is slow; until that is empty nothing more is read.
#pragma once

#include "memory.h"
#include "net.h"

struct flow {
	char* held;
	uint32_t begin, end;
	/** Nothing more is read. */
	bool ended;
	/** The receiver knows that it ended. */
	bool over;
};

static inline bool flow_wants_to_read(const struct flow* flow) {
	return flow->held == NULL && !flow->ended;
}

/** Sends what is held. A receiver that is gone ends the flow. */
static inline void flow_write(struct flow* flow, int from, int to, struct buffers* buffers) {
	while (flow->begin < flow->end) {
		long sent = sys(SYS_sendto, to, flow->held + flow->begin, flow->end - flow->begin, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
		if (sent == -EAGAIN) {
			return;
		}
		if (sent < 0 && sent != -EINTR) {
			flow->ended = true;
			sys(SYS_shutdown, from, SHUT_RD);
			break;
		}
		flow->begin += sent > 0 ? (uint32_t)sent : 0;
	}
	give_buffer(buffers, flow->held);
	flow->held = NULL;
	if (flow->ended && !flow->over) {
		flow->over = true;
		sys(SYS_shutdown, to, SHUT_WR);
	}
}

/** Moves what has arrived. False: the sender is gone (reset), or there is no memory. */
static inline bool flow_read(struct flow* flow, int from, int to, struct buffers* buffers) {
	flow->held = take_buffer(buffers);
	if (flow->held == NULL) {
		return false;
	}
	flow->begin = flow->end = 0;
	long received = sys(SYS_recvfrom, from, flow->held, buffer_bytes, MSG_DONTWAIT, NULL, NULL);
	if (received > 0) {
		flow->end = (uint32_t)received;
	} else if (received == 0) {
		flow->ended = true;
	}
	flow_write(flow, from, to, buffers);
	return received >= 0 || received == -EAGAIN || received == -EINTR;
}
