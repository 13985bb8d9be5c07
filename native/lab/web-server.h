// The ports of lab-web's servers and the loop: one process, one epoll, no thread. A client that waits costs its descriptor and
// some 300 bytes. Clients are in web-client.h.
#pragma once

#include "web-client.h"

enum { shortage_ms = 100 };

struct port {
	void* link;
	enum kind kind;
	int fd;
	uint32_t watched;
	const struct service* service;
	struct port* next;
};

static void begin_client(struct server* server, const struct service* service, int fd, const struct address* peer) {
	struct client* client = pool_take(&server->clients);
	if (client == NULL) {
		sys(SYS_close, fd);
		return;
	}
	client->kind = kind_client;
	client->fd = fd;
	client->file = -1;
	client->service = service;
	client->peer = *peer;
	client->state = service->speaks == speaks_echo ? echoing : reading;
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (service->speaks == speaks_peer) {
		char words[ip_text_bytes];
		struct text line = TEXT_OVER(words);
		put_peer_line(&line, peer);
		// A new socket's empty send buffer takes a line whole.
		sys(SYS_sendto, fd, line.at, line.used, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
		linger(server, client);
	} else if (service->speaks != speaks_echo) {
		renew_limit(server, client);
	}
	settle_client(server, client);
}

static void on_stream_port(struct server* server, const struct port* port) {
	for (int i = 0; i < 16 && server->clients.live < server->most_clients; i++) {
		struct address peer = {.size = sizeof peer.v6};
		long fd = sys(SYS_accept4, port->fd, &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (is_shortage(fd)) {
			server->is_short = true;
		}
		if (fd < 0) {
			return;
		}
		begin_client(server, port->service, (int)fd, &peer);
	}
}

static void on_datagram_port(struct server* server, const struct port* port) {
	char* buffer = take_buffer(&server->buffers);
	for (int i = 0; i < 64 && buffer != NULL; i++) {
		struct origin origin;
		long size = receive_datagram(port->fd, buffer, buffer_bytes, &origin);
		if (size < 0) {
			break;
		}
		if (port->service->speaks == speaks_peer) {
			struct text line = {.at = buffer, .room = ip_text_bytes};
			put_peer_line(&line, &origin.peer);
			size = (long)line.used;
		}
		answer_datagram(port->fd, buffer, (size_t)size, &origin);
	}
	give_buffer(&server->buffers, buffer);
}

/** Stream ports are heard only while there is room for their clients. */
static void watch_ports(struct server* server) {
	bool pause = server->is_short || server->clients.live >= server->most_clients;
	for (struct port* port = server->ports; port != NULL && pause != server->is_paused; port = port->next) {
		bool is_stream = port->service->type == SOCK_STREAM;
		watch(server->epoll, port->fd, &port->watched, is_stream && pause ? 0 : EPOLLIN, port);
	}
	server->is_paused = pause;
}

/** Closes whose time has come; the milliseconds until the next one's has, -1 when nobody has a limit. */
static int close_late(struct server* server) {
	int64_t now = server->first == NULL ? 0 : now_us();
	while (server->first != NULL && server->first->give_up_us <= now) {
		close_client(server, server->first);
	}
	return server->first == NULL ? -1 : (int)((server->first->give_up_us - now) / 1000 + 1);
}

/** Listens with one socket; 0 or -errno. */
static long open_port(struct server* server, const struct service* service, const struct address* address, bool dual) {
	struct port* port = pool_take(&server->port_pool);
	if (port == NULL) {
		return -ENOMEM;
	}
	long fd = listen_on(address, service->type, dual);
	if (fd < 0) {
		return fd;
	}
	port->kind = kind_port;
	port->fd = (int)fd;
	port->service = service;
	port->next = server->ports;
	server->ports = port;
	if (service->type == SOCK_DGRAM) {
		want_destination(port->fd, address->any.sa_family);
	}
	return 0;
}

static void begin_server(struct server* server) {
	server->port_pool.size = sizeof(struct port);
	server->clients.size = sizeof(struct client);
}

/** Serves until the process is ended. */
__attribute__((noreturn)) static void run_server(struct server* server) {
	server->epoll = (int)sys(SYS_epoll_create1, EPOLL_CLOEXEC);
	server->most_clients = most_open(2);
	server->is_paused = true;
	for (;;) {
		struct epoll_event events[16];
		int timeout_ms = close_late(server);
		pool_sweep(&server->clients);
		if (server->clients.live == 0) {
			drop_buffers(&server->buffers);
		}
		watch_ports(server);
		if (server->is_short) {
			server->is_short = false;
			timeout_ms = shortage_ms;
		}
		long count = sys(SYS_epoll_pwait, server->epoll, events, 16, timeout_ms, NULL, 8);
		for (long i = 0; i < count; i++) {
			struct port* port = events[i].data.ptr;
			struct client* client = events[i].data.ptr;
			if (port->kind == kind_client) {
				if (client->fd >= 0) {
					on_client(server, client, events[i].events);
				}
			} else if (port->service->type == SOCK_STREAM) {
				on_stream_port(server, port);
			} else {
				on_datagram_port(server, port);
			}
		}
	}
}
