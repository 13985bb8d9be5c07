// `lab-web probe tcp`, `udp` and `http`: one connection or datagram, and what came back.
#pragma once

#include "probe-outcome.h"
#include "resolve.h"

enum { pause_us = 200 * 1000, most_answer_head = 16384 };

struct probe {
	const char* target;
	uint16_t port;
	/** NULL: nothing for TCP, "ping" for UDP. */
	const char* send;
	uint16_t source_port;
	uint64_t count, size;
	bool df;
	/** DNS: what is asked for, and of whom; NULL: of the nameservers of /etc/resolv.conf. */
	const char *type, *server;
	int64_t deadline_us, started_us;
};

/** Resolves the target into the outcome; false when that is how it ends. */
static bool resolve_target(const struct probe* probe, const char* name, uint16_t port, struct outcome* outcome) {
	if (resolve(name, port, probe->deadline_us, &outcome->address, &outcome->said)) {
		return true;
	}
	outcome->result = "unresolved";
	outcome->address.size = 0;
	return false;
}

static long bind_source(int fd, int family, uint16_t port) {
	if (port == 0) {
		return 0;
	}
	struct address any;
	const char* words = family == AF_INET ? "0.0.0.0" : "::";
	parse_ip(words, strlen(words), port, &any);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return sys(SYS_bind, fd, &any.any, any.size);
}

/** A connected socket, or -1 when that is how it ends. Sets `started_us`. */
static int connect_to_target(struct probe* probe, int type, struct outcome* outcome) {
	int family = outcome->address.any.sa_family;
	long fd = sys(SYS_socket, family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	long result = fd < 0 ? fd : bind_source((int)fd, family, probe->source_port);
	if (result < 0) {
		outcome->result = "error";
		put(&outcome->said, fd < 0 ? "socket: " : "source port: ");
		put_errno(&outcome->said, (int)-result);
		return -1;
	}
	if (type == SOCK_STREAM && probe->source_port != 0) {
		// The same source port is wanted again at once: leave with a reset, without TIME_WAIT.
		struct linger none = {.l_onoff = 1};
		sys(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	}
	want_icmp_errors((int)fd, family);
	probe->started_us = now_us();
	result = sys(SYS_connect, fd, &outcome->address.any, outcome->address.size);
	if (result == -EINPROGRESS) {
		if (!wait_until((int)fd, POLLOUT, probe->deadline_us)) {
			conclude(outcome, "timeout", "no answer to the connection request");
			return -1;
		}
		result = -pending_error((int)fd);
	}
	if (result < 0) {
		conclude_error(outcome, (int)-result, (int)fd);
		return -1;
	}
	outcome->micros = now_us() - probe->started_us;
	return (int)fd;
}

/** False: it ends with an error. `flags`: MSG_MORE where more follows, so that all goes out as one segment (send(2)), or 0. */
static bool send_all(const struct probe* probe, int fd, struct word bytes, int flags, struct outcome* outcome) {
	while (bytes.length > 0) {
		long sent = sys(SYS_sendto, fd, bytes.at, bytes.length, MSG_NOSIGNAL | flags, NULL, 0);
		if (sent == -EAGAIN && wait_until(fd, POLLOUT, probe->deadline_us)) {
			continue;
		}
		if (sent == -EAGAIN) {
			conclude(outcome, "timeout", "connected, but the peer does not read");
			return false;
		}
		if (sent < 0) {
			conclude_error(outcome, (int)-sent, fd);
			return false;
		}
		bytes.at += sent;
		bytes.length -= (size_t)sent;
	}
	return true;
}

/** More of the answer: how much, 0 at its end, -errno, -ETIME when the deadline came first. */
static long read_more(int fd, char* bytes, size_t room, int64_t deadline_us) {
	for (;;) {
		if (!wait_until(fd, POLLIN, deadline_us)) {
			return -ETIME;
		}
		long got = sys(SYS_recvfrom, fd, bytes, room, 0, NULL, NULL);
		if (got != -EAGAIN && got != -EINTR) {
			return got;
		}
	}
}

/** Connected is ok. With something to send an answer is expected too: what comes until the peer closes or pauses. */
static void probe_tcp(struct probe* probe, struct outcome* outcome) {
	static char answer[most_body_kept];
	int fd = resolve_target(probe, probe->target, probe->port, outcome) ? connect_to_target(probe, SOCK_STREAM, outcome) : -1;
	if (fd < 0 || probe->send == NULL) {
		return;
	}
	outcome->micros = -1;
	if (!send_all(probe, fd, word_of(probe->send), 0, outcome)) {
		return;
	}
	size_t size = 0;
	int64_t until_us = probe->deadline_us;
	long got = 1;
	while (got > 0 && size < sizeof answer) {
		got = read_more(fd, answer + size, sizeof answer - size, until_us);
		if (got > 0 && size == 0) {
			outcome->micros = now_us() - probe->started_us;
		}
		size += got > 0 ? (size_t)got : 0;
		int64_t pause_at = now_us() + pause_us;
		until_us = pause_at < probe->deadline_us ? pause_at : probe->deadline_us;
	}
	outcome->body = answer;
	outcome->body_bytes = size;
	if (size > 0) {
		return;
	}
	outcome->body = NULL;
	if (got == -ETIME) {
		conclude(outcome, "timeout", "connected, but no answer");
	} else if (got < 0) {
		conclude_error(outcome, (int)-got, fd);
	} else {
		conclude(outcome, "closed", "connected, then closed without an answer");
	}
}

static void probe_udp(struct probe* probe, struct outcome* outcome) {
	static char answer[most_body_kept];
	int fd = resolve_target(probe, probe->target, probe->port, outcome) ? connect_to_target(probe, SOCK_DGRAM, outcome) : -1;
	if (fd < 0) {
		return;
	}
	outcome->micros = -1;
	const char* words = probe->send != NULL ? probe->send : "ping";
	long result = sys(SYS_sendto, fd, words, strlen(words), MSG_NOSIGNAL, NULL, 0);
	if (result >= 0) {
		result = read_more(fd, answer, sizeof answer, probe->deadline_us);
	}
	if (result == -ETIME) {
		conclude(outcome, "timeout", "no answer");
	} else if (result < 0) {
		conclude_error(outcome, (int)-result, fd);
	} else {
		outcome->micros = now_us() - probe->started_us;
		outcome->body = answer;
		outcome->body_bytes = (size_t)result;
	}
}
