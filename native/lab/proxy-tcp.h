// The TCP half of docker-proxy: accepts at once, then connects to the container and copies both ways until both ended.
// A client of a container that does not listen is therefore accepted and closed empty, as with the real one.
#pragma once

#include "flow.h"
#include "proxy-record.h"

enum { client_side = 0, container_side = 1, accepts_at_once = 16, retry_ms = 100 };

struct pair {
	void* link;
	int fd[2];
	uint32_t watched[2];
	/** flow[side] is what comes from that side. */
	struct flow flow[2];
	bool connecting;
	bool closed;
	struct noted noted;
};

struct tcp_proxy {
	int epoll;
	int listener;
	uint32_t listener_watched;
	/** The last accept found no descriptor or memory, although it should have. */
	bool is_short;
	size_t most_pairs;
	struct address container;
	struct pool pairs;
	struct buffers buffers;
	struct record record;
};

static void close_pair(struct tcp_proxy* proxy, struct pair* pair) {
	for (int side = 0; side < 2; side++) {
		give_buffer(&proxy->buffers, pair->flow[side].held);
		sys(SYS_close, pair->fd[side]);
	}
	note_ended(pair->noted);
	pair->closed = true;
	pool_give(&proxy->pairs, pair);
}

/** Which side an event is of is told by the lowest bit of its tag. */
static bool watch_side(struct tcp_proxy* proxy, struct pair* pair, int side) {
	uint32_t wanted = 0;
	if (pair->connecting) {
		wanted = side == container_side ? EPOLLOUT : 0;
	} else {
		wanted |= flow_wants_to_read(&pair->flow[side]) ? EPOLLIN : 0;
		wanted |= pair->flow[!side].held != NULL ? EPOLLOUT : 0;
	}
	return watch(proxy->epoll, pair->fd[side], &pair->watched[side], wanted, (char*)pair + side);
}

static void settle_pair(struct tcp_proxy* proxy, struct pair* pair) {
	bool over = pair->flow[client_side].over && pair->flow[container_side].over;
	if (over || !watch_side(proxy, pair, client_side) || !watch_side(proxy, pair, container_side)) {
		close_pair(proxy, pair);
	}
}

static void begin_pair(struct tcp_proxy* proxy, int client, const struct address* peer) {
	struct pair* pair = pool_take(&proxy->pairs);
	if (pair == NULL) {
		sys(SYS_close, client);
		return;
	}
	int family = proxy->container.any.sa_family;
	long container = sys(SYS_socket, family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	pair->fd[client_side] = client;
	pair->fd[container_side] = (int)container;
	pair->connecting = true;
	set_option(client, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option((int)container, IPPROTO_TCP, TCP_NODELAY, 1);
	long result = sys(SYS_connect, container, &proxy->container.any, proxy->container.size);
	if (result < 0 && result != -EINPROGRESS) {
		close_pair(proxy, pair);
		return;
	}
	pair->noted = note_joined(&proxy->record, peer, (int)container);
	settle_pair(proxy, pair);
}

/** Takes new clients as long as there are descriptors for them; the rest wait in the kernel's queue. */
static void accept_clients(struct tcp_proxy* proxy) {
	for (int i = 0; i < accepts_at_once && proxy->pairs.live < proxy->most_pairs; i++) {
		struct address peer = {.size = sizeof peer.v6};
		long client = sys(SYS_accept4, proxy->listener, &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (is_shortage(client)) {
			proxy->is_short = true;
			watch(proxy->epoll, proxy->listener, &proxy->listener_watched, 0, NULL);
			return;
		}
		if (client < 0) {
			return;
		}
		begin_pair(proxy, (int)client, &peer);
	}
	if (proxy->pairs.live >= proxy->most_pairs) {
		watch(proxy->epoll, proxy->listener, &proxy->listener_watched, 0, NULL);
	}
}

static void on_side(struct tcp_proxy* proxy, struct pair* pair, int side, uint32_t events) {
	int fd = pair->fd[side], other = pair->fd[!side];
	if (pair->connecting) {
		if (pending_error(fd) != 0) {
			close_pair(proxy, pair);
			return;
		}
		pair->connecting = false;
	} else {
		if (pair->flow[!side].held != NULL && (events & ~(uint32_t)EPOLLIN) != 0) {
			flow_write(&pair->flow[!side], other, fd, &proxy->buffers);
		}
		if (flow_wants_to_read(&pair->flow[side]) && (events & ~(uint32_t)EPOLLOUT) != 0 &&
			!flow_read(&pair->flow[side], fd, other, &proxy->buffers)) {
			close_pair(proxy, pair);
			return;
		}
	}
	settle_pair(proxy, pair);
}

static void on_tcp_event(struct tcp_proxy* proxy, const struct epoll_event* event) {
	if (event->data.ptr == NULL) {
		accept_clients(proxy);
		return;
	}
	int side = (int)(event->data.u64 & 1);
	struct pair* pair = (void*)((char*)event->data.ptr - side);
	if (!pair->closed) {
		on_side(proxy, pair, side, event->events);
	}
}

/** Forwards until the process is ended. */
__attribute__((noreturn)) static void run_tcp_proxy(int listener, const struct address* container) {
	struct tcp_proxy proxy = {
		.epoll = (int)sys(SYS_epoll_create1, EPOLL_CLOEXEC),
		.listener = listener,
		.most_pairs = most_open(2),
		.container = *container,
		.pairs = {.size = sizeof(struct pair)},
	};
	open_record(&proxy.record);
	for (;;) {
		// A full proxy waits until one of its pairs ends; what others ran out of may come back at any time.
		int timeout_ms = proxy.is_short ? retry_ms : -1;
		if (!proxy.is_short && proxy.pairs.live < proxy.most_pairs) {
			watch(proxy.epoll, listener, &proxy.listener_watched, EPOLLIN, NULL);
		}
		proxy.is_short = false;
		struct epoll_event events[16];
		long count = sys(SYS_epoll_pwait, proxy.epoll, events, 16, timeout_ms, NULL, 8);
		for (long i = 0; i < count; i++) {
			on_tcp_event(&proxy, &events[i]);
		}
		pool_sweep(&proxy.pairs);
		if (proxy.pairs.live == 0) {
			drop_buffers(&proxy.buffers);
		}
	}
}
