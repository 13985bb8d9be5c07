// The UDP half of docker-proxy: one connected socket for each client address, forgotten 90 s after the container's last
// answer, as with the real one; the answers leave from the address that the client asked. The table is bounded.
#pragma once

#include "memory.h"
#include "net.h"
#include "proxy-record.h"

enum { idle_us = 90 * 1000 * 1000, most_clients = 4096, table_rows = 256, datagrams_at_once = 64 };

struct udp_client {
	void* link;
	/** -1: forgotten. */
	int fd;
	struct noted noted;
	struct origin origin;
	int64_t forget_us;
	struct udp_client* next_in_row;
	struct udp_client *older, *newer;
};

struct udp_proxy {
	int epoll;
	int listener;
	size_t most;
	struct address container;
	struct pool clients;
	struct buffers buffers;
	struct record record;
	/** The ends of the list by `forget_us`. */
	struct udp_client *oldest, *newest;
	struct udp_client* row[table_rows];
};

/** Address and port: all that tells two clients apart. A link-local address also by its interface. */
static size_t client_key(const struct address* peer, const void** key) {
	bool is_v6 = peer->any.sa_family == AF_INET6;
	*key = is_v6 ? (const void*)&peer->v6.sin6_addr : (const void*)&peer->v4.sin_addr;
	return is_v6 ? 16 : 4;
}

static bool same_peer(const struct address* a, const struct address* b) {
	const void *a_key, *b_key;
	size_t size = client_key(a, &a_key);
	client_key(b, &b_key);
	bool same_scope = a->any.sa_family == AF_INET || a->v6.sin6_scope_id == b->v6.sin6_scope_id;
	return a->v4.sin_port == b->v4.sin_port && same_scope && memcmp(a_key, b_key, size) == 0;
}

/** FNV-1a over address and port. */
static struct udp_client** row_of(struct udp_proxy* proxy, const struct address* peer) {
	const void* key;
	size_t size = client_key(peer, &key);
	uint32_t hash = (2166136261u ^ peer->v4.sin_port) * 16777619u;
	for (size_t i = 0; i < size; i++) {
		hash = (hash ^ ((const uint8_t*)key)[i]) * 16777619u;
	}
	return &proxy->row[(hash ^ hash >> 16) % table_rows];
}

static void take_out(struct udp_proxy* proxy, struct udp_client* client) {
	*(client->older == NULL ? &proxy->oldest : &client->older->newer) = client->newer;
	*(client->newer == NULL ? &proxy->newest : &client->newer->older) = client->older;
}

static void put_last(struct udp_proxy* proxy, struct udp_client* client) {
	client->forget_us = now_us() + idle_us;
	client->older = proxy->newest;
	client->newer = NULL;
	*(proxy->newest == NULL ? &proxy->oldest : &proxy->newest->newer) = client;
	proxy->newest = client;
}

static void forget(struct udp_proxy* proxy, struct udp_client* client) {
	struct udp_client** at = row_of(proxy, &client->origin.peer);
	while (*at != client) {
		at = &(*at)->next_in_row;
	}
	*at = client->next_in_row;
	take_out(proxy, client);
	note_ended(client->noted);
	sys(SYS_close, client->fd);
	client->fd = -1;
	pool_give(&proxy->clients, client);
}

/** A socket that only hears the container; -errno. */
static long connect_container(const struct address* container) {
	long fd = sys(SYS_socket, container->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return fd;
	}
	long result = sys(SYS_connect, fd, &container->any, container->size);
	if (result < 0) {
		sys(SYS_close, fd);
		return result;
	}
	return fd;
}

static struct udp_client* remember(struct udp_proxy* proxy, const struct origin* origin) {
	if (proxy->clients.live == proxy->most) {
		forget(proxy, proxy->oldest);
	}
	long fd = connect_container(&proxy->container);
	if (is_shortage(fd) && proxy->oldest != NULL) {
		forget(proxy, proxy->oldest);
		fd = connect_container(&proxy->container);
	}
	if (fd < 0) {
		return NULL;
	}
	struct udp_client* client = pool_take(&proxy->clients);
	uint32_t watched = 0;
	if (client == NULL) {
		sys(SYS_close, fd);
		return NULL;
	}
	client->fd = (int)fd;
	client->origin = *origin;
	struct udp_client** row = row_of(proxy, &origin->peer);
	client->next_in_row = *row;
	*row = client;
	put_last(proxy, client);
	if (!watch(proxy->epoll, client->fd, &watched, EPOLLIN, client)) {
		forget(proxy, client);
		return NULL;
	}
	client->noted = note_joined(&proxy->record, &origin->peer, client->fd);
	return client;
}

static void from_clients(struct udp_proxy* proxy, char* buffer) {
	for (int i = 0; i < datagrams_at_once; i++) {
		struct origin origin;
		long size = receive_datagram(proxy->listener, buffer, buffer_bytes, &origin);
		if (size < 0) {
			return;
		}
		struct udp_client* client = *row_of(proxy, &origin.peer);
		while (client != NULL && !same_peer(&client->origin.peer, &origin.peer)) {
			client = client->next_in_row;
		}
		if (client == NULL) {
			client = remember(proxy, &origin);
		}
		// The first call may only report that an earlier datagram was refused (udp(7)).
		if (client != NULL && sys(SYS_sendto, client->fd, buffer, size, MSG_DONTWAIT, NULL, 0) == -ECONNREFUSED) {
			sys(SYS_sendto, client->fd, buffer, size, MSG_DONTWAIT, NULL, 0);
		}
	}
}

static void from_container(struct udp_proxy* proxy, struct udp_client* client, char* buffer) {
	for (int i = 0; i < datagrams_at_once; i++) {
		long size = sys(SYS_recvfrom, client->fd, buffer, buffer_bytes, MSG_DONTWAIT, NULL, NULL);
		if (size < 0) {
			return;
		}
		answer_datagram(proxy->listener, buffer, (size_t)size, &client->origin);
		take_out(proxy, client);
		put_last(proxy, client);
	}
}

/** Forgets whose time has come; the milliseconds until the next one's has, -1 when nobody is left. */
static int forget_idle(struct udp_proxy* proxy) {
	int64_t now = proxy->oldest == NULL ? 0 : now_us();
	while (proxy->oldest != NULL && proxy->oldest->forget_us <= now) {
		forget(proxy, proxy->oldest);
	}
	return proxy->oldest == NULL ? -1 : (int)((proxy->oldest->forget_us - now) / 1000 + 1);
}

/** Forwards until the process is ended. */
__attribute__((noreturn)) static void run_udp_proxy(int listener, const struct address* container) {
	size_t most = most_open(1);
	struct udp_proxy proxy = {
		.epoll = (int)sys(SYS_epoll_create1, EPOLL_CLOEXEC),
		.listener = listener,
		.most = most < most_clients ? most : most_clients,
		.container = *container,
		.clients = {.size = sizeof(struct udp_client)},
	};
	open_record(&proxy.record);
	uint32_t watched = 0;
	want_destination(listener, (int)get_option(listener, SOL_SOCKET, SO_DOMAIN));
	watch(proxy.epoll, listener, &watched, EPOLLIN, NULL);
	for (;;) {
		struct epoll_event events[16];
		int timeout_ms = forget_idle(&proxy);
		pool_sweep(&proxy.clients);
		if (proxy.clients.live == 0) {
			drop_buffers(&proxy.buffers);
		}
		long count = sys(SYS_epoll_pwait, proxy.epoll, events, 16, timeout_ms, NULL, 8);
		char* buffer = count > 0 ? take_buffer(&proxy.buffers) : NULL;
		for (long i = 0; i < count && buffer != NULL; i++) {
			struct udp_client* client = events[i].data.ptr;
			if (client == NULL) {
				from_clients(&proxy, buffer);
			} else if (client->fd >= 0) {
				from_container(&proxy, client, buffer);
			}
		}
		give_buffer(&proxy.buffers, buffer);
	}
}
