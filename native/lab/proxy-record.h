// Which call of a client became which connection to the container: the last of them, in a small shared memory of the process. It is for whoever
// may look at the process, who reads /proc/PID/fd/N, a link to "/memfd:joined". Two connections are all that the kernel knows of such a call.
#pragma once

#include "net.h"
#include <sys/mman.h>

/** 13 KiB at most; the kernel gives pages for those rows only that were written. */
enum { record_rows = 256 };

/** Family and port (network order) of one end; IPv4 takes the first four bytes of `address`. */
struct joined_end {
	uint16_t family, port;
	uint8_t address[16];
};

/** One row. It is whole when both numbers are the same and not 0: the writer clears the last first, a reader reads it last. */
struct joined {
	/** From 1 on, and 1 again after 2^32 - 1; 0: nothing was written here. */
	uint32_t number;
	struct joined_end client;
	/** Our end of the connection to the container. */
	struct joined_end own;
	/** Seconds of CLOCK_REALTIME when it ended; 0: it goes on. After that the same ports may be another call's. */
	uint32_t ended;
	uint32_t number_again;
};

/** What was noted of a call; its row may be another call's by now. */
struct noted {
	struct joined* row;
	uint32_t number;
};

struct record {
	/** NULL: the kernel gave none, and nothing is recorded. */
	struct joined* rows;
	uint32_t next;
	uint32_t last;
};

static void open_record(struct record* record) {
	const size_t bytes = record_rows * sizeof(struct joined);
	*record = (struct record){0};
	long fd = sys(SYS_memfd_create, "joined", MFD_CLOEXEC);
	if (fd < 0) {
		return;
	}
	long at = sys(SYS_ftruncate, fd, bytes) < 0 ? -1 : sys(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at < 0 && at > -4096) {
		sys(SYS_close, fd);
		return;
	}
	record->rows = (void*)at;
}

static void note_end(struct joined_end* end, const struct address* address) {
	bool is_v6 = address->any.sa_family == AF_INET6;
	end->family = address->any.sa_family;
	end->port = address->v4.sin_port; // at the same place in both
	memset(end->address, 0, sizeof end->address);
	memcpy(end->address, is_v6 ? (const void*)&address->v6.sin6_addr : (const void*)&address->v4.sin_addr, is_v6 ? 16 : 4);
}

/** Notes that the client's call goes on by the connected socket `container`. */
static struct noted note_joined(struct record* record, const struct address* client, int container) {
	struct address own = {.size = sizeof own.v6};
	if (record->rows == NULL || sys(SYS_getsockname, container, &own.any, &own.size) < 0) {
		return (struct noted){0};
	}
	struct joined* row = &record->rows[record->next];
	record->next = (record->next + 1) % record_rows;
	record->last += record->last == UINT32_MAX ? 2 : 1;
	__atomic_store_n(&row->number_again, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	row->number = record->last;
	note_end(&row->client, client);
	note_end(&row->own, &own);
	row->ended = 0;
	__atomic_store_n(&row->number_again, record->last, __ATOMIC_RELEASE);
	return (struct noted){.row = row, .number = record->last};
}

static void note_ended(struct noted noted) {
	if (noted.row != NULL && noted.row->number == noted.number) {
		struct timespec now = {0};
		sys(SYS_clock_gettime, CLOCK_REALTIME, &now);
		noted.row->ended = (uint32_t)now.tv_sec;
	}
}
