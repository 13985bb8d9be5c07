// Memory straight from the kernel, and back to it: 64 KiB buffers for bytes on their way, pools of small equal things.
#pragma once

#include "bare.h"
#include <sys/mman.h>

static inline void* map_pages(size_t bytes) {
	long at = sys(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at < 0 && at > -4096 ? NULL : (void*)at;
}

enum { buffer_bytes = 65536, buffers_kept = 4 };

/** Free buffers, chained by their first word. */
struct buffers {
	void* free;
	unsigned kept;
};

/** buffer_bytes of memory, not cleared; NULL when there is none. */
static inline char* take_buffer(struct buffers* buffers) {
	if (buffers->free == NULL) {
		return map_pages(buffer_bytes);
	}
	void* buffer = buffers->free;
	buffers->free = *(void**)buffer;
	buffers->kept--;
	return buffer;
}

static inline void give_buffer(struct buffers* buffers, char* buffer) {
	if (buffer == NULL) {
		return;
	}
	if (buffers->kept == buffers_kept) {
		sys(SYS_munmap, buffer, buffer_bytes);
		return;
	}
	*(void**)(void*)buffer = buffers->free;
	buffers->free = buffer;
	buffers->kept++;
}

/** For when nothing is on its way any more. */
static inline void drop_buffers(struct buffers* buffers) {
	while (buffers->free != NULL) {
		void* buffer = buffers->free;
		buffers->free = *(void**)buffer;
		sys(SYS_munmap, buffer, buffer_bytes);
	}
	buffers->kept = 0;
}

enum { chunk_bytes = 4096 };

/** Things of one size whose first member is a `void *link` for the pool. */
struct pool {
	size_t size;
	void* free;
	/** Given back, but perhaps named by an event of the batch at hand: free only after pool_sweep. */
	void* dead;
	void* chunks;
	size_t live;
};

/** A cleared thing; NULL when there is no memory. */
static inline void* pool_take(struct pool* pool) {
	if (pool->free == NULL) {
		char* chunk = map_pages(chunk_bytes);
		if (chunk == NULL) {
			return NULL;
		}
		*(void**)(void*)chunk = pool->chunks;
		pool->chunks = chunk;
		for (size_t at = 16; at + pool->size <= chunk_bytes; at += pool->size) {
			*(void**)(void*)(chunk + at) = pool->free;
			pool->free = chunk + at;
		}
	}
	void* thing = pool->free;
	pool->free = *(void**)thing;
	pool->live++;
	return memset(thing, 0, pool->size);
}

static inline void pool_give(struct pool* pool, void* thing) {
	*(void**)thing = pool->dead;
	pool->dead = thing;
	pool->live--;
}

/** To be called between two batches of events. With nothing alive all memory goes back to the kernel. */
static inline void pool_sweep(struct pool* pool) {
	while (pool->dead != NULL) {
		void* thing = pool->dead;
		pool->dead = *(void**)thing;
		*(void**)thing = pool->free;
		pool->free = thing;
	}
	while (pool->live == 0 && pool->chunks != NULL) {
		void* chunk = pool->chunks;
		pool->chunks = *(void**)chunk;
		pool->free = NULL;
		sys(SYS_munmap, chunk, chunk_bytes);
	}
}
