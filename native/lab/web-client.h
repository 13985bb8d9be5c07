// One client of a server of lab-web, from its first byte to its last: what is read, sent, echoed, and for how long.
// What it is told is in web-http.h and web-files.h; ports and the loop are in web-server.h.
#pragma once

#include "flow.h"
#include "memory.h"
#include "net.h"

enum { idle_limit_us = 10 * 1000 * 1000, linger_bytes = 1024 * 1024 };
/** A client's buffer: the head of its request; room for the head of the answer, which ends where the body begins. */
enum { most_request_bytes = 16384, most_body_bytes = 40960, answer_at = most_request_bytes, body_at = answer_at + 512 };

enum speaks { speaks_http, speaks_files, speaks_peer, speaks_echo };

struct service {
	void* link;
	enum speaks speaks;
	/** SOCK_STREAM or SOCK_DGRAM */
	int type;
	uint16_t port;
	int status;
	enum { echo_nothing, echo_peer, echo_headers } echo;
	/** URL-encoded; NULL: the host's name. */
	const char* body;
	size_t body_length;
};

/** What epoll's tags point to: a port (web-server.h) or a client. Both begin alike. */
enum kind { kind_port, kind_client };

enum state { reading, answering, lingering, echoing };

struct client {
	void* link;
	enum kind kind;
	/** -1: closed. */
	int fd;
	uint32_t watched;
	enum state state;
	const struct service* service;
	struct address peer;
	int64_t give_up_us;
	struct client *earlier, *later;
	/** reading: a head that ends at `end`, looked through up to `at`. answering: `at` and `end` of what is still to be sent. */
	char* buffer;
	uint32_t at, end;
	/** Its first line has come, and is that of a request. */
	bool has_line;
	/** The file that follows the answer, -1: none. */
	int file;
	uint64_t file_left;
	struct flow echo;
};

struct server {
	int epoll;
	struct port* ports;
	struct pool port_pool, clients;
	struct buffers buffers;
	size_t most_clients;
	bool is_short, is_paused;
	/** Clients with a time limit, the first to give up on first. */
	struct client *first, *last;
	/** Puts the answer into the buffer, unless more of the request must come first: then false. */
	bool (*answer)(struct client* client);
};

static void leave_queue(struct server* server, struct client* client) {
	if (client->give_up_us == 0) {
		return;
	}
	*(client->earlier == NULL ? &server->first : &client->earlier->later) = client->later;
	*(client->later == NULL ? &server->last : &client->later->earlier) = client->earlier;
	client->give_up_us = 0;
}

/** Something went on: the client has its whole time again. */
static void renew_limit(struct server* server, struct client* client) {
	leave_queue(server, client);
	client->give_up_us = now_us() + idle_limit_us;
	client->earlier = server->last;
	client->later = NULL;
	*(server->last == NULL ? &server->first : &server->last->later) = client;
	server->last = client;
}

static void release_buffers(struct server* server, struct client* client) {
	give_buffer(&server->buffers, client->buffer);
	client->buffer = NULL;
	give_buffer(&server->buffers, client->echo.held);
	client->echo.held = NULL;
	if (client->file >= 0) {
		sys(SYS_close, client->file);
		client->file = -1;
	}
}

static void close_client(struct server* server, struct client* client) {
	leave_queue(server, client);
	release_buffers(server, client);
	sys(SYS_close, client->fd);
	client->fd = -1;
	pool_give(&server->clients, client);
}

/** Waits for what the state needs next. */
static void settle_client(struct server* server, struct client* client) {
	uint32_t wanted = client->state == answering ? EPOLLOUT : EPOLLIN;
	if (client->state == echoing) {
		wanted = client->echo.held != NULL ? EPOLLOUT : EPOLLIN;
	}
	if (client->echo.over || !watch(server->epoll, client->fd, &client->watched, wanted, client)) {
		close_client(server, client);
	}
}

/** Reads away what the client still sends: a close with unread bytes is a reset, which can overtake the answer. */
static void linger(struct server* server, struct client* client) {
	release_buffers(server, client);
	sys(SYS_shutdown, client->fd, SHUT_WR);
	client->state = lingering;
	client->end = 0;
	renew_limit(server, client);
}

/** False: the client was closed. */
static bool send_answer(struct server* server, struct client* client) {
	while (client->at < client->end) {
		long sent =
			sys(SYS_sendto, client->fd, client->buffer + client->at, client->end - client->at, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
		if (sent == -EAGAIN) {
			return true;
		}
		if (sent < 0 && sent != -EINTR) {
			close_client(server, client);
			return false;
		}
		client->at += sent > 0 ? (uint32_t)sent : 0;
		renew_limit(server, client);
	}
	if (client->file >= 0 && client->file_left > 0) {
		uint64_t part = client->file_left < buffer_bytes ? client->file_left : buffer_bytes;
		long sent = sys(SYS_sendfile, client->fd, client->file, NULL, part);
		if (sent == -EAGAIN || sent == -EINTR) {
			return true;
		}
		if (sent <= 0) {
			close_client(server, client);
			return false;
		}
		client->file_left -= (uint64_t)sent;
		renew_limit(server, client);
		if (client->file_left > 0) {
			return true;
		}
	}
	linger(server, client);
	return true;
}

static bool read_head(struct server* server, struct client* client) {
	if (client->buffer == NULL && (client->buffer = take_buffer(&server->buffers)) == NULL) {
		close_client(server, client);
		return false;
	}
	long received = sys(SYS_recvfrom, client->fd, client->buffer + client->end, most_request_bytes - client->end, MSG_DONTWAIT, NULL, NULL);
	if (received == -EAGAIN || received == -EINTR) {
		return true;
	}
	if (received <= 0) {
		close_client(server, client);
		return false;
	}
	client->end += (uint32_t)received;
	renew_limit(server, client);
	if (server->answer(client)) {
		client->state = answering;
		return send_answer(server, client);
	}
	return true;
}

/** False: the client was closed. */
static bool read_away(struct server* server, struct client* client) {
	// MSG_TRUNC on TCP throws the bytes away in the kernel (tcp(7)).
	long received = sys(SYS_recvfrom, client->fd, NULL, buffer_bytes, MSG_DONTWAIT | MSG_TRUNC, NULL, NULL);
	if (received == -EAGAIN || received == -EINTR) {
		return true;
	}
	client->end += received > 0 ? (uint32_t)received : 0;
	if (received <= 0 || client->end > linger_bytes) {
		close_client(server, client);
		return false;
	}
	return true;
}

static bool echo_bytes(struct server* server, struct client* client, uint32_t events) {
	if (client->echo.held != NULL) {
		flow_write(&client->echo, client->fd, client->fd, &server->buffers);
	} else if ((events & EPOLLERR) != 0 || !flow_read(&client->echo, client->fd, client->fd, &server->buffers)) {
		close_client(server, client);
		return false;
	}
	return true;
}

static void on_client(struct server* server, struct client* client, uint32_t events) {
	bool lives = true;
	switch (client->state) {
	case reading:
		lives = read_head(server, client);
		break;
	case answering:
		lives = send_answer(server, client);
		break;
	case lingering:
		lives = read_away(server, client);
		break;
	case echoing:
		lives = echo_bytes(server, client, events);
		break;
	}
	if (lives) {
		settle_client(server, client);
	}
}

/** The answer of servers that say who is asking: the peer's address and a newline. */
static void put_peer_line(struct text* text, const struct address* peer) {
	put_ip(text, peer);
	put(text, "\n");
}
