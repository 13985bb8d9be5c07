// One DNS question to one server over UDP, and the first address in its answer (RFC 1035). Which names and which servers: resolve.h.
#pragma once

#include "query.h"

/** The position after a name, compressed or not; beyond `size` when it is broken. */
static size_t skip_name(const uint8_t* message, size_t size, size_t at) {
	while (at < size && message[at] != 0) {
		if (message[at] >= 0xc0) {
			return at + 2;
		}
		at += (size_t)message[at] + 1;
	}
	return at + 1;
}

/** The first address among the answers; the resolver has already followed aliases. */
static bool find_in_answer(const uint8_t* message, size_t size, int type, struct address* address) {
	size_t at = skip_name(message, size, 12) + 4;
	unsigned count = (unsigned)message[6] << 8 | message[7];
	size_t wanted = type == type_a ? 4 : 16;
	for (unsigned i = 0; i < count; i++) {
		at = skip_name(message, size, at);
		if (at + 10 > size) {
			return false;
		}
		const uint8_t* record = message + at;
		size_t length = (size_t)record[8] << 8 | record[9];
		at += 10 + length;
		if (record[0] != 0 || record[1] != type || length != wanted || at > size) {
			continue;
		}
		memcpy(type == type_a ? (void*)&address->v4.sin_addr : (void*)&address->v6.sin6_addr, record + 10, wanted);
		address->any.sa_family = type == type_a ? AF_INET : AF_INET6;
		address->size = type == type_a ? sizeof address->v4 : sizeof address->v6;
		return true;
	}
	return false;
}

/** One query to one server: the rcode with the answer's bytes in `message`, or trouble (struct resolver). */
static int ask_server(const struct address* server, struct word name, int type, int64_t until_us, uint8_t* message, size_t* size) {
	uint16_t id = 0;
	sys(SYS_getrandom, &id, sizeof id, 0);
	uint8_t query[most_name_bytes + 32];
	size_t query_size = write_query(query, id, name, type);
	if (query_size == 0) {
		return rcode_no_name;
	}
	long fd = sys(SYS_socket, server->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return (int)fd;
	}
	long result = sys(SYS_connect, fd, &server->any, server->size);
	if (result == 0) {
		result = sys(SYS_sendto, fd, query, query_size, MSG_NOSIGNAL, NULL, 0);
	}
	int trouble = result < 0 ? (int)result : -1;
	while (result >= 0 && trouble == -1 && wait_until((int)fd, POLLIN, until_us)) {
		result = sys(SYS_recvfrom, fd, message, message_bytes, 0, NULL, NULL);
		if (result < 0) {
			trouble = (int)result;
		} else if (result >= 12 && memcmp(message, query, 2) == 0 && (message[2] & 0x80) != 0) {
			trouble = message[3] & 15;
			*size = (size_t)result;
		}
	}
	sys(SYS_close, fd);
	return trouble;
}
